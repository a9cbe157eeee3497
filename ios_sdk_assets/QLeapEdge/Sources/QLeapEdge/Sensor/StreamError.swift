import Foundation

/// Why a batch of samples was refused; a refused batch changes nothing.
public enum StreamError: QLeapEdgeError, Equatable {
    /// Many samples in a row are bad: the sensor or its clock has failed.
    case badSamples(count: Int, newest: SampleProblem)
    /// Many samples in a row lie too far apart to be a motion: the stamps are in another unit, or the rate is
    /// far too low. The step allowed and the newest one, seconds.
    case samplesTooFarApart(count: Int, most: Double, got: Double)
    /// The device delivers fewer samples a second than the model needs; both rates in Hz.
    case rateTooLow(minimum: Double, got: Double)
    /// The stamps claim more samples a second than any watch delivers; both rates in Hz.
    case rateTooHigh(maximum: Double, got: Double)
}

extension StreamError {
    /// One sentence: what, where, expected, got.
    public var description: String {
        switch self {
        case .badSamples(let count, let newest):
            "\(count) samples in a row cannot be used: \(newest)"
        case .samplesTooFarApart(let count, let most, let got):
            "\(count) samples in a row lie more than \(most) s apart (\(got) s); expected 49 Hz or more, stamps in seconds"
                + Self.unit(of: got)
        case .rateTooHigh(let maximum, let got):
            "the sensor delivers \(got) Hz, expected at most \(maximum) Hz; stamps must be in seconds"
        case .rateTooLow(let minimum, let got):
            "the sensor delivers \(got) Hz, expected at least \(minimum) Hz"
        }
    }

    /// The unit that makes a step one of a watch's sensor, as the end of a sentence; empty where none does.
    private static func unit(of stepS: Double) -> String {
        let units = [("milliseconds", 1e-3), ("microseconds", 1e-6), ("nanoseconds", 1e-9)]
        let fitting = units.first { (5e-4...0.1).contains(stepS * $0.1) }
        return fitting.map { ", these look like \($0.0)" } ?? ""
    }

    /// The next step.
    public var recoverySuggestion: String? {
        switch self {
        case .badSamples:
            "Start the sensor again; give the samples of device motion in the order of their stamps."
        case .samplesTooFarApart, .rateTooLow:
            "Ask CoreMotion for 100 samples a second, and give stamps in seconds."
        case .rateTooHigh:
            "Give stamps in seconds, as CoreMotion does."
        }
    }
}
