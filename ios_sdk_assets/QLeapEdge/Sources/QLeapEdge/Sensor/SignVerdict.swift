/// What the evidence says about the sign of the acceleration.
public enum SignVerdict: String, Codable, Sendable {
    /// Swing and correction both fit CoreMotion's signs.
    case consistent
    /// The swing or the correction fits the opposite sign only: gravity, user acceleration or both are negated.
    case reversed
    /// The motion so far does not show it.
    case undecided
}
