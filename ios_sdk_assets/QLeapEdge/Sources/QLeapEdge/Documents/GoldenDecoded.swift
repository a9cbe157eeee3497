/// What decoding a golden window's outputs with the shipped profile must give.
public struct GoldenDecoded: Codable, Equatable, Sendable {
    /// Stature of the wearer, metres.
    public let statureM: Double
    /// The wrist the watch is worn on.
    public let wrist: BodySide
    /// Frames the positions are given for.
    public let frames: [Int]
    /// (frames, joints, 3) row-major, metres.
    public let poseM: [Double]
    /// (frames, joints, 3) row-major, metres.
    public let sigmaM: [Double]
    /// (joints, levels) conformal radii in the wearer's joint order; nil where the level is not available.
    public let radius: [[Double?]]
    /// Probabilities of the exercises.
    public let exerciseProbability: [Double]
    /// Probabilities of the form scores.
    public let formProbability: [Double]
    /// Most probable exercise.
    public let exercise: Int
    /// Most probable form score; nil where the exercise has none.
    public let form: Int?
    /// Lowest and highest form score that remain, also where the exercise has none.
    public let formRange: [Int]
    /// Score of the σ gate.
    public let logSigma: Double
    /// Score of the embedding gate.
    public let embeddingDistance: Double
    /// Score of the input gate.
    public let inputDistance: Double
    /// Whether any gate fires.
    public let abstain: Bool
    /// Which gates fire.
    public let reasons: [AbstainReason]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case statureM = "stature_m"
        case wrist
        case frames
        case poseM = "pose_m"
        case sigmaM = "sigma_m"
        case radius
        case exerciseProbability = "exercise_probability"
        case formProbability = "form_probability"
        case exercise
        case form
        case formRange = "form_range"
        case logSigma = "log_sigma"
        case embeddingDistance = "embedding_distance"
        case inputDistance = "input_distance"
        case abstain
        case reasons
    }

    /// Decodes the expectation; unknown keys are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        statureM = try container.value(.statureM)
        wrist = try container.value(.wrist)
        frames = try container.value(.frames)
        poseM = try container.value(.poseM)
        sigmaM = try container.value(.sigmaM)
        radius = try container.value(.radius)
        exerciseProbability = try container.value(.exerciseProbability)
        formProbability = try container.value(.formProbability)
        exercise = try container.value(.exercise)
        form = try container.decodeIfPresent(Int.self, forKey: .form)
        formRange = try container.value(.formRange)
        logSigma = try container.value(.logSigma)
        embeddingDistance = try container.value(.embeddingDistance)
        inputDistance = try container.value(.inputDistance)
        abstain = try container.value(.abstain)
        reasons = try container.value(.reasons)
    }
}
