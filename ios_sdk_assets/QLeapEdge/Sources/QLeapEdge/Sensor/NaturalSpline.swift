/// Natural cubic spline through a few knots of six channels at once.
///
/// Source: de Boor, A Practical Guide to Splines, chapter IV; tridiagonal system for the second derivatives.
struct NaturalSpline {
    private let times: [Double]
    private let values: [SIMD8<Double>]
    private let bends: [SIMD8<Double>]

    /// Fits the spline.
    ///
    /// - Parameters:
    ///   - times: at least two strictly increasing stamps, seconds.
    ///   - values: one a stamp.
    init(times: [Double], values: [SIMD8<Double>]) {
        self.times = times
        self.values = values
        let last = times.count - 1
        var bends = [SIMD8<Double>](repeating: .zero, count: times.count)
        var pivots = [Double](repeating: 0, count: times.count)
        if last >= 2 {
            for knot in 1..<last {
                let before = times[knot] - times[knot - 1]
                let after = times[knot + 1] - times[knot]
                let jump = (values[knot + 1] - values[knot]) / after - (values[knot] - values[knot - 1]) / before
                let factor = knot == 1 ? 0 : before / pivots[knot - 1]
                pivots[knot] = 2 * (before + after) - factor * before
                bends[knot] = 6 * jump - factor * bends[knot - 1]
            }
            for knot in stride(from: last - 1, through: 1, by: -1) {
                bends[knot] = (bends[knot] - (times[knot + 1] - times[knot]) * bends[knot + 1]) / pivots[knot]
            }
        }
        self.bends = bends
    }

    /// The value at `time`, which lies between knot `interval` and the next.
    func value(at time: Double, interval: Int) -> SIMD8<Double> {
        let width = times[interval + 1] - times[interval]
        let right = (time - times[interval]) / width
        let left = 1 - right
        let square = width * width / 6
        let bendLeft = (left * left * left - left) * square
        let bendRight = (right * right * right - right) * square
        return left * values[interval] + right * values[interval + 1] + bendLeft * bends[interval]
            + bendRight * bends[interval + 1]
    }
}
