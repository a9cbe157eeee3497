import Foundation

/// Compares a whole released bundle with the `manifest.json` at its root.
public enum BundleVerifier {
    /// Name of the file that holds the manifest's own digest.
    public static let checksumFileName = "manifest.json.sha256"
    /// Name of the detached signature; checked by `qleap validate --public-key`, not here.
    public static let signatureFileName = "manifest.sig.json"
    /// What SwiftPM leaves behind when the package is built inside the bundle: no part of it.
    static let buildFolders = ["QLeapEdge/.build/", "QLeapEdge/.swiftpm/"]

    /// Compares every file, and the manifest itself with its checksum.
    ///
    /// - Parameter bundleURL: the bundle's root folder.
    /// - Returns: altered, missing and unexpected files by name; it does not throw for differences.
    /// - Throws: ``DocumentError`` for the manifest, ``IntegrityError/unreadable(path:reason:)`` for the folder.
    public static func verify(_ bundleURL: URL) throws -> VerificationReport {
        let manifest = try BundleManifest.read(from: bundleURL.appendingPathComponent(BundleManifest.fileName))
        let about = [BundleManifest.fileName, checksumFileName, signatureFileName]
        var report = try VerificationReport.compare(manifest.files, with: bundleURL) { path in
            about.contains(path) || buildFolders.contains { path.hasPrefix($0) }
        }
        try compareChecksum(of: bundleURL, into: &report)
        return report
    }

    private static func compareChecksum(of bundleURL: URL, into report: inout VerificationReport) throws {
        let digest = try FileTree.record(of: BundleManifest.fileName, in: bundleURL).sha256
        let expected = "\(digest)  \(BundleManifest.fileName)\n"
        guard let data = try? Data(contentsOf: bundleURL.appendingPathComponent(checksumFileName)) else {
            report.missing.append(checksumFileName)
            return
        }
        let got = String(decoding: data, as: UTF8.self)
        if got == expected {
            report.verified.append(BundleManifest.fileName)
        } else {
            // Which of the two was altered cannot be known; both are named.
            let path = "\(BundleManifest.fileName) or \(checksumFileName)"
            report.altered.append(.init(path: path, expected: expected, got: got))
        }
    }
}
