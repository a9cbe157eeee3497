import Foundation

/// Compares the files that ship inside the app with `payload.json`.
///
/// The JSON documents are always compared. The model's files are compared where the `.mlpackage` is present as a folder:
/// on Linux, or at a URL that the caller names. An app built by Xcode carries the model compiled (`.mlmodelc`), whose
/// bytes depend on the compiler; its files are then listed in ``VerificationReport/notPresentAsTree``.
package enum PayloadVerifier {
    /// Compares a payload.
    ///
    /// - Parameters:
    ///   - manifest: the decoded `payload.json`.
    ///   - location: where documents and model lie.
    /// - Returns: what was compared, and every difference; it does not throw for differences.
    /// - Throws: ``IntegrityError/unreadable(path:reason:)``.
    package static func verify(_ manifest: PayloadManifest, at location: PayloadLocation) throws -> VerificationReport {
        let packagePrefix = manifest.packageName + "/"
        // A flattened resource bundle also holds what the build system puts there, so unexpected files count only in a
        // folder that is ours alone.
        var report = try VerificationReport.compare(manifest.documentFiles, with: location.documents) { path in
            !location.isExclusive || path == PayloadManifest.fileName || path.hasPrefix(packagePrefix)
                || path.hasPrefix(manifest.modelName + ".mlmodelc/")
        }
        if let package = location.package {
            report.merge(
                try VerificationReport.compare(manifest.modelFiles, with: package, prefix: packagePrefix) { _ in false }
            )
        } else {
            report.notPresentAsTree = manifest.modelFiles.map { packagePrefix + $0.path }.sorted()
        }
        return report
    }
}
