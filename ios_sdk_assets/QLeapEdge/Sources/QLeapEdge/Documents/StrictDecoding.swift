/// A key of any name: used to find the keys that a schema does not have.
struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }

    init(intValue: Int) {
        stringValue = String(intValue)
        self.intValue = intValue
    }
}

/// Marks a decoding error as "unknown key", so that it can be reported as such.
struct UnknownKey: Error {}

extension Decoder {
    /// Opens a keyed container and refuses keys that are not cases of `Key`.
    func strictContainer<Key: CodingKey & CaseIterable>(_ type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        let known = Set(Key.allCases.map(\.stringValue))
        let present = try container(keyedBy: AnyKey.self).allKeys
        if let unknown = present.map(\.stringValue).sorted().first(where: { !known.contains($0) }) {
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: codingPath + [AnyKey(stringValue: unknown)], debugDescription: "unknown key",
                    underlyingError: UnknownKey()))
        }
        return try container(keyedBy: Key.self)
    }
}

extension KeyedDecodingContainer {
    /// Decodes the type that the left-hand side asks for.
    func value<T: Decodable>(_ key: Key) throws -> T {
        try decode(T.self, forKey: key)
    }
}

extension DocumentError {
    /// Turns a decoding error into one that names the document and the path of the key.
    init(_ error: DecodingError, document: String) {
        func path(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
            (context.codingPath + (key.map { [$0] } ?? [])).map(\.stringValue).joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context):
            self = .badValue(document: document, key: path(context, key), reason: "missing")
        case .typeMismatch(let type, let context):
            if context.codingPath.isEmpty {
                self = .notJSON(document: document, reason: "expected an object")
            } else {
                self = .badValue(document: document, key: path(context), reason: "expected \(type)")
            }
        case .valueNotFound(let type, let context):
            self = .badValue(document: document, key: path(context), reason: "expected \(type), got null")
        case .dataCorrupted(let context) where context.underlyingError is UnknownKey:
            self = .unknownKey(document: document, key: path(context))
        case .dataCorrupted(let context) where context.codingPath.isEmpty:
            self = .notJSON(document: document, reason: context.debugDescription)
        case .dataCorrupted(let context):
            self = .badValue(document: document, key: path(context), reason: context.debugDescription)
        @unknown default:
            self = .notJSON(document: document, reason: String(describing: error))
        }
    }
}
