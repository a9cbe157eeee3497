/// What an app shows for one window: joints in metres, calibrated σ, classes, and whether to show none of it.
///
/// Body frame: pelvis at the origin, x where the pelvis faces (heading removed), y to the wearer's left, z up.
public struct PoseEstimate: Codable, Equatable, Sendable {
    /// Steps in the window.
    public let frameCount: Int
    /// Joints of the skeleton.
    package let jointCount: Int
    /// (frames × joints) positions, metres, frame by frame.
    public let positions: [SIMD3<Double>]
    /// (frames × joints) calibrated standard deviations along x, y, z, metres.
    public let sigmas: [SIMD3<Double>]
    /// Levels that ``ellipsoid(frame:joint:level:)`` takes.
    public let levels: [Double]
    /// (joints, levels) conformal radii in units of σ; nil where the level is not available.
    package let radii: [[Double?]]
    /// Probabilities of the exercises, by id.
    public let exerciseProbability: [Double]
    /// Probabilities of the form scores.
    public let formProbability: [Double]
    /// Id of the most probable exercise.
    public let exercise: Int
    /// Index of the most probable form score; nil where the named exercise has none (``FormSpec/exercises``).
    ///
    /// It has a meaning where the window shows a repetition: its turning point, and the whole way down or up. It holds the
    /// criteria that ``FormSpec/observable`` of the contract names; a wrist cannot see those in ``FormSpec/notObservable``.
    public let form: Int?
    /// Form scores that remain possible (conformal); nil where ``form`` is.
    public let formRange: ClosedRange<Int>?
    /// Mean ln σ in body heights: the score of the σ gate.
    package let logSigma: Double
    /// Score of the embedding gate.
    package let embeddingDistance: Double
    /// Score of the input gate.
    package let inputDistance: Double
    /// Gates that fired.
    public let reasons: [AbstainReason]
    /// Stamp of the newest frame, seconds, on the clock of the samples.
    public let timestamp: Double

    /// True when any gate fired: show "not sure", not the numbers.
    public var isAbstaining: Bool { !reasons.isEmpty }

    /// The most probable exercise; nil for an id that this version of the code does not know.
    public var named: Exercise? { Exercise.allCases.indices.contains(exercise) ? Exercise.allCases[exercise] : nil }

    /// Position of a joint in the newest frame, metres.
    public func latest(_ joint: JointName) -> SIMD3<Double>? { position(frame: frameCount - 1, joint: joint.index) }

    /// Position of a joint, metres; nil outside the window or the skeleton.
    public func position(frame: Int, joint: Int) -> SIMD3<Double>? {
        index(frame, joint).map { positions[$0] }
    }

    /// Calibrated standard deviation of a joint, metres; nil outside the window or the skeleton.
    public func sigma(frame: Int, joint: Int) -> SIMD3<Double>? {
        index(frame, joint).map { sigmas[$0] }
    }

    /// Semi-axes of the ellipsoid that holds the true joint with at least the stated share, metres.
    ///
    /// - Parameters:
    ///   - frame: step in the window.
    ///   - joint: joint index.
    ///   - level: one of ``levels``.
    /// - Returns: nil when the profile cannot promise the level, or outside the window or the skeleton.
    public func ellipsoid(frame: Int, joint: Int, level: Double) -> SIMD3<Double>? {
        guard let sigma = sigma(frame: frame, joint: joint), let column = levels.firstIndex(of: level),
            let radius = radii[joint][column]
        else { return nil }
        return sigma * radius
    }

    private func index(_ frame: Int, _ joint: Int) -> Int? {
        guard (0..<frameCount).contains(frame), (0..<jointCount).contains(joint) else { return nil }
        return frame * jointCount + joint
    }
}
