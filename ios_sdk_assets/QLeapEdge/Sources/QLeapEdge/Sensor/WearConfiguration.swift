/// How the watch is worn; on watchOS from `WKInterfaceDevice`'s `wristLocation` and `crownOrientation`.
public struct WearConfiguration: Codable, Equatable, Hashable, Sendable {
    /// The wrist that carries the watch.
    public let wrist: BodySide
    /// The side of the case that carries the crown, seen by the wearer.
    public let crown: BodySide

    /// Creates a configuration.
    public init(wrist: BodySide, crown: BodySide) {
        self.wrist = wrist
        self.crown = crown
    }

    /// Whether the case's x axis points to the hand.
    ///
    /// It always points to the crown, so it does exactly when the crown is on the other side than the arm.
    package var xPointsDistal: Bool { wrist != crown }
}
