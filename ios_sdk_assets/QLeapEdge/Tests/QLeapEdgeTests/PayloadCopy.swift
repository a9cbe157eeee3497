import Foundation
import QLeapEdge

/// A writable copy of the shipped payload in a folder of its own, removed with the value.
final class PayloadCopy {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("qleap-" + UUID().uuidString)
        let payload = try Shipped.payload()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // By name, because Xcode's layout mixes them with files of its own.
        let documents = payload.manifest.documentFiles.map(\.path) + [PayloadManifest.fileName]
        for name in documents + [payload.manifest.packageName, payload.manifest.modelName + ".mlmodelc"] {
            let source = payload.location.documents.appendingPathComponent(name)
            guard FileManager.default.fileExists(atPath: source.path) else { continue }
            try FileManager.default.copyItem(at: source, to: url(name))
        }
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    /// Whether the model is there as the package that was released; Xcode has compiled it.
    var hasPackage: Bool {
        get throws { FileManager.default.fileExists(atPath: url(try Shipped.payload().manifest.packageName).path) }
    }

    /// Puts a compiled model in place of the package, as Xcode does.
    func compilePackage() throws {
        guard try hasPackage else { return }
        let manifest = try Shipped.payload().manifest
        try FileManager.default.moveItem(at: url(manifest.packageName), to: url(manifest.modelName + ".mlmodelc"))
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
        let source = path == GoldenDocument.fileName ? try Shipped.goldenURL() : url(path)
        var object = try JSONSerialization.jsonObject(with: Data(contentsOf: source)) as? [String: Any] ?? [:]
        change(&object)
        return object
    }

    private func writeJSON(_ object: [String: Any], to path: String) throws {
        try JSONSerialization.data(withJSONObject: object).write(to: url(path))
    }
}
