import Foundation

/// Compares a whole released bundle with the `manifest.json` at its root, and the manifest with its signature.
public enum BundleVerifier {
    /// Name of the file that holds the manifest's own digest.
    package static let checksumFileName = "manifest.json.sha256"
    /// Name of the detached signature.
    package static let signatureFileName = SignatureDocument.fileName
    /// What SwiftPM leaves behind when the package is built inside the bundle: no part of it.
    static let buildFolders = ["QLeapEdge/.build/", "QLeapEdge/.swiftpm/"]
    /// Largest manifest, bytes: a larger one is refused before it fills the memory.
    static let mostManifestBytes = 16 << 20
    /// Largest file with a signature, bytes.
    static let mostSignatureBytes = 1 << 16

    /// Compares every file, and the manifest itself with its checksum.
    ///
    /// Whose bundle it is, only ``verify(_:signedBy:)`` tells.
    ///
    /// - Parameter bundleURL: the bundle's root folder.
    /// - Returns: altered, missing and unexpected files by name; it does not throw for differences.
    /// - Throws: ``DocumentError`` for the manifest, ``IntegrityError/unreadable(path:reason:)`` for the folder.
    public static func verify(_ bundleURL: URL) throws -> VerificationReport {
        try compare(bundleURL, with: manifestBytes(of: bundleURL)).report
    }

    /// Checks the signature over the manifest first, and then compares every file with it.
    ///
    /// The bytes whose signature was checked are the bytes that are decoded: the manifest is read once. The files are compared as
    /// they lie there now; nothing else may write to the folder between this call and their use. A signature says who made a
    /// bundle, not that it is the newest: compare ``PayloadManifest/modelVersion`` before you replace one.
    ///
    /// - Parameters:
    ///   - bundleURL: the bundle's root folder.
    ///   - key: of the signer, from the app and not from the bundle.
    /// - Returns: altered, missing and unexpected files by name; it does not throw for differences.
    /// - Throws: ``SignatureError`` when the bundle is not signed, signed by another key, or altered since; otherwise as
    ///   ``verify(_:)``.
    public static func verify(_ bundleURL: URL, signedBy key: BundlePublicKey) throws -> VerificationReport {
        try compare(bundleURL, signedBy: key).report
    }

    /// The same, with the manifest that was signed.
    static func compare(
        _ bundleURL: URL, signedBy key: BundlePublicKey
    ) throws -> (manifest: BundleManifest, report: VerificationReport) {
        let manifest = try manifestBytes(of: bundleURL)
        try checkSignature(of: manifest, in: bundleURL, by: key)
        var compared = try compare(bundleURL, with: manifest)
        compared.report.verified.append(signatureFileName)
        return compared
    }

    private static func manifestBytes(of bundleURL: URL) throws -> Data {
        try FileTree.contents(of: bundleURL.appendingPathComponent(BundleManifest.fileName), atMost: mostManifestBytes)
    }

    private static func checkSignature(of manifest: Data, in bundleURL: URL, by key: BundlePublicKey) throws {
        let url = bundleURL.appendingPathComponent(signatureFileName)
        guard FileTree.exists(url) else { throw SignatureError.notSigned(bundle: bundleURL.path) }
        let document: SignatureDocument
        do {
            let data = try FileTree.contents(of: url, atMost: mostSignatureBytes)
            document = try SignatureDocument.decode(data)
            guard data == Data(document.canonicalText.utf8) else {
                throw SignatureError.altered(document: signatureFileName, reason: "not as it is written")
            }
        } catch let error as DocumentError {
            throw SignatureError.altered(document: signatureFileName, reason: error.description)
        }
        guard document.publicKey == key.base64EncodedString else {
            throw SignatureError.otherKey(
                document: signatureFileName, expected: key.base64EncodedString, got: document.publicKey)
        }
        guard let signature = Base64.bytes(of: document.signature), key.isValidSignature(signature, for: manifest)
        else {
            throw SignatureError.doesNotFit(document: signatureFileName, manifest: BundleManifest.fileName)
        }
    }

    private static func compare(
        _ bundleURL: URL, with data: Data
    ) throws -> (manifest: BundleManifest, report: VerificationReport) {
        let manifest = try BundleManifest.decode(data)
        let about = [BundleManifest.fileName, checksumFileName, signatureFileName]
        var report = try VerificationReport.compare(manifest.files, with: bundleURL) { path in
            about.contains(path) || buildFolders.contains { path.hasPrefix($0) }
        }
        compareChecksum(of: data, in: bundleURL, into: &report)
        return (manifest, report)
    }

    private static func compareChecksum(of manifest: Data, in bundleURL: URL, into report: inout VerificationReport) {
        let expected = "\(FileDigest.sha256(of: manifest))  \(BundleManifest.fileName)\n"
        let url = bundleURL.appendingPathComponent(checksumFileName)
        guard FileTree.exists(url) else {
            report.missing.append(checksumFileName)
            return
        }
        let data = try? FileTree.contents(of: url, atMost: mostSignatureBytes)
        let got = data.map { String(decoding: $0, as: UTF8.self) } ?? "not a regular file, or one that cannot be read"
        if got == expected {
            report.verified.append(BundleManifest.fileName)
        } else {
            // Which of the two was altered cannot be known; both are named.
            let path = "\(BundleManifest.fileName) or \(checksumFileName)"
            report.altered.append(.init(path: path, expected: expected, got: got))
        }
    }
}
