// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Only in this stand-in: what the system answers.
import Foundation

/// The system behind a health store.
public final class StubHealth: @unchecked Sendable {
    public enum Start: Sendable {
        case runs
        case fails(any Error)
        case neverAnswers
    }

    public let status: HKAuthorizationStatus
    public let start: Start
    public let authorizationError: (any Error)?
    public let sessionError: (any Error)?
    private let lock = NSLock()
    private weak var session: HKWorkoutSession?

    public init(
        status: HKAuthorizationStatus = .sharingAuthorized, start: Start = .runs,
        authorizationError: (any Error)? = nil,
        sessionError: (any Error)? = nil
    ) {
        self.status = status
        self.start = start
        self.authorizationError = authorizationError
        self.sessionError = sessionError
    }

    func remember(_ session: HKWorkoutSession) { lock.withLock { self.session = session } }

    public var state: HKWorkoutSessionState? { lock.withLock { session }?.state }
    public var activity: HKWorkoutActivityType? { lock.withLock { session }?.workoutConfiguration.activityType }

    /// The system ends the session, as when another app starts a workout.
    public func endBySystem() { lock.withLock { session }?.change(to: .ended) }
}
