/// Checks that a predictor keeps what ``PoseEngine`` relies on: for whoever writes one, and for this package's own.
///
/// It predicts the window of the self-test for both wrists, alone and several at once, and offers windows that must be refused.
///
/// - Parameters:
///   - predictor: answers windows of the released model.
///   - payload: of that release.
/// - Throws: ``PredictorCheckError`` for what it does not keep, or what the predictor throws where it must not.
public func checkPredictor(_ predictor: any PosePredicting, payload: EdgePayload) async throws {
    let values = payload.selfTest.imu.map(Float.init)
    for wrist in BodySide.allCases {
        let wearer = try Wearer(
            stature: 1.7, wear: WearConfiguration(wrist: wrist, crown: wrist == .left ? .right : .left))
        let window = ImuWindow(values: values, wearer: wearer, startTimestamp: 10, endTimestamp: 13.98)
        try checkEstimate(try await predictor.predict(window), of: window, payload)
        try await withThrowingTaskGroup(of: PoseEstimate.self) { group in
            for _ in 0..<4 { group.addTask { try await predictor.predict(window) } }
            for try await estimate in group { try checkEstimate(estimate, of: window, payload) }
        }
        let short = ImuWindow(values: Array(values.dropLast(ImuWindow.channelCount)), wearer: wearer)
        var broken = values
        broken[broken.count / 2] = .nan
        for (name, bad) in [
            ("a short window", short), ("a window with NaN", ImuWindow(values: broken, wearer: wearer)),
        ] {
            guard (try? await predictor.predict(bad)) == nil else { throw PredictorCheckError.accepted(name) }
        }
    }
}

/// What a predictor does not keep.
public enum PredictorCheckError: QLeapEdgeError, Equatable {
    /// An estimate has another size than the contract, another stamp than its window, or a number that is not finite.
    case estimate(String)
    /// It answered what it must refuse.
    case accepted(String)

    /// One sentence: what, expected, got.
    public var description: String {
        switch self {
        case .estimate(let what): "the predictor's estimate: \(what)"
        case .accepted(let what): "the predictor answered \(what), expected an error"
        }
    }

    /// The next step.
    public var recoverySuggestion: String? { "Decode the outputs of the window that was given, and pass errors on." }
}

private func checkEstimate(_ estimate: PoseEstimate, of window: ImuWindow, _ payload: EdgePayload) throws {
    let points = payload.contract.windowSteps * payload.skeleton.joints.count
    let sums = estimate.positions.map { $0.sum() } + estimate.sigmas.map { $0.sum() }
    let checks: [(String, Bool)] = [
        ("expected \(points) positions, got \(estimate.positions.count)", estimate.positions.count == points),
        ("expected \(points) sigmas, got \(estimate.sigmas.count)", estimate.sigmas.count == points),
        ("a number is not finite", sums.allSatisfy(\.isFinite)),
        ("a sigma is not positive", estimate.sigmas.allSatisfy { $0.min() > 0 }),
        (
            "expected \(payload.contract.exercises.count) probabilities that add up to 1",
            estimate.exerciseProbability.count == payload.contract.exercises.count
                && abs(estimate.exerciseProbability.reduce(0, +) - 1) < 1e-6
        ),
        (
            "expected the stamp \(window.endTimestamp) of its window, got \(estimate.timestamp)",
            estimate.timestamp == window.endTimestamp
        ),
    ]
    if let broken = checks.first(where: { !$0.1 }) { throw PredictorCheckError.estimate(broken.0) }
}
