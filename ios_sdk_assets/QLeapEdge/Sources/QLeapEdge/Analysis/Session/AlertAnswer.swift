/// What a rule says about one repetition.
public enum AlertAnswer: String, Codable, Sendable {
    /// The value lies beyond the limit, surely enough.
    case alert
    /// Nobody can tell.
    case notSure = "not sure"
    /// The value lies on the right side, surely enough.
    case fine
}
