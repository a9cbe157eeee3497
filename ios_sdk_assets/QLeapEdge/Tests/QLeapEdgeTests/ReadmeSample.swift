import QLeapEdge

// The sample that the README prints, compiled so that it cannot rot.
func follow(
    _ batches: some AsyncSequence<[MotionSample], any Error> & Sendable, engine: PoseEngine,
    show: (PoseEstimate?) -> Void
) async throws {
    // README begins
    for try await result in engine.results(from: batches) {  // [MotionSample(cmDeviceMotion)], in time order
        switch result.state {  // every 0.2 s once 4 s are in
        case .pose(let pose): show(pose)
        case .abstained: show(nil)  // "not sure"
        }
    }
    // README ends
}
