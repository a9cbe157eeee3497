/// How the forearm is held at the start of a repetition.
public enum ForearmPosture: String, Codable, Sendable {
    /// The arm hangs.
    case hanging
    /// Between both.
    case level
    /// The hand points up.
    case raised
}
