import Foundation

/// A second-order Butterworth filter that runs forwards and backwards, so that it delays nothing.
///
/// The arithmetic of SciPy's `sosfiltfilt` with its default padding.
///
/// Source: bilinear transform, Oppenheim & Schafer, Discrete-Time Signal Processing (3rd ed.), section 7.2; initial state for a
/// step and odd extension, Gustafsson 1996, IEEE Trans. Signal Processing 44(4), 988-992.
struct ZeroPhaseFilter: Sendable {
    /// What passes.
    enum Band: Sendable {
        case low, high
    }

    /// Samples that the extension adds at either end; a signal must be longer.
    static let padding = 9

    private let numerator: SIMD3<Double>
    private let feedback: SIMD2<Double>

    /// Designs the filter.
    ///
    /// - Parameters:
    ///   - cutoffHz: half-power frequency of one pass; below half the rate.
    ///   - rateHz: of the samples.
    ///   - band: what passes.
    init(cutoffHz: Double, rateHz: Double, _ band: Band) {
        let tangent = tan(.pi * cutoffHz / rateHz)
        let square = tangent * tangent
        let scale = 1 / (1 + 2.0.squareRoot() * tangent + square)
        numerator = band == .low ? SIMD3(square, 2 * square, square) * scale : SIMD3(1, -2, 1) * scale
        feedback = SIMD2(2 * (square - 1), 1 - 2.0.squareRoot() * tangent + square) * scale
    }

    /// Filters a signal of at least ``padding`` + 1 samples; a shorter one comes back as it is.
    func filtered(_ values: [Double]) -> [Double] {
        let count = values.count
        guard count > Self.padding, let first = values.first, let last = values.last else { return values }
        var extended: [Double] = []
        extended.reserveCapacity(count + 2 * Self.padding)
        for offset in (1...Self.padding).reversed() { extended.append(2 * first - values[offset]) }
        extended += values
        for offset in 1...Self.padding { extended.append(2 * last - values[count - 1 - offset]) }
        pass(&extended)
        extended.reverse()
        pass(&extended)
        extended.reverse()
        return Array(extended[Self.padding..<(Self.padding + count)])
    }

    /// One pass, transposed direct form II, from the state in which the first value has lasted for ever.
    private func pass(_ values: inout [Double]) {
        guard let first = values.first else { return }
        let gain = numerator.sum() / (1 + feedback.sum())
        var early = (gain - numerator.x) * first
        var late = (numerator.z - feedback.y * gain) * first
        for index in values.indices {
            let input = values[index]
            let output = numerator.x * input + early
            early = numerator.y * input - feedback.x * output + late
            late = numerator.z * input - feedback.y * output
            values[index] = output
        }
    }
}
