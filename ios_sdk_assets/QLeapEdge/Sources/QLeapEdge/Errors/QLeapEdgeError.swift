import Foundation

/// Every error of this package: one sentence that says what, where, expected and got, and the next step.
///
/// `localizedDescription` gives the sentence, `recoverySuggestion` the step. Both are in English, for a log and for whoever
/// integrates the package; what a wearer reads is the app's to say.
public protocol QLeapEdgeError: LocalizedError, CustomStringConvertible, Sendable {}

extension QLeapEdgeError {
    /// The sentence, for `localizedDescription`.
    public var errorDescription: String? { description }
}

/// An error as the commands of this package print it: what happened, then what to do about it.
package func explained(_ error: any Error) -> String {
    guard let known = error as? any QLeapEdgeError else {
        return (error as? CocoaError)?.localizedDescription ?? "\(error)"
    }
    return known.recoverySuggestion.map { "\(known.description). \($0)" } ?? known.description
}
