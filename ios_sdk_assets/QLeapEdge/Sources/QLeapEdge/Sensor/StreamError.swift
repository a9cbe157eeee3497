import Foundation

/// Why a batch of samples was refused; a refused batch changes nothing.
public enum StreamError: Error, Equatable, Sendable {
    /// Many samples in a row are bad: the sensor or its clock has failed.
    case badSamples(count: Int, newest: SampleProblem)
    /// Many samples in a row lie too far apart to be a motion: the stamps are in another unit, or the rate is far too low.
    case samplesTooFarApart(count: Int, mostS: Double, gotS: Double)
    /// The device delivers fewer samples a second than the model needs.
    case rateTooLow(minimumHz: Double, gotHz: Double)
    /// The stamps claim more samples a second than any watch delivers.
    case rateTooHigh(maximumHz: Double, gotHz: Double)
}

extension StreamError: LocalizedError, CustomStringConvertible {
    /// One sentence: what, where, expected, got.
    public var description: String {
        switch self {
        case .badSamples(let count, let newest):
            "\(count) samples in a row cannot be used: \(newest)"
        case .samplesTooFarApart(let count, let mostS, let gotS):
            "\(count) samples in a row lie more than \(mostS) s apart (\(gotS) s); expected 49 Hz or more, stamps in seconds"
                + Self.unit(of: gotS)
        case .rateTooHigh(let maximumHz, let gotHz):
            "the sensor delivers \(gotHz) Hz, expected at most \(maximumHz) Hz; stamps must be in seconds"
        case .rateTooLow(let minimumHz, let gotHz):
            "the sensor delivers \(gotHz) Hz, expected at least \(minimumHz) Hz"
        }
    }

    /// The unit that makes a step one of a watch's sensor, as the end of a sentence; empty where none does.
    private static func unit(of stepS: Double) -> String {
        let units = [("milliseconds", 1e-3), ("microseconds", 1e-6), ("nanoseconds", 1e-9)]
        let fitting = units.first { (5e-4...0.1).contains(stepS * $0.1) }
        return fitting.map { ", these look like \($0.0)" } ?? ""
    }

    /// The same sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}
