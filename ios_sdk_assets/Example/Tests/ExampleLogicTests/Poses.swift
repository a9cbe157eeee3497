import Foundation
import QLeapEdge

/// Estimates of the released model for the window of its self-test.
enum Poses {
    private static let loaded = Result { try EdgePayload.bundled() }

    /// The payload of the package, loaded once for all tests.
    static func payload() throws -> EdgePayload { try loaded.get() }

    /// What the engine says first of an arm that hangs, its user acceleration given in g, with the outputs of the self-test.
    static func first(_ payload: EdgePayload, userAcceleration: Double) async throws -> PoseResult {
        let wearer = try Wearer(stature: 1.7, wear: WearConfiguration(wrist: .left, crown: .right))
        let engine = PoseEngine(wearer: wearer, payload: payload, predictor: try ReplayPredictor(payload: payload))
        let samples = (0..<600).map { index in
            let (slow, fast) = (0.03 * Double(index), 0.21 * Double(index))
            let shake = SIMD3(sin(slow) + 0.3 * sin(fast), cos(1.3 * slow) + 0.3 * cos(fast), sin(0.7 * slow + 1))
            let tilt = 0.4 * sin(slow)
            return MotionSample(
                timestamp: Double(index) / 100, gravity: SIMD3(cos(tilt), 0.2 * sin(tilt), 0.98 * sin(tilt)),
                userAcceleration: shake * userAcceleration, rotationRate: shake * (5 * userAcceleration))
        }
        let source = AsyncStream { continuation in
            continuation.yield(samples)
            continuation.finish()
        }
        for try await result in engine.results(from: source, backlog: .everything) { return result }
        throw Unsuitable()
    }

    /// An estimate that may be shown.
    static func one(_ payload: EdgePayload) async throws -> PoseEstimate {
        guard case .pose(let estimate) = try await first(payload, userAcceleration: 0.2).state else {
            throw Unsuitable()
        }
        return estimate
    }

    /// A result that may not: the same outputs for a signal that no arm gives.
    static func abstained(_ payload: EdgePayload) async throws -> PoseResult {
        let result = try await first(payload, userAcceleration: 200)
        guard case .abstained = result.state else { throw Unsuitable() }
        return result
    }

    struct Unsuitable: Error {}
}
