/// The way from home to a turn and back, found by hysteresis.
///
/// Hysteresis has no scale of time: a pause at the top or at the bottom and a slow grind change nothing. A leg that leads far
/// past home, for example to the rack, is cut where it passes home.
///
/// Source: hysteresis filtering of turning points, ASTM E1049-85 (rainflow counting).
struct Swing: Sendable {
    /// Steps of the slow signals.
    var start: Int
    var turn: Int
    var end: Int
    /// Size of the way in and of the way out, in the signal's unit.
    let legs: SIMD2<Double>
    /// Whether the way comes from, or leads to, somewhere past home.
    let comesFromPast: Bool
    let leadsPast: Bool

    /// How many of both legs pass home.
    var passes: Int { (comesFromPast ? 1 : 0) + (leadsPast ? 1 : 0) }

    func moved(by steps: Int) -> Swing {
        var copy = self
        copy.start += steps
        copy.turn += steps
        copy.end += steps
        return copy
    }

    /// The steps at which a signal turns by at least `threshold`, alternately maxima and minima; both ends are candidates.
    static func turningPoints(_ values: [Double], threshold: Double) -> [Int] {
        guard values.count > 1 else { return [] }
        var candidates = [0]
        for step in 1..<(values.count - 1)
        where (values[step + 1] - values[step]) * (values[step] - values[step - 1]) <= 0 {
            candidates.append(step)
        }
        candidates.append(values.count - 1)
        var found: [Int] = []
        var (high, low) = (0, 0)
        var isRising: Bool?
        for step in candidates.dropFirst() {
            let value = values[step]
            if isRising != false, value > values[high] { high = step }
            if isRising != true, value < values[low] { low = step }
            switch isRising {
            case nil:
                guard values[high] - values[low] >= threshold else { continue }
                isRising = high > low
                found.append(high > low ? low : high)
            case true?:
                guard value <= values[high] - threshold else { continue }
                found.append(high)
                (low, isRising) = (step, false)
            case false?:
                guard value >= values[low] + threshold else { continue }
                found.append(low)
                (high, isRising) = (step, true)
            }
        }
        if let isRising { found.append(isRising ? high : low) }
        return found
    }

    /// The swings whose turns are the turning points with an even place in the list (`side` 0), or with an odd one.
    static func all(
        in values: [Double], points: [Int], side: Int, amplitude: Double, _ parameters: SwingParameters
    ) -> [Swing] {
        guard points.count > 2 else { return [] }
        return (1..<(points.count - 1)).filter { $0 % 2 == side }.map { place in
            let turn = points[place]
            let before = leg(values, turn, points[place - 1], amplitude, parameters)
            let after = leg(values, turn, points[place + 1], amplitude, parameters)
            return Swing(
                start: turn - before.left, turn: turn, end: turn + after.left, legs: SIMD2(before.size, after.size),
                comesFromPast: before.passes, leadsPast: after.passes)
        }
    }

    /// Steps from the turn to where the stay at home ends, the size of the leg, and whether it passes home.
    private static func leg(
        _ values: [Double], _ turn: Int, _ home: Int, _ amplitude: Double, _ parameters: SwingParameters
    ) -> (left: Int, size: Double, passes: Bool) {
        let way = home > turn ? 1 : -1
        let gone = (0...abs(home - turn)).map { abs(values[turn + way * $0] - values[turn]) }
        let farthest = gone[gone.count - 1]
        let passes = farthest > parameters.largestLeg * amplitude
        let atHome = gone.firstIndex { $0 >= parameters.home * amplitude } ?? 0
        let size = passes ? gone[atHome] : farthest
        return (gone.firstIndex { $0 >= parameters.leaves * size } ?? 0, size, passes)
    }
}
