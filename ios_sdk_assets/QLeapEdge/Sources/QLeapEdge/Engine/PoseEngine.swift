#if canImport(CoreML)
    import CoreML
#endif

/// Samples of one wearer in, poses out: windows, predictions and abstention behind one call.
///
/// ```swift
/// let engine = try await PoseEngine(wearer: wearer)
/// for try await result in engine.results(from: batches) {
///     switch result.state {
///     case .pose(let pose): show(pose)
///     case .abstained: showNotSure()
///     }
/// }
/// ```
public struct PoseEngine: Sendable {
    /// What happens to windows that wait while the predictor is busy.
    public enum Backlog: Sendable {
        /// Only the newest one waits; older ones are dropped and counted. For a live display.
        case newest
        /// All of them wait. For a recording.
        case everything
    }

    /// Who wears the watch, and how.
    public let wearer: Wearer
    /// Contract, profile, skeleton and grade of the release.
    public let payload: EdgePayload
    private let predictor: any PosePredicting

    /// Whether the calibration was measured on persons as tall as the wearer; if not, an app should say that its intervals may
    /// be too narrow.
    public var calibrationCoversWearer: Bool { payload.profile.validity.covers(stature: wearer.stature) }

    /// Creates an engine around a predictor, for example a ``ReplayPredictor`` in a preview.
    ///
    /// - Parameters:
    ///   - wearer: stature, wrist and crown side.
    ///   - payload: what the predictor's model came with.
    ///   - predictor: turns windows into poses.
    public init(wearer: Wearer, payload: EdgePayload, predictor: any PosePredicting) {
        self.wearer = wearer
        self.payload = payload
        self.predictor = predictor
    }

    #if canImport(CoreML)
        /// Loads the model of the package's resources and tests it on this device, which also warms it up.
        ///
        /// - Parameters:
        ///   - wearer: stature, wrist and crown side.
        ///   - computeUnits: processors Core ML may use.
        /// - Throws: as ``PosePredictor/load(payload:modelURL:computeUnits:cacheFolder:population:)``.
        public init(wearer: Wearer, computeUnits: MLComputeUnits = .cpuAndNeuralEngine) async throws {
            let predictor = try await PosePredictor.load(computeUnits: computeUnits)
            self.init(wearer: wearer, payload: predictor.payload, predictor: predictor)
        }
    #endif

    /// Follows one stream of samples from its beginning.
    ///
    /// Each call is a stream of its own: call it again to start over, for example when a workout begins. Ending the loop, or
    /// cancelling its task, ends the prediction.
    ///
    /// - Parameters:
    ///   - source: batches of samples in time order; how they are cut changes nothing.
    ///   - backlog: what happens while the predictor is busy.
    /// - Returns: a result for each window that was predicted, oldest first. The stream throws ``StreamError`` when the samples
    ///   as a whole are unusable, ``PredictorError``, ``DecodingProblem``, or what `source` throws.
    public func results<Source: AsyncSequence & Sendable>(
        from source: Source, backlog: Backlog = .newest
    ) -> AsyncThrowingStream<PoseResult, any Error> where Source.Element == [MotionSample] {
        // A loop that is slower than the predictor gets the newest result, too.
        AsyncThrowingStream(bufferingPolicy: backlog == .newest ? .bufferingNewest(1) : .unbounded) { continuation in
            let task = Task {
                do {
                    try await follow(source, backlog) { _ in
                    } give: { _, result in
                        if case .dropped = continuation.yield(result) { true } else { false }
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private struct Waiting: Sendable {
        let window: ImuWindow
        let dropped: Int
        let skipped: SkippedSamples
    }

    /// Predicts the windows of a stream.
    ///
    /// - Parameters:
    ///   - source: batches of samples.
    ///   - backlog: what happens while the predictor is busy.
    ///   - control: ends the source from outside.
    ///   - watch: sees each batch before its windows are cut.
    ///   - give: takes each prediction, and tells whether an earlier one was dropped for it.
    func follow<Source: AsyncSequence & Sendable>(
        _ source: Source, _ backlog: Backlog, control: SessionControl? = nil,
        watch: @escaping @Sendable ([MotionSample]) async throws -> Void,
        give: @Sendable (PoseEstimate, PoseResult) async -> Bool
    ) async throws where Source.Element == [MotionSample] {
        let (waiting, feed) = AsyncThrowingStream<Waiting, any Error>.makeStream(
            bufferingPolicy: backlog == .newest ? .bufferingNewest(1) : .unbounded)
        let reader = Task {
            do {
                try await read(source, control, watch, into: feed)
                feed.finish()
            } catch {
                feed.finish(throwing: error)
            }
        }
        control?.onEnd { reader.cancel() }
        defer { reader.cancel() }  // a failed prediction must not leave a live sensor running
        try await withTaskCancellationHandler {
            var unseen = 0
            for try await item in waiting {
                let pose = try await predictor.predict(item.window)
                if await give(pose, PoseResult(pose, dropped: item.dropped + unseen, skipped: item.skipped)) {
                    unseen += 1
                }
            }
            try Task.checkCancellation()
        } onCancel: {
            reader.cancel()
        }
    }

    private func read<Source: AsyncSequence & Sendable>(
        _ source: Source, _ control: SessionControl?, _ watch: @Sendable ([MotionSample]) async throws -> Void,
        into feed: AsyncThrowingStream<Waiting, any Error>.Continuation
    ) async throws where Source.Element == [MotionSample] {
        var windower = MotionWindower(wearer: wearer, contract: payload.contract)
        var dropped = 0
        func wait(_ window: ImuWindow) {
            let item = Waiting(window: window, dropped: dropped, skipped: windower.skipped)
            if case .dropped = feed.yield(item) { dropped += 1 }
        }
        do {
            for try await batch in source {
                try await watch(batch)
                try windower.append(batch).forEach(wait)
            }
        } catch is CancellationError where control?.isEnded == true {
            // The caller ended the source; what is in is still said.
        }
        windower.finish().forEach(wait)
    }
}
