/// Measures how far CoreMotion's gravity follows the user acceleration, over spans of 10 blocks.
///
/// The part of gravity's change that the gyroscope does not explain points along the user acceleration when both have the
/// same sign.
struct GravityCorrection: Sendable {
    static let spanBlocks = 10
    static let hopBlocks = 2
    private static let turnFloorRad = 0.2  // the error of the gyroscope over a span that does not turn

    /// Finished spans.
    private(set) var spans = 0
    private var total = 0.0
    private var squares = 0.0
    private var open: [Span] = []
    private var hop = 0

    /// A span that is not finished; vectors are carried along in device axes.
    private struct Span: Sendable {
        var down: SIMD3<Double>
        var pull = SIMD3<Double>.zero
        var turnRad = 0.0
        var blocks = 0
    }

    /// Forgets the spans that are not finished and opens the first one of a new stretch.
    mutating func begin(gravity: SIMD3<Double>) {
        open = [Span(down: gravity)]
        hop = 0
    }

    /// Adds the step between two samples: user accelerations in g, angular velocities in rad/s.
    mutating func step(
        _ user: (SIMD3<Double>, SIMD3<Double>), _ rate: (SIMD3<Double>, SIMD3<Double>), seconds: Double
    ) {
        let half = 0.5 * seconds
        let back = (rate.0 + rate.1) * -half
        let turn = (rate.0.norm + rate.1.norm) * half
        for index in open.indices {
            open[index].down = open[index].down.rotated(by: back)
            open[index].pull = (open[index].pull + user.0 * half).rotated(by: back) + user.1 * half
            open[index].turnRad += turn
        }
    }

    /// Ends a block: finishes the span that is complete, and opens one at every second block.
    mutating func endBlock(gravity: SIMD3<Double>) {
        for index in open.indices { open[index].blocks += 1 }
        if let span = open.first, span.blocks == Self.spanBlocks {
            let across = span.pull - span.down * span.pull.dot(span.down)
            let agreement = (gravity - span.down).dot(across) / (Self.turnFloorRad + span.turnRad)
            total += agreement
            squares += agreement * agreement
            spans += 1
            open.removeFirst()
        }
        hop = (hop + 1) % Self.hopBlocks
        if hop == 0 { open.append(Span(down: gravity)) }
    }

    /// Sum of the agreements in its own standard errors; nil before there is any.
    var figure: Double? { squares > 0 ? total / squares.squareRoot() : nil }
}
