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
            MotionSample(
                timestamp: Double(index) / 100, gravity: SIMD3(1, 0, 0),
                userAcceleration: SIMD3(0, 0, userAcceleration * sin(0.1 * Double(index))),
                rotationRate: SIMD3(0, userAcceleration * cos(0.1 * Double(index)), 0))
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
