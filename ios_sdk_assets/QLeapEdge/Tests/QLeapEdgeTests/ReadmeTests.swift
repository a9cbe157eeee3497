import Testing

@testable import QLeapEdge

/// The README's sample runs: samples in, poses out.
@Suite struct ReadmeTests {
    @Test func theSampleFollowsAStream() async throws {
        let payload = try Shipped.payload()
        let engine = PoseEngine(
            wearer: try .sample(), payload: payload, predictor: try ReplayPredictor(payload: payload))
        var shown: [PoseEstimate?] = []
        try await follow(PoseEngineTests.batches(), engine: engine) { shown.append($0) }
        #expect((1...16).contains(shown.count))  // as many as the predictor keeps up with
    }
}
