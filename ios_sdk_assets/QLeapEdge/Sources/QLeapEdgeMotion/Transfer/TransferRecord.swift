import Foundation
import QLeapEdge

/// What is sent with a recording, so that the other device can tell whether it arrived whole.
public struct TransferRecord: Equatable, Sendable {
    /// Value of the key `schema`.
    public static let schema = "qleap.recording_transfer"
    /// Value of the key `schema_version`; another one is refused.
    public static let schemaVersion = 1

    /// Name of the file, ending in `.csv`.
    public let name: String
    /// Its size.
    public let bytes: Int
    /// Its SHA-256, 64 lower-case hex digits.
    public let sha256: String

    /// Describes a finished recording; it is read once, from beginning to end.
    ///
    /// - Throws: ``TransferError/unreadable(path:reason:)``.
    public init(of file: URL) throws {
        guard Self.isName(file.lastPathComponent) else {
            throw TransferError.unreadable(
                path: file.path, reason: "expected the name of a finished recording, ending in .csv")
        }
        do {
            name = file.lastPathComponent
            bytes = try Self.size(of: file)
            sha256 = try FileDigest.sha256(ofFile: file)
        } catch {
            throw TransferError.unreadable(path: file.path, reason: error.localizedDescription)
        }
    }

    /// Reads the dictionary that came with a file.
    ///
    /// - Throws: ``TransferError/description(key:expected:got:)``.
    public init(metadata: [String: Any]?) throws {
        let metadata = metadata ?? [:]
        _ = try Self.value(metadata, "schema", Self.schema) { $0 == Self.schema }
        _ = try Self.value(metadata, "schema_version", "\(Self.schemaVersion)") { $0 == Self.schemaVersion }
        name = try Self.value(metadata, "name", "a file name ending in .csv", Self.isName)
        bytes = try Self.value(metadata, "bytes", "a number above 0") { $0 > 0 }
        sha256 = try Self.value(metadata, "sha256", "64 lower-case hex digits") { text in
            text.utf8.count == 64 && text.allSatisfy("0123456789abcdef".contains)
        }
    }

    /// The dictionary for `WCSession.transferFile(_:metadata:)`: property-list values only.
    public var metadata: [String: Any] {
        [
            "schema": Self.schema, "schema_version": Self.schemaVersion, "name": name, "bytes": bytes,
            "sha256": sha256,
        ]
    }

    /// Compares a file with the record.
    ///
    /// - Throws: ``TransferError``: another size, other bytes, or a file that cannot be read.
    public func verify(_ file: URL) throws {
        let size: Int
        let digest: String
        do {
            size = try Self.size(of: file)
            guard size == bytes else { throw TransferError.size(name: name, expected: bytes, got: size) }
            digest = try FileDigest.sha256(ofFile: file)
        } catch let error as TransferError {
            throw error
        } catch {
            throw TransferError.unreadable(path: file.path, reason: error.localizedDescription)
        }
        guard digest == sha256 else { throw TransferError.digest(name: name, expected: sha256, got: digest) }
    }

    private static func isName(_ name: String) -> Bool {
        RecordingFormat.isName(name) && name.hasSuffix(RecordingFormat.suffix)
    }

    private static func size(of file: URL) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
        guard attributes[.type] as? FileAttributeType == .typeRegular, let size = attributes[.size] as? NSNumber else {
            throw TransferError.unreadable(path: file.path, reason: "not a regular file")
        }
        return size.intValue
    }

    private static func value<Value>(
        _ metadata: [String: Any], _ key: String, _ expected: String, _ accepts: (Value) -> Bool
    ) throws -> Value {
        guard let found = metadata[key] else {
            throw TransferError.description(key: key, expected: expected, got: "nothing")
        }
        guard let value = found as? Value, accepts(value) else {
            throw TransferError.description(key: key, expected: expected, got: "\(found)")
        }
        return value
    }
}
