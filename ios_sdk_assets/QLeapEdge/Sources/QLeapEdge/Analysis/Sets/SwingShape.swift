/// Both legs of a swing from home to the turn at evenly spaced steps, so that a slow one looks like a fast one.
///
/// The four numbers of a step are the vertical in the watch, and the height above the turn in units of half a metre.
struct SwingShape: Sendable {
    /// Way in, then way out; each from home to the turn.
    var legs: [[SIMD4<Double>]]

    init(legs: [[SIMD4<Double>]]) {
        self.legs = legs
    }

    init(of swing: Swing, in slow: SlowSignals, _ parameters: ChainParameters) {
        let last = parameters.legSteps - 1
        legs = [swing.start, swing.end].map { home in
            var leg = (0...last).map { index in
                let share = index == last ? 1 : Double(index) * (1 / Double(last))
                let step = Double(home) + Double(swing.turn - home) * share
                let row = Int(step.rounded(.toNearestOrEven))
                return SIMD4(slow.up[row], slow.heightM[row] / parameters.heightScaleM)
            }
            let turn = leg[last].w
            for index in leg.indices { leg[index].w -= turn }
            return leg
        }
    }

    /// The median of each number over shapes.
    static func median(_ shapes: [SwingShape]) -> SwingShape {
        guard let first = shapes.first else { return SwingShape(legs: [[], []]) }
        return SwingShape(
            legs: first.legs.indices.map { leg in
                first.legs[leg].indices.map { step in
                    var value = SIMD4<Double>.zero
                    for column in 0..<4 { value[column] = shapes.map { $0.legs[leg][step][column] }.median }
                    return value
                }
            })
    }
}

extension SIMD4 where Scalar == Double {
    fileprivate init(_ vector: SIMD3<Double>, _ last: Double) {
        self.init(vector.x, vector.y, vector.z, last)
    }
}
