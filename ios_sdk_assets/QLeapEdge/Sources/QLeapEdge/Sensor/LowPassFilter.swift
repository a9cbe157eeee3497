import Foundation

/// The linear-phase low-pass that precedes a decimation; its gain at 0 Hz is exactly 1.
///
/// Source: windowed-sinc design, Oppenheim & Schafer, Discrete-Time Signal Processing (3rd ed.), section 7.5, with the
/// Hamming window.
struct LowPassFilter: Sendable {
    /// Cutoff (gain 0.5) over the output rate.
    static let cutoffShare = 0.45
    /// Half the filter's length in output periods.
    static let halfTapsAtUnitRatio = 8.0
    /// Below this ratio of input to output rate nothing is filtered: a ±1 % clock must not switch a filter on.
    static let decimationMargin = 1.02

    /// Weights, 2 × `half` + 1 of them; a single 1 when nothing is filtered.
    let taps: [Double]

    /// Samples on each side of the middle one.
    var half: Int { taps.count / 2 }

    /// Designs the filter.
    ///
    /// - Parameters:
    ///   - inputHz: real rate of the samples.
    ///   - outputHz: rate they will be resampled to.
    init(inputHz: Double, outputHz: Double) {
        guard inputHz > Self.decimationMargin * outputHz else {
            taps = [1]
            return
        }
        let half = Int(Self.halfTapsAtUnitRatio * inputHz / outputHz)
        let cutoff = 2 * Self.cutoffShare * outputHz / inputHz  // in units of the input's Nyquist frequency
        let raw = (-half...half).map { offset in
            let angle = Double.pi * cutoff * Double(offset)
            let sinc = offset == 0 ? cutoff : cutoff * sin(angle) / angle
            return sinc * (0.54 + 0.46 * cos(Double.pi * Double(offset) / Double(half)))
        }
        let sum = raw.reduce(0, +)
        taps = raw.map { $0 / sum }
    }
}
