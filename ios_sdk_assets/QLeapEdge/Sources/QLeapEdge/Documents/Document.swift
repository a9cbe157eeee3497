import Foundation

/// A JSON document of the project: it says which schema it follows, and nothing outside that schema is accepted.
package protocol Document: Codable, Equatable, Sendable {
    /// The only value of the key `schema` that is accepted.
    static var schemaName: String { get }
    /// The only value of the key `schema_version` that is accepted.
    static var schemaVersion: Int { get }
    /// The file name under which the document ships.
    static var fileName: String { get }

    /// Checks what types cannot express: lengths, ranges, references.
    ///
    /// - Throws: ``DocumentError/badValue(document:key:reason:)`` naming the key.
    func validate() throws
}

extension Document {
    /// Reads a document from a file.
    ///
    /// - Parameter url: the file.
    /// - Throws: ``DocumentError``.
    package static func read(from url: URL) throws -> Self {
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw DocumentError.unreadable(document: url.lastPathComponent, reason: error.localizedDescription)
        }
        return try decode(data, name: url.lastPathComponent)
    }

    /// Decodes a document: schema and version first, then every key, then the values.
    ///
    /// - Parameters:
    ///   - data: UTF-8 JSON.
    ///   - name: what error messages call the document; its file name by default.
    /// - Throws: ``DocumentError``.
    package static func decode(_ data: Data, name: String = Self.fileName) throws -> Self {
        let decoder = JSONDecoder()
        do {
            let header = try decoder.decode(DocumentHeader.self, from: data)
            try header.check(against: Self.self, name: name)
            let document = try decoder.decode(Self.self, from: data)
            try document.validate()
            return document
        } catch let error as DecodingError {
            throw DocumentError(error, document: name)
        }
    }

    /// Builds the error for a value that breaks the schema.
    static func bad(_ key: String, _ reason: String) -> DocumentError {
        .badValue(document: fileName, key: key, reason: reason)
    }
}
