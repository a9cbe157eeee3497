#if canImport(CoreML)
    import QLeapEdge

    // The sample that the README prints, compiled so that it cannot rot.
    func follow(
        _ batches: some AsyncSequence<[MotionSample], any Error>, wear: WearConfiguration, statureM: Double,
        predictor: PosePredictor, show: (PoseEstimate?) -> Void
    ) async throws {
        // README begins
        let wearer = try Wearer(statureM: statureM, wear: wear)
        var windower = MotionWindower(wearer: wearer, contract: predictor.payload.contract)
        for try await batch in batches {  // [MotionSample(cmDeviceMotion)], about 100 Hz, in time order
            for window in try windower.append(batch) {  // every 0.2 s once 4 s are in
                let estimate = try await predictor.predict(window)
                show(estimate.abstain ? nil : estimate)  // nil: "not sure"
            }
        }
        // README ends
    }
#endif
