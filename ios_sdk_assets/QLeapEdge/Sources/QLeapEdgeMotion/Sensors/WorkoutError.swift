import Foundation
import QLeapEdge

/// Why a workout session does not run.
public enum WorkoutError: Error, Equatable, Sendable {
    /// This device has no health data.
    case notAvailable
    /// The person does not let the app save workouts, without which none can be started.
    case notAuthorised
    /// The session ended before it ran; another app may have started a workout.
    case ended
    /// HealthKit reported an error.
    case failed(domain: String, code: Int, reason: String)
}

extension WorkoutError: QLeapEdgeError {
    /// One sentence: what, and the next step.
    public var description: String {
        switch self {
        case .notAvailable: "workout session: this device has no health data"
        case .notAuthorised:
            "workout session: the app may not save workouts; ask the person to allow it in Settings, Health, Data Access"
        case .ended: "workout session: it ended before it ran; another app may have started a workout"
        case .failed(let domain, let code, let reason):
            "workout session: HealthKit failed with \(domain) \(code) (\(reason))"
        }
    }

    init(_ error: any Error) {
        let error = error as NSError
        self = .failed(domain: error.domain, code: error.code, reason: error.localizedDescription)
    }
}
