import Foundation

@testable import QLeapEdge

/// The payload and golden vectors that ship, loaded and verified once for all tests.
enum Shipped {
    private static let loadedPayload = Result { try EdgePayload.bundled() }
    private static let loadedGolden = Result { try loadedPayload.get().golden() }

    static func payload() throws -> EdgePayload { try loadedPayload.get() }

    static func golden() throws -> GoldenDocument { try loadedGolden.get() }
}
