import Foundation
import QLeapEdge

/// Why a sensor delivers no samples, or stopped delivering them.
public enum MotionSourceError: Error, Equatable, Sendable {
    /// This device, or this moment, has no such sensor.
    case notAvailable(sensor: String)
    /// The person, or a restriction of the device, does not let the app read motion data.
    case notAuthorised(sensor: String)
    /// The source already delivers a stream; end that one first.
    case alreadyRunning(sensor: String)
    /// Batched samples need a workout session that runs.
    case workoutNotRunning(state: String)
    /// Core Motion reported an error.
    case failed(sensor: String, domain: String, code: Int, reason: String)
}

extension MotionSourceError: QLeapEdgeError {
    /// One sentence: what, expected, got, next step.
    public var description: String {
        switch self {
        case .notAvailable(let sensor):
            "\(sensor): not available on this device; use another source"
        case .notAuthorised(let sensor):
            "\(sensor): the app may not read motion data; ask the person to allow it in Settings, Privacy, Motion & Fitness"
        case .alreadyRunning(let sensor):
            "\(sensor): the source already delivers a stream; end that one first"
        case .workoutNotRunning(let state):
            "batched device motion: expected a workout session that is running, got one that is \(state); start it first"
        case .failed(let sensor, let domain, let code, let reason):
            "\(sensor): Core Motion failed with \(domain) \(code) (\(reason))"
        }
    }
}

#if canImport(CoreMotion) && !os(macOS)
    import CoreMotion

    extension MotionSourceError {
        /// The error of a handler of Core Motion, by its domain and code.
        init(_ error: any Error, sensor: String) {
            let error = error as NSError
            let code = error.domain == CMErrorDomain ? UInt32(exactly: error.code) : nil
            switch code {
            case CMErrorNotAuthorized.rawValue, CMErrorMotionActivityNotAuthorized.rawValue,
                CMErrorNotEntitled.rawValue, CMErrorMotionActivityNotEntitled.rawValue:
                self = .notAuthorised(sensor: sensor)
            case CMErrorNotAvailable.rawValue, CMErrorMotionActivityNotAvailable.rawValue:
                self = .notAvailable(sensor: sensor)
            default:
                self = .failed(
                    sensor: sensor, domain: error.domain, code: error.code, reason: error.localizedDescription)
            }
        }
    }
#endif
