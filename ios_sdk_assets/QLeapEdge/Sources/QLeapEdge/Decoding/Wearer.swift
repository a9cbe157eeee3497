/// Who wears the watch, and how: said once, and carried by every window.
public struct Wearer: Equatable, Hashable, Sendable {
    /// Height of the person, metres.
    public let statureM: Double
    /// How the watch is worn; a right arm's pose is mirrored back.
    public let wear: WearConfiguration

    /// The wrist that carries the watch.
    public var wrist: BodySide { wear.wrist }

    /// Creates a wearer.
    ///
    /// - Parameters:
    ///   - statureM: height, metres.
    ///   - wear: wrist and crown side.
    /// - Throws: ``DecodingProblem/stature(got:)`` outside 0 to 3 m.
    public init(statureM: Double, wear: WearConfiguration) throws {
        guard statureM > 0, statureM < 3 else { throw DecodingProblem.stature(got: statureM) }
        self.statureM = statureM
        self.wear = wear
    }
}
