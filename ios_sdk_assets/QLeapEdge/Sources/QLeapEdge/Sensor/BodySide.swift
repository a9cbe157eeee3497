/// Left or right: of the body for a wrist, of the case for the crown.
public enum BodySide: String, Codable, CaseIterable, Sendable {
    /// Left.
    case left
    /// Right.
    case right
}
