extension PoseEngine {
    /// Follows one stream of samples from its beginning, and says which sets and repetitions are in it.
    ///
    /// Poses come as from ``results(from:backlog:)``. A set comes when it is over: at the end of the stream, or when nothing has
    /// been repeated for about a minute. Each call is a session of its own; ending the loop, or cancelling its task, ends it.
    ///
    /// ```swift
    /// for try await event in engine.session(from: batches) {
    ///     switch event {
    ///     case .pose(let result): show(result.state)
    ///     case .counting(let set): showCount(set?.repetitions.count)
    ///     case .set(let set): save(set)
    ///     case .ended(let summary): save(summary)
    ///     }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - source: batches of samples in time order; how they are cut changes nothing but when a count comes.
    ///   - exercise: the exercise that the wearer names; nil: the network decides.
    ///   - reference: sets of this wearer with known depths, from `qleap watch reference`.
    ///   - rateHz: of the samples; nil: measured over the first second of each stretch.
    ///   - backlog: what happens while the predictor is busy.
    ///   - countingEveryS: seconds between two counts; nil: none.
    /// - Returns: what happens, in the order of time. The stream throws as ``results(from:backlog:)`` does.
    public func session<Source: AsyncSequence & Sendable>(
        from source: Source, exercise: Exercise? = nil, reference: WatchReference? = nil, rateHz: Double? = nil,
        backlog: Backlog = .newest, countingEveryS: Double? = 1
    ) -> AsyncThrowingStream<SessionEvent, any Error> where Source.Element == [MotionSample] {
        let session = SessionFollower(
            payload: payload, wearer: wearer, exercise: exercise, reference: reference, rateHz: rateHz,
            countingEveryS: countingEveryS)
        return AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    try await follow(source, backlog) { batch in
                        if let count = try await session.append(batch) { continuation.yield(count) }
                    } give: { estimate, result in
                        continuation.yield(.pose(result))
                        for event in await session.add(estimate) { continuation.yield(event) }
                    }
                    for event in await session.finish() { continuation.yield(event) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}
