import Foundation

/// One digest for a folder: SHA-256 of its sorted file list written as canonical JSON.
///
/// Canonical JSON is what Python's `json.dumps(records, indent=2, sort_keys=True, ensure_ascii=False)` writes, plus a
/// final newline; each record has the keys `bytes`, `path`, `sha256`.
package enum PackageDigest {
    /// The digest of a list of records; the order given does not matter.
    package static func digest(of files: [FileRecord]) -> String {
        let sorted = files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
        let records = sorted.map { file in
            "  {\n    \"bytes\": \(file.bytes),\n    \"path\": \(quoted(file.path)),\n"
                + "    \"sha256\": \(quoted(file.sha256))\n  }"
        }
        let text = records.isEmpty ? "[]\n" : "[\n" + records.joined(separator: ",\n") + "\n]\n"
        return FileDigest.sha256(of: Data(text.utf8))
    }

    /// The digest of a folder on disk.
    ///
    /// - Throws: ``IntegrityError/unreadable(path:reason:)``.
    package static func digest(ofFolder folder: URL) throws -> String {
        digest(of: try FileTree.records(of: folder))
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\u{08}": result += "\\b"
            case "\u{0c}": result += "\\f"
            case "\u{00}"..."\u{1f}":
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
