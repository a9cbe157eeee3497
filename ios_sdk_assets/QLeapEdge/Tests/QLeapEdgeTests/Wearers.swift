@testable import QLeapEdge

extension Wearer {
    /// A wearer whose crown points to the hand.
    static func sample(_ wrist: BodySide = .left, stature: Double = 1.7) throws -> Wearer {
        try Wearer(stature: stature, wear: WearConfiguration(wrist: wrist, crown: wrist == .left ? .right : .left))
    }
}

extension GoldenDecoded {
    /// The wearer of a golden vector.
    func wearer() throws -> Wearer { try .sample(wrist, stature: stature) }
}
