import Foundation
import QLeapEdge

/// A writable copy of the shipped payload in a folder of its own, removed with the value.
final class PayloadCopy {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("qleap-" + UUID().uuidString)
        try FileManager.default.copyItem(at: try Shipped.payload().location.documents, to: folder)
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    func url(_ path: String) -> URL { folder.appendingPathComponent(path) }

    /// Flips the lowest bit of one byte.
    func flipByte(of path: String, at index: Int) throws {
        var data = try Data(contentsOf: url(path))
        data[data.startIndex + index] ^= 1
        try data.write(to: url(path))
    }

    /// Changes a JSON document, and the manifest with it so that only the content is wrong.
    func edit(_ path: String, _ change: (inout [String: Any]) -> Void) throws {
        try writeJSON(changed(path, change), to: path)
        guard path != PayloadManifest.fileName else { return }
        let data = try Data(contentsOf: url(path))
        try edit(PayloadManifest.fileName) { manifest in
            let files = manifest["files"] as? [[String: Any]] ?? []
            manifest["files"] = files.map { file -> [String: Any] in
                guard file["path"] as? String == path else { return file }
                return ["path": path, "bytes": data.count, "sha256": FileDigest.sha256(of: data)]
            }
        }
    }

    /// The document's bytes after a change, without writing them.
    func edited(_ path: String, _ change: (inout [String: Any]) -> Void) throws -> Data {
        try JSONSerialization.data(withJSONObject: changed(path, change))
    }

    private func changed(_ path: String, _ change: (inout [String: Any]) -> Void) throws -> [String: Any] {
        var object = try JSONSerialization.jsonObject(with: Data(contentsOf: url(path))) as? [String: Any] ?? [:]
        change(&object)
        return object
    }

    private func writeJSON(_ object: [String: Any], to path: String) throws {
        try JSONSerialization.data(withJSONObject: object).write(to: url(path))
    }
}
