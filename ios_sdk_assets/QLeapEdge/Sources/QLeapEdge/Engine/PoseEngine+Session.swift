extension PoseEngine {
    /// Follows one stream of samples from its beginning, and says which sets and repetitions are in it.
    ///
    /// Poses come as from ``results(from:backlog:)``. A set comes when it is over: at the end of the stream, or when nothing has
    /// been repeated for about a minute. Each call is a session of its own. End it with ``SessionControl/end()``: the last sets and the
    /// summary follow. Leaving the loop, or cancelling its task, ends it without them.
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
    ///   - control: ends the session from outside, with its last sets and summary; for a sensor, which never ends by itself.
    ///   - exercise: the exercise that the wearer names; nil: the network decides.
    ///   - reference: sets of this wearer with known depths, from `qleap watch reference`.
    ///   - backlog: what happens while the predictor is busy.
    ///   - countingEveryS: seconds between two counts, at least 0.2; nil: none. A count takes 5 to 30 ms of a desktop's core.
    /// - Returns: what happens, in the order of time. The stream throws as ``results(from:backlog:)`` does, after the sets so far and
    ///   ``SessionEvent/ended(_:)``. Events that the loop has not taken wait: take them promptly.
    public func session<Source: AsyncSequence & Sendable>(
        from source: Source, control: SessionControl? = nil, exercise: Exercise? = nil,
        reference: WatchReference? = nil, backlog: Backlog = .newest, countingEveryS: Double? = 1
    ) -> AsyncThrowingStream<SessionEvent, any Error> where Source.Element == [MotionSample] {
        let session = SessionFollower(
            payload: payload, wearer: wearer, exercise: exercise, reference: reference, rateHz: nil,
            countingEveryS: countingEveryS)
        return AsyncThrowingStream { continuation in
            let task = Task {
                do {
                    try await follow(source, backlog, control: control) { batch in
                        if let count = try await session.append(batch) { continuation.yield(count) }
                    } give: { estimate, result in
                        continuation.yield(.pose(result))
                        for event in await session.add(estimate) { continuation.yield(event) }
                        return false  // events wait, none is dropped
                    }
                    for event in await session.finish() { continuation.yield(event) }
                    continuation.finish()
                } catch {
                    // What was measured before a failure is not lost with it.
                    for event in await session.finish() { continuation.yield(event) }
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }
}
