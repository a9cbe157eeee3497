/// `golden.json`: inputs and expected results that this package's tests and the Python tests both read.
package struct GoldenDocument: Document {
    /// The accepted `schema`.
    package static let schemaName = "qleap.golden"
    /// The accepted `schema_version`.
    package static let schemaVersion = 5
    /// Its file name.
    package static let fileName = "golden.json"

    /// Schema name, as read.
    package let schema: String
    /// Schema version, as read.
    package let schemaVersion: Int
    /// Digest of the package that gave the outputs.
    package let packageSHA256: String
    /// Largest allowed absolute difference.
    package let tolerance: Double
    /// Samples and the model inputs they must become.
    package let coreMotion: [CoreMotionVector]
    /// Windows through the whole chain.
    package let windows: [GoldenWindow]
    /// What these windows say together.
    package let vote: GoldenVote
    /// A recording and the evidence about the sign of its acceleration.
    package let sign: SignCase

    enum CodingKeys: String, CodingKey, CaseIterable {
        case schema
        case schemaVersion = "schema_version"
        case packageSHA256 = "package_sha256"
        case tolerance
        case coreMotion = "core_motion"
        case windows
        case vote
        case sign
    }

    /// Decodes the vectors; unknown keys are refused.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        schema = try container.value(.schema)
        schemaVersion = try container.value(.schemaVersion)
        packageSHA256 = try container.value(.packageSHA256)
        tolerance = try container.value(.tolerance)
        coreMotion = try container.value(.coreMotion)
        windows = try container.value(.windows)
        vote = try container.value(.vote)
        sign = try container.value(.sign)
    }

    /// Checks that there is something to compare and that the vectors have their lengths.
    ///
    /// - Throws: ``DocumentError/badValue(document:key:reason:)``.
    package func validate() throws {
        guard FileRecord.isDigest(packageSHA256) else { throw Self.bad("package_sha256", "not a SHA-256 hex digest") }
        guard tolerance > 0, tolerance.isFinite else { throw Self.bad("tolerance", "expected a positive number") }
        guard !coreMotion.isEmpty, coreMotion.allSatisfy(\.hasRightShape) else {
            throw Self.bad("core_motion", "empty, or a vector has the wrong length")
        }
        guard !windows.isEmpty, windows.allSatisfy({ !$0.decoded.isEmpty }) else {
            throw Self.bad("windows", "no window, or a window without expectation")
        }
        guard sign.hasRightShape else { throw Self.bad("sign", "no sample, or a column has the wrong length") }
    }
}
