/// What was known of the repetitions of a reference set.
public enum ReferenceQuantity: String, Codable, Sendable {
    /// How far the pelvis came down.
    case depth
    /// How far something else moved, such as a bar.
    case rangeOfMotion = "range of motion"
}
