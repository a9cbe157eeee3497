import Foundation

/// Compares a whole released bundle with the `manifest.json` at its root.
public enum BundleVerifier {
    /// Compares every file.
    ///
    /// - Parameter bundleURL: the bundle's root folder.
    /// - Returns: altered, missing and unexpected files by name; it does not throw for differences. Only the root's
    ///   `manifest.json` itself is outside the comparison: its digest must come from elsewhere.
    /// - Throws: ``DocumentError`` for the manifest, ``IntegrityError/unreadable(path:reason:)`` for the folder.
    public static func verify(_ bundleURL: URL) throws -> VerificationReport {
        let manifest = try BundleManifest.read(from: bundleURL.appendingPathComponent(BundleManifest.fileName))
        return try VerificationReport.compare(manifest.files, with: bundleURL) { $0 == BundleManifest.fileName }
    }
}
