import Foundation

/// Ends a session from outside, for example when the wearer taps Stop: what was measured so far is still said.
///
/// Cancelling the task of the loop ends a session too, and says nothing more.
public final class SessionControl: @unchecked Sendable {
    private let lock = NSLock()  // guards the two below
    private var ended = false
    private var stop: (@Sendable () -> Void)?

    /// Controls the session that it is given to, one only.
    public init() {}

    /// Ends the source; the last sets and the summary follow in the loop.
    ///
    /// A second call does nothing.
    public func end() {
        let action = lock.withLock {
            ended = true
            defer { stop = nil }
            return stop
        }
        action?()
    }

    var isEnded: Bool { lock.withLock { ended } }

    /// Calls `action` when the session is ended, at once if it is ended already.
    func onEnd(_ action: @escaping @Sendable () -> Void) {
        let isLate = lock.withLock {
            if !ended { stop = action }
            return ended
        }
        if isLate { action() }
    }
}
