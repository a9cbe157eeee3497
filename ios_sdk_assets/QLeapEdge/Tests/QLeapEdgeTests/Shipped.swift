import Foundation
import Testing

@testable import QLeapEdge

/// The payload and golden vectors that ship, loaded and verified once for all tests.
enum Shipped {
    private static let loadedPayload = Result { try EdgePayload.bundled() }
    private static let loadedGolden = Result {
        try GoldenDocument.read(from: goldenURL())
    }

    /// The vectors lie with the tests, because no app needs them.
    static func goldenURL() throws -> URL {
        let folder = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures")
        return folder.appendingPathComponent(GoldenDocument.fileName)
    }

    static func payload() throws -> EdgePayload { try loadedPayload.get() }

    static func golden() throws -> GoldenDocument { try loadedGolden.get() }
}
