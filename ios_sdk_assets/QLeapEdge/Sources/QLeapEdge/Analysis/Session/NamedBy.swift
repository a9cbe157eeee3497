/// Who says which exercise a set is.
public enum NamedBy: String, Codable, Sendable {
    /// The network, by the vote of the windows.
    case network
    /// The wearer; the network did not decide.
    case wearer
    /// Nobody: it is unknown.
    case nobody
}
