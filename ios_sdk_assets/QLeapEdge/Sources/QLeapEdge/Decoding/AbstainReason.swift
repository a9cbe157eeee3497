/// The gate that fired.
public enum AbstainReason: String, Codable, CaseIterable, Sendable {
    /// The model's own uncertainty is above what good windows show.
    case sigma
    /// The *what* embedding is far from every known movement.
    case embedding
    /// The signal itself is unlike the calibration data.
    case input
}
