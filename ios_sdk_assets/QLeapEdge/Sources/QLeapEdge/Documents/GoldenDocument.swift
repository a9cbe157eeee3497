/// `golden.json`: inputs and expected results that this package's tests and the Python tests both read.
public struct GoldenDocument: Document {
    /// The accepted `schema`.
    public static let schemaName = "qleap.golden"
    /// The accepted `schema_version`.
    public static let schemaVersion = 5
    /// Its file name.
    public static let fileName = "golden.json"

    /// Schema name, as read.
    public let schema: String
    /// Schema version, as read.
    public let schemaVersion: Int
    /// Digest of the package that gave the outputs.
    public let packageSHA256: String
    /// Largest allowed absolute difference.
    public let tolerance: Double
    /// Samples and the model inputs they must become.
    public let coreMotion: [CoreMotionVector]
    /// Windows through the whole chain.
    public let windows: [GoldenWindow]
    /// What these windows say together.
    public let vote: GoldenVote
    /// A recording and the evidence about the sign of its acceleration.
    public let sign: SignCase

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
    public init(from decoder: any Decoder) throws {
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
    public func validate() throws {
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
