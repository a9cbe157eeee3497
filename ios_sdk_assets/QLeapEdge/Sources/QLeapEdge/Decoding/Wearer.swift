/// Who wears the watch, and how: said once, and carried by every window.
public struct Wearer: Equatable, Hashable, Sendable {
    /// Height of the person, metres.
    public let stature: Double
    /// How the watch is worn; a right arm's pose is mirrored back.
    public let wear: WearConfiguration

    /// The wrist that carries the watch.
    package var wrist: BodySide { wear.wrist }

    /// Creates a wearer.
    ///
    /// - Parameters:
    ///   - stature: height, metres.
    ///   - wear: wrist and crown side.
    /// - Throws: ``DecodingProblem/stature(got:)`` outside 0 to 3 m.
    public init(stature: Double, wear: WearConfiguration) throws(DecodingProblem) {
        guard stature > 0, stature < 3 else { throw DecodingProblem.stature(got: stature) }
        self.stature = stature
        self.wear = wear
    }
}
