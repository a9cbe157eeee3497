import Foundation

/// Why a JSON document was refused; every case names the document and, where there is one, the key.
public enum DocumentError: QLeapEdgeError, Equatable {
    /// The file cannot be read.
    case unreadable(document: String, reason: String)
    /// The bytes are not a JSON object.
    case notJSON(document: String, reason: String)
    /// Another schema, or a version of it that this package does not know; never guessed.
    case schemaMismatch(document: String, key: String, expected: String, got: String)
    /// The document holds a key that its schema does not have.
    case unknownKey(document: String, key: String)
    /// A key is missing, or its value has another type.
    case badValue(document: String, key: String, reason: String)
    /// Two documents of one payload do not belong together.
    case inconsistent(document: String, key: String, expected: String, got: String)
}

extension DocumentError {
    /// One sentence: what, where, expected, got.
    public var description: String {
        switch self {
        case .unreadable(let document, let reason):
            "\(document): cannot read the file (\(reason))"
        case .notJSON(let document, let reason):
            "\(document): not a JSON object (\(reason))"
        case .schemaMismatch(let document, let key, let expected, let got):
            "\(document), key '\(key)': expected \(expected), got \(got)"
        case .unknownKey(let document, let key):
            "\(document), key '\(key)': unknown key"
        case .badValue(let document, let key, let reason):
            "\(document), key '\(key)': \(reason)"
        case .inconsistent(let document, let key, let expected, let got):
            "\(document), key '\(key)': expected \(expected), got \(got)"
        }
    }

    /// The next step.
    public var recoverySuggestion: String? {
        switch self {
        case .unreadable, .notJSON:
            "Take the package from its bundle again, and add its product to the target."
        case .schemaMismatch:
            "Take code and payload from one bundle: they have one version."
        case .unknownKey, .badValue, .inconsistent:
            "Take the package from its bundle again: a document was altered, or belongs to another release."
        }
    }
}
