import Foundation
import QLeapEdge

// The samples of the documentation catalogue, compiled so that they cannot rot: each stands here as it is printed there.

// Abstention begins
func signsAreUsable(_ samples: [MotionSample], wear: WearConfiguration) -> Bool {
    var evidence = SignEvidence(wear: wear)
    for sample in samples { evidence.add(sample) }
    return evidence.verdict != .reversed  // reversed: fix the integration, show nothing
}
// Abstention ends

// Abstention begins
func promise(of engine: PoseEngine) -> String {
    let captured = engine.payload.profile.captured
    let share = "\(captured.coverage90) of the joints of \(captured.persons) people lay in the region of 90 %"
    return engine.calibrationCoversWearer ? share : share + "; nobody of your height was among them"
}
// Abstention ends

#if canImport(CoreML)
    func followFromTheBeginning(
        _ batches: some AsyncSequence<[MotionSample], any Error> & Sendable, show: (PoseEstimate?) -> Void
    ) async throws {
        // GettingStarted begins
        let wearer = try Wearer(stature: 1.75, wear: WearConfiguration(wrist: .left, crown: .right))
        let engine = try await PoseEngine(wearer: wearer)  // verifies the payload, loads and tests the model
        for try await result in engine.results(from: batches) {  // [MotionSample(cmDeviceMotion)], in time order
            switch result.state {  // every 0.2 s once 4 s are in
            case .pose(let pose): show(pose)
            case .abstained: show(nil)  // "not sure"
            }
        }
        // GettingStarted ends
    }
#endif

// GettingStarted begins
func describe(_ pose: PoseEstimate) -> String? {
    guard !pose.isAbstaining, let wrist = pose.latest(.leftWrist), let exercise = pose.named else { return nil }
    let frame = pose.frameCount - 1
    let region = pose.ellipsoid(frame: frame, joint: JointName.leftWrist.index, level: 0.9)  // semi-axes, metres
    return "\(exercise.rawValue): wrist \(wrist.z) m above the pelvis, within \(region?.z ?? .infinity) m"
}
// GettingStarted ends

// GettingStarted begins
func names(of estimates: [PoseEstimate], payload: EdgePayload) -> [Exercise] {
    var vote = ExerciseVote(payload.profile.exerciseSets)
    for estimate in estimates { vote.add(estimate) }
    return vote.remaining.map { Exercise.allCases[$0] }  // one: show it; two: "one of these"; more: unknown
}
// GettingStarted ends

// GettingStarted begins
func previewEngine(for wearer: Wearer) throws -> PoseEngine {
    let payload = try EdgePayload.bundled()
    return PoseEngine(wearer: wearer, payload: payload, predictor: try ReplayPredictor(payload: payload))
}
// GettingStarted ends

// GettingStarted begins
func caution(of payload: EdgePayload) -> String? {
    payload.manifest.grade == .release ? nil : payload.manifest.warning
}
// GettingStarted ends

// SignatureAndVerification begins
func problems(inBundle folder: URL) throws -> [String] {
    try BundleVerifier.verify(folder).problems  // empty: every file is the one that was packed
}
// SignatureAndVerification ends

// Troubleshooting begins
func report(_ error: any Error) -> String {
    guard let error = error as? any QLeapEdgeError else { return error.localizedDescription }
    return "\(error.description). \(error.recoverySuggestion ?? "")"
}
// Troubleshooting ends

#if canImport(CoreML)
    // WatchOS begins
    func measuredLatency() async throws -> Data {
        try JSONEncoder().encode(await LatencyBenchmark.run(runs: 300))
    }
// WatchOS ends
#endif

// Sessions begins
func follow(_ engine: PoseEngine, _ batches: AsyncStream<[MotionSample]>) async throws -> SessionDocument? {
    for try await event in engine.session(from: batches) {
        switch event {
        case .pose(let result): print(result.state)
        case .counting(let set): print(set?.repetitions.count ?? 0)  // may still change
        case .set(let set): print(set.exercise.name, set.repetitions.count)
        case .ended(let summary):
            return summary.document(recording: "workout.csv", sha256: "", startedAt: nil)
        }
    }
    return nil
}
// Sessions ends

#if canImport(CoreML)
    // SignatureAndVerification begins
    func predictor(fromBundle folder: URL, signedBy releaseKey: String) async throws -> PosePredictor {
        let key = try BundlePublicKey(pemRepresentation: releaseKey)
        let payload = try EdgePayload.load(fromBundle: folder, signedBy: key)
        return try await PosePredictor.load(payload: payload)  // compiles its package; not on watchOS
    }
// SignatureAndVerification ends
#endif
