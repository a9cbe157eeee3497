/// What decoding a golden window's outputs with the shipped profile must give.
package struct GoldenDecoded: Codable, Equatable, Sendable {
    /// Stature of the wearer, metres.
    package let stature: Double
    /// The wrist the watch is worn on.
    package let wrist: BodySide
    /// Frames the positions are given for.
    package let frames: [Int]
    /// (frames, joints, 3) row-major, metres.
    package let poseM: [Double]
    /// (frames, joints, 3) row-major, metres.
    package let sigmaM: [Double]
    /// (joints, levels) conformal radii in the wearer's joint order; nil where the level is not available.
    package let radius: [[Double?]]
    /// Probabilities of the exercises.
    package let exerciseProbability: [Double]
    /// Probabilities of the form scores.
    package let formProbability: [Double]
    /// Most probable exercise.
    package let exercise: Int
    /// Most probable form score; nil where the exercise has none.
    package let form: Int?
    /// Lowest and highest form score that remain, also where the exercise has none.
    package let formRange: [Int]
    /// Score of the σ gate.
    package let logSigma: Double
    /// Score of the embedding gate.
    package let embeddingDistance: Double
    /// Score of the input gate.
    package let inputDistance: Double
    /// Whether any gate fires.
    package let abstain: Bool
    /// Which gates fire.
    package let reasons: [AbstainReason]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case stature = "stature_m"
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
    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        stature = try container.value(.stature)
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
