import Foundation

/// Tells the swing of the arm in walking from an exercise: the wrist then moves up and down twice a swing.
///
/// Each step lifts the body once, and the hand of a swinging arm is highest at both ends of the swing. Only swings as fast as
/// walking are judged.
///
/// Source: cadence of walking, Tudor-Locke et al. 2018, Br. J. Sports Med. 52(12), 776-788.
enum Walking {
    /// Whether repetitions are swings of the arm in walking.
    ///
    /// - Parameters:
    ///   - motion: of the stretch.
    ///   - startS: stamp of the first step of the slow signals.
    ///   - repetitions: steps of the slow signals.
    static func explains(
        _ repetitions: [Swing], in motion: VerticalMotion, from startS: Double, _ parameters: AnalysisParameters
    ) -> Bool {
        guard repetitions.count > 1 else { return false }
        let rateHz = parameters.slowSignals.rateHz
        let steps = zip(repetitions, repetitions.dropFirst()).map { Double($1.turn - $0.turn) }
        let periodS = steps.median / rateHz
        if periodS >= parameters.search.slowestStrideS { return false }
        if periodS < parameters.search.fastestRepetitionS { return true }
        let first = motion.row(at: startS + Double(repetitions[0].start) / rateHz)
        let last = motion.row(at: startS + Double(repetitions[repetitions.count - 1].end) / rateHz)
        guard last > first else { return false }
        let part = windowed(motion.acceleration[first...last])
        let band = parameters.search.walkingBand / periodS
        func power(around frequencyHz: Double) -> Double {
            powerOf(part, rateHz: motion.rateHz, between: frequencyHz - band, and: frequencyHz + band)
        }
        return power(around: 2 / periodS) > parameters.search.walkingTwice * power(around: 1 / periodS)
    }

    /// The values without their mean, under a Hann window.
    private static func windowed(_ values: ArraySlice<Double>) -> [Double] {
        let mean = values.mean
        let last = Double(values.count - 1)
        return values.enumerated().map { ($1 - mean) * (0.5 - 0.5 * cos(2 * .pi * Double($0) / last)) }
    }

    /// Power of the discrete Fourier transform in a band, both ends included.
    private static func powerOf(_ values: [Double], rateHz: Double, between lowHz: Double, and highHz: Double) -> Double
    {
        let spacing = rateHz / Double(values.count)
        let first = max(0, Int((lowHz / spacing).rounded(.up)))
        let last = min(values.count / 2, Int((highHz / spacing).rounded(.down)))
        guard first <= last else { return 0 }
        return (first...last).reduce(0) { total, bin in
            let step = 2 * Double.pi * Double(bin) / Double(values.count)
            let turn = SIMD2(cos(step), sin(step))
            var (angle, sum) = (SIMD2<Double>(1, 0), SIMD2<Double>.zero)
            for value in values {
                sum += angle * value
                angle = SIMD2(angle.x * turn.x - angle.y * turn.y, angle.x * turn.y + angle.y * turn.x)
            }
            return total + (sum * sum).sum()
        }
    }
}
