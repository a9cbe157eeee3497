/// The two keys that are checked before anything else of a document is read.
struct DocumentHeader: Decodable {
    let schema: String?
    let schemaVersion: Int?
    private let rawVersion: String

    enum CodingKeys: String, CodingKey {
        case schema
        case schemaVersion = "schema_version"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        schema = try? container.decode(String.self, forKey: .schema)
        schemaVersion = try? container.decode(Int.self, forKey: .schemaVersion)
        rawVersion = container.contains(.schemaVersion) ? "another type" : "nothing"
    }

    func check<D: Document>(against type: D.Type, name: String) throws {
        guard schema == D.schemaName else {
            throw DocumentError.schemaMismatch(
                document: name, key: CodingKeys.schema.rawValue, expected: D.schemaName, got: schema ?? "nothing")
        }
        guard schemaVersion == D.schemaVersion else {
            throw DocumentError.schemaMismatch(
                document: name, key: CodingKeys.schemaVersion.rawValue, expected: String(D.schemaVersion),
                got: schemaVersion.map(String.init) ?? rawVersion)
        }
    }
}
