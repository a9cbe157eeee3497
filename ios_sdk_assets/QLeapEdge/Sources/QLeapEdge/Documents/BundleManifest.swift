/// `manifest.json` at the root of a bundle: every file's SHA-256 and where it came from.
public struct BundleManifest: Document {
    /// The accepted `schema`.
    public static let schemaName = "qleap.bundle"
    /// The accepted `schema_version`.
    public static let schemaVersion = 3
    /// Its file name.
    public static let fileName = "manifest.json"

    /// Which bounds the gates applied.
    public enum Grade: String, Codable, Sendable {
        /// Proves the plumbing, not the accuracy.
        case tiny
        /// The full model, short of some figure of accuracy that a release is held to.
        case preview
        /// Proves the accuracy too.
        case release
    }

    /// Schema name, as read.
    public let schema: String
    /// Schema version, as read.
    public let schemaVersion: Int
    /// Name of the bundle.
    public let name: String
    /// Version of the model.
    public let version: String
    /// Recipe it was made with.
    public let recipe: String
    /// Which bounds the gates applied.
    public let grade: Grade
    /// Which compressed form of the model ships.
    public let variant: String
    /// Seed of every random draw.
    public let seed: Int
    /// Source revision.
    public let revision: String
    /// Stage to digest of its folder.
    public let inputs: [String: String]
    /// Tool to version.
    public let tools: [String: String]
    /// Every file of the bundle but the manifest itself.
    public let files: [FileRecord]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case schema
        case schemaVersion = "schema_version"
        case name
        case version
        case recipe
        case grade
        case variant
        case seed
        case revision
        case inputs
        case tools
        case files
    }

    /// Decodes the manifest; unknown keys are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        schema = try container.value(.schema)
        schemaVersion = try container.value(.schemaVersion)
        name = try container.value(.name)
        version = try container.value(.version)
        recipe = try container.value(.recipe)
        grade = try container.value(.grade)
        variant = try container.value(.variant)
        seed = try container.value(.seed)
        revision = try container.value(.revision)
        inputs = try container.value(.inputs)
        tools = try container.value(.tools)
        files = try container.value(.files)
    }

    /// Checks paths and digests.
    ///
    /// - Throws: ``DocumentError/badValue(document:key:reason:)``.
    public func validate() throws {
        try FileRecord.validate(files) { Self.bad($0, $1) }
    }
}
