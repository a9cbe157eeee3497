/// Names of the model's outputs.
package enum OutputName: String, CaseIterable, Codable, Sendable {
    /// Joint positions, body heights.
    case pose
    /// Natural log of each coordinate's variance, body heights squared.
    case poseLogVariance = "pose_log_variance"
    /// Unnormalised log probabilities of the exercises.
    case exerciseLogits = "exercise_logits"
    /// Unnormalised log probabilities of the form scores.
    case formLogits = "form_logits"
    /// The vector behind the exercise logits.
    case whatEmbedding = "what_embedding"
    /// The vector behind the form logits.
    case howEmbedding = "how_embedding"
}
