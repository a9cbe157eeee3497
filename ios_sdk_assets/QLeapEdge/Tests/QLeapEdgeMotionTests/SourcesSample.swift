// Against stand-ins for Apple's frameworks; without them there is nothing to compile here.
#if canImport(CoreMotion) && canImport(HealthKit) && canImport(WatchKit) && os(Linux)
    import Foundation
    import QLeapEdge
    import QLeapEdgeMotion

    // The sample that the README prints, compiled so that it cannot rot; on a watch a view runs it.
    @MainActor
    func recordASet(folder: URL, transfer: RecordingTransfer, show: (PoseResult) -> Void) async throws {
        // README begins
        let wearer = try Wearer(stature: 1.75, wear: .ofThisWatch)
        let engine = try await PoseEngine(wearer: wearer)
        let workout = try await WorkoutSession.start()
        defer { workout.end() }
        let writer = try RecordingWriter(name: "squats", in: folder, wear: wearer.wear)
        let batches = DeviceMotionSource().batches().recorded(by: writer)  // or BatchedMotionSource(workout: workout)
        for try await result in engine.results(from: batches) { show(result) }
        try await transfer.send(try await writer.finish().url)
        // README ends
    }
#endif
