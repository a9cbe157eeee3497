/// Joins the two streams of a session: sets by physics from the samples, and windows by the network.
package actor SessionFollower {
    private let payload: EdgePayload
    private let wearer: Wearer
    private let exercise: Exercise?
    private let reference: WatchReference?
    private let countingEveryS: Double?
    private static let leastCountingS = 0.2  // a count costs some milliseconds
    private let windowS: Double

    private var stream: SetStream
    private var lever = LeverArmTest()
    private var log: SessionLog
    private var waiting: [ExerciseSet] = []  // for the windows that lie in them
    private var firstS: Double?
    private var lastS = 0.0
    private var countedS = -Double.infinity

    package init(
        payload: EdgePayload, wearer: Wearer, exercise: Exercise?, reference: WatchReference?, rateHz: Double?,
        countingEveryS: Double?
    ) {
        self.payload = payload
        self.wearer = wearer
        self.exercise = exercise
        self.reference = reference
        self.countingEveryS = countingEveryS.flatMap { $0.isNaN ? nil : max($0, Self.leastCountingS) }
        windowS = Double(payload.contract.windowSteps) / payload.contract.rateHz
        stream = SetStream(payload.analysis, rateHz: rateHz)
        log = SessionLog(payload: payload, wearer: wearer, exercise: exercise, reference: reference)
    }

    /// Takes samples; returns a count when it is time for one.
    ///
    /// - Throws: ``StreamError``.
    package func append(_ batch: [MotionSample]) throws -> SessionEvent? {
        for sample in batch where sample.problem(after: firstS == nil ? nil : lastS) == nil {
            if firstS == nil { log.begin(at: sample.timestamp) }
            firstS = firstS ?? sample.timestamp
            lastS = sample.timestamp
            lever.add(sample)
        }
        waiting += try stream.append(batch)
        guard let countingEveryS, lastS - countedS >= countingEveryS else { return nil }
        countedS = lastS
        let open = stream.provisional.last.flatMap { lastS - $0.endS < payload.analysis.chain.longestS ? $0 : nil }
        return .counting(open.map(log.preview))
    }

    /// Takes a window; returns the sets whose windows are all there.
    package func add(_ estimate: PoseEstimate) -> [SessionEvent] {
        log.add(estimate)
        // The last window of a set has its middle at the set's end at the latest.
        let ready = waiting.prefix { $0.endS + windowS / 2 < estimate.timestamp }
        waiting.removeFirst(ready.count)
        return ready.map { .set(log.close($0)) }
    }

    /// Ends the session.
    package func finish() -> [SessionEvent] {
        let rest = waiting + stream.finish()
        waiting = []
        let sets: [SessionEvent] = rest.map { .set(log.close($0)) }
        return sets + [.ended(summary)]
    }

    private var summary: SessionSummary {
        SessionSummary(
            log, duration: lastS - (firstS ?? lastS), skipped: stream.skipped, payload: payload, wearer: wearer,
            exercise: exercise, reference: reference, lever: lever.result)
    }
}
