import Foundation

/// Why a batch of samples was refused; a refused batch changes nothing.
public enum StreamError: Error, Equatable, Sendable {
    /// A stamp or value is not a finite number.
    case notFinite(index: Int)
    /// A stamp does not come after the one before it.
    case timestampNotIncreasing(index: Int, previous: Double, got: Double)
    /// The device delivers fewer samples a second than the model needs.
    case rateTooLow(minimumHz: Double, gotHz: Double)
}

extension StreamError: LocalizedError, CustomStringConvertible {
    /// One sentence: what, where, expected, got.
    public var description: String {
        switch self {
        case .notFinite(let index):
            "sample \(index) of the batch: a value is not a finite number"
        case .timestampNotIncreasing(let index, let previous, let got):
            "sample \(index) of the batch: expected a stamp after \(previous) s, got \(got) s"
        case .rateTooLow(let minimumHz, let gotHz):
            "the sensor delivers \(gotHz) Hz, expected at least \(minimumHz) Hz"
        }
    }

    /// The same sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}
