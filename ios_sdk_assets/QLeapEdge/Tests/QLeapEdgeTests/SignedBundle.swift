import Foundation

@testable import QLeapEdge

/// A bundle around the shipped payload, signed, in a folder of its own that goes with the value.
final class SignedBundle {
    let folder: URL
    let signer = SigningKey(seed: [UInt8](repeating: 7, count: 32))
    /// Where the payload lies in it.
    let payload: URL

    init() throws {
        let copy = try PayloadCopy()
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("qleap-" + UUID().uuidString)
        payload = folder.appendingPathComponent(EdgePayload.folderInBundle, isDirectory: true)
        try FileManager.default.createDirectory(
            at: payload.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: copy.folder, to: payload)
        try Data("all rights\n".utf8).write(to: url("LICENSE"))
        try writeManifest()
        try sign()
    }

    deinit {
        try? FileManager.default.removeItem(at: folder)
    }

    func url(_ path: String) -> URL { folder.appendingPathComponent(path) }

    var key: BundlePublicKey {
        get throws { try BundlePublicKey(rawRepresentation: signer.publicKey) }
    }

    /// Writes the manifest of the files that are there, and its checksum.
    func writeManifest() throws {
        let about = [BundleManifest.fileName, BundleVerifier.checksumFileName, BundleVerifier.signatureFileName]
        let files = try FileTree.records(of: folder).filter { !about.contains($0.path) }.map {
            ["path": $0.path, "sha256": $0.sha256, "bytes": $0.bytes] as [String: Any]
        }
        let object: [String: Any] = [
            "schema": "qleap.bundle", "schema_version": 3, "name": "QuantumLeapPose-test", "version": "0",
            "recipe": "tiny", "grade": "tiny", "variant": "float16", "seed": 1, "revision": "unknown",
            "inputs": [String: String](), "tools": ["python": "3"], "files": files,
        ]
        try setManifest(JSONSerialization.data(withJSONObject: object))
    }

    /// Writes these bytes as the manifest, with a checksum that fits.
    func setManifest(_ data: Data) throws {
        try data.write(to: url(BundleManifest.fileName))
        try Data("\(FileDigest.sha256(of: data))  manifest.json\n".utf8).write(to: url(BundleVerifier.checksumFileName))
    }

    /// Signs the manifest as `qleap sign` does.
    func sign(by other: SigningKey? = nil) throws {
        let signer = other ?? signer
        let signature = signer.signature(for: try Data(contentsOf: url(BundleManifest.fileName)))
        try write(key: signer.publicKey, signature: signature)
    }

    /// Writes the signature's document, byte for byte as Python does.
    func write(key: Data, signature: Data) throws {
        let text = """
            {
              "algorithm": "Ed25519",
              "public_key": "\(key.base64EncodedString())",
              "schema": "qleap.signature",
              "schema_version": 1,
              "signature": "\(signature.base64EncodedString())"
            }

            """
        try Data(text.utf8).write(to: url(BundleVerifier.signatureFileName))
    }
}
