/// Where a statement about a wearer comes from.
public enum MeasureSource: String, Codable, Sendable {
    /// Measured by the sensors of the watch.
    case physics
    /// Inferred by the network.
    case network
    /// Measured, and then interpreted with a result of the network.
    case both
}
