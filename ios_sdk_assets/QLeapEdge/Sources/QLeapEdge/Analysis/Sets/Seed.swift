/// A window in which a signal repeats, as its autocorrelation shows.
///
/// Source: autocorrelation as the sign of exercise, Morris et al. 2014, RecoFit, CHI 2014, 3225-3234.
struct Seed: Sendable {
    let autocorrelation: Double
    let signal: RepetitionSignal
    /// First step, and the step after the last one.
    var window: Range<Int>
    /// Direction in which the vertical turns; nil for travel.
    let axis: SIMD3<Double>?
    let amplitude: Double

    /// A seed for each signal that repeats in a range of steps.
    static func inWindow(_ steps: Range<Int>, of slow: SlowSignals, _ parameters: AnalysisParameters) -> [Seed] {
        let axis = PrincipalAxis.of(slow.up[steps])
        let turning = slow.up[steps].map { $0.dot(axis) }
        let travel = Array(slow.heightM[steps])
        let given = parameters.seeds
        return [(RepetitionSignal.turning, axis, turning), (.travel, nil, travel)].compactMap { signal, axis, values in
            let amplitude = values.percentile(100 - given.tailPercent) - values.percentile(given.tailPercent)
            guard amplitude >= given.leastAmplitude[signal] else { return nil }
            let peak = autocorrelationPeak(values, parameters)
            guard peak >= given.leastAutocorrelation else { return nil }
            return Seed(autocorrelation: peak, signal: signal, window: steps, axis: axis, amplitude: amplitude)
        }
    }

    /// The highest peak of the autocorrelation at the lags of a repetition; 0 without a peak.
    ///
    /// The sums are divided by the number of their terms, so that a long lag is not at a disadvantage.
    static func autocorrelationPeak(_ values: [Double], _ parameters: AnalysisParameters) -> Double {
        let count = values.count
        let mean = values.mean
        let centred = values.map { $0 - mean }
        let power = centred.reduce(0) { $0 + $1 * $1 }
        let rateHz = parameters.slowSignals.rateHz
        let first = Int(parameters.seeds.shortestPeriodS * rateHz)
        let stop = min(Int(parameters.seeds.longestPeriodS * rateHz), Int(0.6 * Double(count)))
        guard power > 0, stop - first > 2 else { return 0 }
        let correlation = (first..<stop).map { lag in
            var sum = 0.0
            for index in 0..<(count - lag) { sum += centred[index] * centred[index + lag] }
            return sum / power * Double(count) / Double(count - lag)
        }
        let peaks = (1..<(correlation.count - 1)).filter {
            correlation[$0] >= correlation[$0 - 1] && correlation[$0] > correlation[$0 + 1]
        }
        return peaks.map { correlation[$0] }.max() ?? 0
    }
}
