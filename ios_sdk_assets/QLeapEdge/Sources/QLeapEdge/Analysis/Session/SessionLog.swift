/// The windows and sets of one session so far: what fuses them, and what becomes the session document.
package struct SessionLog: Sendable {
    /// Sets so far, in the order of time.
    package private(set) var sets: [SetResult] = []
    /// Windows whose middle lies in a set.
    package private(set) var windows: [WindowResult] = []

    private let payload: EdgePayload
    private let wearer: Wearer
    private let exercise: Exercise?
    private let reference: WatchReference?
    private let keptS: Double
    private var records: [WindowRecord] = []
    private var originS: Double?

    /// Begins a session.
    ///
    /// - Parameters:
    ///   - payload: of the release.
    ///   - wearer: stature, wrist and crown side.
    ///   - exercise: the exercise that the wearer names; nil: the network decides.
    ///   - reference: sets of this wearer with known depths.
    package init(payload: EdgePayload, wearer: Wearer, exercise: Exercise?, reference: WatchReference?) {
        self.payload = payload
        self.wearer = wearer
        self.exercise = exercise
        self.reference = reference
        let search = payload.analysis.search
        let signals = payload.analysis.slowSignals
        let steps = search.longestSteps + search.quietSteps + signals.partSteps + 2 * signals.reachSteps
        keptS = Double(steps) / signals.rateHz
    }

    /// Sets the stamp from which the times of the results count: that of the first sample.
    package mutating func begin(at stampS: Double) {
        originS = originS ?? stampS
    }

    /// Keeps what a set may need of a window.
    package mutating func add(_ estimate: PoseEstimate) {
        records.append(WindowRecord(estimate, payload.contract))
        let surplus = records.firstIndex { $0.endS >= estimate.timestamp - keptS } ?? 0
        if surplus > 256 { records.removeFirst(surplus) }
    }

    /// Fuses a set that is over with the windows in it.
    package mutating func close(_ set: ExerciseSet) -> SetResult {
        let inside = records(in: set)
        let result = fusion.result(set, inside, from: origin)
        sets.append(result)
        windows += inside.map { fusion.window($0, number: sets.count, of: set, result, origin) }
        return result
    }

    /// What would be said of a set if it ended now.
    package func preview(_ set: ExerciseSet) -> SetResult {
        fusion.result(set, records(in: set), from: origin)
    }

    private var origin: Double { originS ?? 0 }

    private var fusion: SetFusion {
        SetFusion(payload: payload, wearer: wearer, declared: exercise, reference: reference)
    }

    /// The windows whose middle lies in a set, of the stretch that holds its end.
    private func records(in set: ExerciseSet) -> [WindowRecord] {
        let half = Double(payload.contract.windowSteps) / (2 * payload.contract.rateHz)
        return records.filter { set.startS <= $0.startS + half && $0.startS + half <= set.endS }
    }
}
