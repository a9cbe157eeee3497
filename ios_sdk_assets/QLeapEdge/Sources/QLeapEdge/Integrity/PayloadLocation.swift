import Foundation

/// Where the payload's documents and, if it is there as a folder, its model package lie.
package struct PayloadLocation: Equatable, Sendable {
    /// Folder with the JSON documents.
    package let documents: URL
    /// The `.mlpackage` folder, nil when it is not there as a folder.
    package let package: URL?
    /// Whether the folder is meant to hold the payload and nothing else, so that other files in it are reported.
    package let isExclusive: Bool

    /// Locates a payload in a folder of its own.
    ///
    /// - Parameters:
    ///   - folder: the folder that holds `payload.json`.
    ///   - packageName: folder name of the model package, for example `QuantumLeapPose.mlpackage`.
    package init(folder: URL, packageName: String) {
        self.init(documents: folder, packageName: packageName, isExclusive: true)
    }

    /// Locates a payload in a resource bundle: in the folder `Payload` (SwiftPM `.copy`) or flattened (`.process`).
    init(bundle: URL, packageName: String) {
        let folder = bundle.appendingPathComponent("Payload", isDirectory: true)
        let hasFolder = FileTree.isFolder(folder)
        self.init(documents: hasFolder ? folder : bundle, packageName: packageName, isExclusive: hasFolder)
    }

    private init(documents: URL, packageName: String, isExclusive: Bool) {
        self.documents = documents
        self.isExclusive = isExclusive
        let package = documents.appendingPathComponent(packageName, isDirectory: true)
        self.package = !packageName.isEmpty && FileTree.isFolder(package) ? package : nil
    }
}
