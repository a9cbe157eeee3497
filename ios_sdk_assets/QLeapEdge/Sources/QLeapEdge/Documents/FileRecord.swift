/// One file of an artefact: where it lies and what its bytes must be.
package struct FileRecord: Codable, Equatable, Hashable, Sendable {
    /// Path relative to the manifest's folder, with forward slashes.
    package let path: String
    /// SHA-256 of the bytes, 64 lower-case hex digits.
    package let sha256: String
    /// Size in bytes.
    package let bytes: Int

    /// Creates a record.
    package init(path: String, sha256: String, bytes: Int) {
        self.path = path
        self.sha256 = sha256
        self.bytes = bytes
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case path
        case sha256
        case bytes
    }

    /// Decodes a record; unknown keys are refused.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        path = try container.value(.path)
        sha256 = try container.value(.sha256)
        bytes = try container.value(.bytes)
    }

    /// Tells whether the path stays inside the manifest's folder; control characters are refused, since the file system ends a path
    /// at the first NUL.
    var isContained: Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return !path.isEmpty && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
            && path.utf8.allSatisfy { $0 >= 32 && $0 != 127 }
    }

    /// Tells whether the digest is 64 lower-case hex digits.
    var hasDigest: Bool { Self.isDigest(sha256) }

    static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    /// Refuses paths that leave the folder, malformed digests, and paths that occur twice.
    static func validate(_ files: [FileRecord], refuse: (_ key: String, _ reason: String) -> DocumentError) throws {
        var seen = Set<String>()
        for (index, file) in files.enumerated() {
            guard file.isContained else {
                throw refuse("files.\(index).path", "'\(file.path)' leaves the folder, or is no path")
            }
            guard seen.insert(file.path).inserted else { throw refuse("files.\(index).path", "'\(file.path)' twice") }
            guard file.hasDigest else { throw refuse("files.\(index).sha256", "not a SHA-256 hex digest") }
            guard file.bytes >= 0 else { throw refuse("files.\(index).bytes", "negative size") }
        }
        guard !files.isEmpty else { throw refuse("files", "no file is recorded") }
    }
}
