/// What a release was held to.
public enum Grade: String, Codable, CaseIterable, Sendable {
    /// Every stage ran; the model is a toy.
    case tiny
    /// The full model, held to all bounds but those of accuracy that it does not reach; it must not guide anybody.
    case preview
    /// Held to all bounds.
    case release
}
