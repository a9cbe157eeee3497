/// Raw outputs of the shipped package for one golden window, row-major.
package struct GoldenOutputs: Codable, Equatable, Sendable {
    /// (steps, joints, 3), body heights.
    package let pose: [Double]
    /// (steps, joints, 3), ln(body heights²).
    package let poseLogVariance: [Double]
    /// (exercises).
    package let exerciseLogits: [Double]
    /// (scores).
    package let formLogits: [Double]
    /// (features).
    package let whatEmbedding: [Double]
    /// (features).
    package let howEmbedding: [Double]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case pose
        case poseLogVariance = "pose_log_variance"
        case exerciseLogits = "exercise_logits"
        case formLogits = "form_logits"
        case whatEmbedding = "what_embedding"
        case howEmbedding = "how_embedding"
    }

    /// Decodes the outputs; unknown keys are refused.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        pose = try container.value(.pose)
        poseLogVariance = try container.value(.poseLogVariance)
        exerciseLogits = try container.value(.exerciseLogits)
        formLogits = try container.value(.formLogits)
        whatEmbedding = try container.value(.whatEmbedding)
        howEmbedding = try container.value(.howEmbedding)
    }

    /// The same numbers as the model delivers them.
    package var modelOutputs: ModelOutputs {
        ModelOutputs(
            pose: pose.map(Float.init), poseLogVariance: poseLogVariance.map(Float.init),
            exerciseLogits: exerciseLogits.map(Float.init), formLogits: formLogits.map(Float.init),
            whatEmbedding: whatEmbedding.map(Float.init), howEmbedding: howEmbedding.map(Float.init))
    }
}
