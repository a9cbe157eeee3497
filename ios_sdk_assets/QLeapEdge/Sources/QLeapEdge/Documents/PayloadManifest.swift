/// `payload.json`: the files that ship inside the app and what their bytes must be.
public struct PayloadManifest: Document {
    /// The accepted `schema`.
    package static let schemaName = "qleap.payload"
    /// The accepted `schema_version`.
    package static let schemaVersion = 3
    /// Its file name.
    package static let fileName = "payload.json"

    /// Schema name, as read.
    package let schema: String
    /// Schema version, as read.
    package let schemaVersion: Int
    /// Base name of the `.mlpackage`.
    package let modelName: String
    /// Version of the model.
    public let modelVersion: String
    /// One digest over the model package's file list; the profile and the golden vectors quote it.
    public let packageSHA256: String
    /// What the release was held to.
    public let grade: Grade
    /// What an app must tell whoever it shows figures to; empty for ``Grade/release``.
    public let warning: String
    /// Names of the measurements that miss their bound of ``Grade/release``, for example `exercise.accuracy`.
    public let unmet: [String]
    /// Every file beside `payload.json`.
    package let files: [FileRecord]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case schema
        case schemaVersion = "schema_version"
        case modelName = "model_name"
        case modelVersion = "model_version"
        case packageSHA256 = "package_sha256"
        case grade
        case warning
        case unmet
        case files
    }

    /// Decodes the manifest; unknown keys are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        schema = try container.value(.schema)
        schemaVersion = try container.value(.schemaVersion)
        modelName = try container.value(.modelName)
        modelVersion = try container.value(.modelVersion)
        packageSHA256 = try container.value(.packageSHA256)
        grade = try container.value(.grade)
        warning = try container.value(.warning)
        unmet = try container.value(.unmet)
        files = try container.value(.files)
    }

    /// Folder name of the model package.
    package var packageName: String { modelName + ".mlpackage" }

    /// Records of the model package's files, with paths relative to the package.
    package var modelFiles: [FileRecord] {
        let prefix = packageName + "/"
        return files.filter { $0.path.hasPrefix(prefix) }.map {
            FileRecord(path: String($0.path.dropFirst(prefix.count)), sha256: $0.sha256, bytes: $0.bytes)
        }
    }

    /// Records of the files that are not part of the model package.
    package var documentFiles: [FileRecord] {
        files.filter { !$0.path.hasPrefix(packageName + "/") }
    }

    /// Checks paths, digests, and that `package_sha256` is the digest of the recorded model files.
    ///
    /// - Throws: ``DocumentError/badValue(document:key:reason:)``.
    package func validate() throws {
        try FileRecord.validate(files) { Self.bad($0, $1) }
        guard !modelName.isEmpty, !modelName.contains("/") else { throw Self.bad("model_name", "not a file name") }
        guard (grade == .release) == warning.isEmpty else { throw Self.bad("warning", "does not fit the grade") }
        guard !modelFiles.isEmpty else { throw Self.bad("files", "no file of \(packageName) is recorded") }
        let digest = PackageDigest.digest(of: modelFiles)
        guard digest == packageSHA256 else {
            throw Self.bad("package_sha256", "the recorded model files give \(digest)")
        }
    }
}
