/// Fits one lever r, from the joint about which the arm turns to the watch, to blocks of 0.1 s of an arm that turns.
///
/// In device axes r is constant and the acceleration is α × r + ω × (ω × r). Its integral over a block is
/// ([Δω]× + ∫[ω]²× dt) r, which is linear in r.
struct LeverFit: Sendable {
    /// Root mean square of the angular velocity over a block, rad/s, above which the block is used.
    static let leastTurn = 1.0
    private static let ridge = 1e-6  // of the trace: a direction of the lever that no motion shows is 0

    /// Blocks that turn.
    private(set) var blocks = 0
    private var normal: [SIMD3<Double>] = [.zero, .zero, .zero]
    private var moment = SIMD3<Double>.zero
    private var power = 0.0
    private var open = Block()

    /// Integrals over the block that is not finished.
    private struct Block: Sendable {
        var firstRate = SIMD3<Double>.zero
        var acceleration = SIMD3<Double>.zero
        var squares = SIMD3<Double>.zero  // of ω: xx, yy, zz
        var products = SIMD3<Double>.zero  // of ω: yz, zx, xy
    }

    /// Starts a block.
    mutating func begin(rate: SIMD3<Double>) {
        open = Block(firstRate: rate)
    }

    /// Adds the step between two samples; accelerations in m/s², angular velocities in rad/s.
    mutating func step(
        _ acceleration: (SIMD3<Double>, SIMD3<Double>), _ rate: (SIMD3<Double>, SIMD3<Double>), seconds: Double
    ) {
        let half = 0.5 * seconds
        open.acceleration += (acceleration.0 + acceleration.1) * half
        for value in [rate.0, rate.1] {
            open.squares += value * value * half
            open.products += SIMD3(value.y * value.z, value.z * value.x, value.x * value.y) * half
        }
    }

    /// Ends the block: adds it to the sums if it turns.
    mutating func end(rate: SIMD3<Double>, seconds: Double) {
        let mean = open.squares / seconds
        let square = mean.sum()
        guard square > Self.leastTurn * Self.leastTurn else { return }
        let pull = open.acceleration / seconds
        let turn = (rate - open.firstRate) / seconds
        let mixed = open.products / seconds
        let rows = [
            SIMD3(mean.x - square, mixed.z - turn.z, mixed.y + turn.y),
            SIMD3(mixed.z + turn.z, mean.y - square, mixed.x - turn.x),
            SIMD3(mixed.y - turn.y, mixed.x + turn.x, mean.z - square),
        ]
        for (axis, row) in rows.enumerated() {
            for column in 0..<3 { normal[column] += row[column] * row }
            moment += row * pull[axis]
        }
        power += pull.dot(pull)
        blocks += 1
    }

    /// The lever, m, and the share of the acceleration's power that it explains; nil before anything has turned.
    var result: (lever: SIMD3<Double>, share: Double)? {
        guard power > 0 else { return nil }
        let added = Self.ridge * (normal[0].x + normal[1].y + normal[2].z)
        let first = normal[0] + SIMD3(added, 0, 0)
        let second = normal[1] + SIMD3(0, added, 0)
        let third = normal[2] + SIMD3(0, 0, added)
        let determinant = first.dot(second.cross(third))
        let lever =
            (second.cross(third) * moment.x + third.cross(first) * moment.y + first.cross(second) * moment.z)
            / determinant
        let product = SIMD3(normal[0].dot(lever), normal[1].dot(lever), normal[2].dot(lever))
        return (lever, lever.dot(2 * moment - product) / power)
    }
}
