/// Who wears the watch, and how.
public struct Wearer: Equatable, Sendable {
    /// Height of the person, metres.
    public let statureM: Double
    /// The wrist that carries the watch; a right arm's pose is mirrored back.
    public let wrist: BodySide

    /// Creates a wearer.
    ///
    /// - Parameters:
    ///   - statureM: height, metres.
    ///   - wrist: the wrist that carries the watch.
    /// - Throws: ``DecodingProblem/stature(got:)`` outside 0 to 3 m.
    public init(statureM: Double, wrist: BodySide) throws {
        guard statureM > 0, statureM < 3 else { throw DecodingProblem.stature(got: statureM) }
        self.statureM = statureM
        self.wrist = wrist
    }
}
