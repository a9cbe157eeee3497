/// `manifest.json` at the root of a bundle: every file's SHA-256 and where it came from.
package struct BundleManifest: Document {
    /// The accepted `schema`.
    package static let schemaName = "qleap.bundle"
    /// The accepted `schema_version`.
    package static let schemaVersion = 3
    /// Its file name.
    package static let fileName = "manifest.json"

    /// Which bounds the gates applied.
    package enum Grade: String, Codable, Sendable {
        /// Proves the plumbing, not the accuracy.
        case tiny
        /// The full model, short of some figure of accuracy that a release is held to.
        case preview
        /// Proves the accuracy too.
        case release
    }

    /// Schema name, as read.
    package let schema: String
    /// Schema version, as read.
    package let schemaVersion: Int
    /// Name of the bundle.
    package let name: String
    /// Version of the model.
    package let version: String
    /// Recipe it was made with.
    package let recipe: String
    /// Which bounds the gates applied.
    package let grade: Grade
    /// Which compressed form of the model ships.
    package let variant: String
    /// Seed of every random draw.
    package let seed: Int
    /// Source revision.
    package let revision: String
    /// Stage to digest of its folder.
    package let inputs: [String: String]
    /// Tool to version.
    package let tools: [String: String]
    /// Every file of the bundle but the manifest itself.
    package let files: [FileRecord]

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
    package init(from decoder: any Decoder) throws {
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
    package func validate() throws {
        try FileRecord.validate(files) { Self.bad($0, $1) }
    }
}
