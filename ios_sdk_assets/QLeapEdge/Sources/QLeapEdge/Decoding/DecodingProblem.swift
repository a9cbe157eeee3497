import Foundation

/// Why outputs could not be decoded.
public enum DecodingProblem: QLeapEdgeError, Equatable {
    /// An output or the input has the wrong number of elements.
    case elementCount(name: String, expected: Int, got: Int)
    /// An output or the input holds NaN or infinity at this flat index.
    case notFinite(name: String, index: Int)
    /// A gate got another number of features than it was fitted on.
    case featureCount(expected: Int, got: Int)
    /// The stature is not a positive number of metres below 3.
    case stature(got: Double)
}

extension DecodingProblem {
    /// One sentence: what, where, expected, got.
    public var description: String {
        switch self {
        case .elementCount(let name, let expected, let got):
            "'\(name)': expected \(expected) elements, got \(got)"
        case .notFinite(let name, let index):
            "'\(name)', element \(index): not a finite number"
        case .featureCount(let expected, let got):
            "the gate expects \(expected) features, got \(got)"
        case .stature(let got):
            "stature: expected metres above 0 and below 3, got \(got)"
        }
    }

    /// The next step.
    public var recoverySuggestion: String? {
        switch self {
        case .elementCount, .notFinite, .featureCount:
            "Report it with the device's model and system: the model answers what its contract does not allow."
        case .stature:
            "Give the height in metres, for example 1.75."
        }
    }
}
