import Foundation

/// Where SwiftPM or Xcode put the resources of this package.
///
/// `Bundle.module` ends the app when it finds nothing, for example in an app whose target copies the code and not the
/// resources; this look-up throws instead.
enum ResourceBundle {
    private final class Token {}

    /// Name of the resource bundle, without its extension.
    static let name = "QLeapEdge_QLeapEdge"

    /// The folders in which the bundle may lie, in the order in which they are searched.
    static var folders: [URL] {
        let code = Bundle(for: Token.self)
        var found = [Bundle.main.resourceURL, code.resourceURL, Bundle.main.bundleURL, code.bundleURL]
        found.append(code.bundleURL.deletingLastPathComponent())
        found.append(Bundle.main.executableURL?.deletingLastPathComponent())
        // Xcode sets it for previews and for the tests of a package.
        found.append(
            ProcessInfo.processInfo.environment["PACKAGE_RESOURCE_BUNDLE_PATH"].map { URL(fileURLWithPath: $0) })
        return found.compactMap(\.self)
    }

    /// Returns the folder with the resources.
    ///
    /// - Parameter folders: searched in this order.
    /// - Throws: ``IntegrityError/resourcesMissing(searched:)``.
    static func url(in folders: [URL] = Self.folders) throws -> URL {
        for folder in folders {
            for type in ["bundle", "resources"] {  // on Apple's systems, on Linux
                let candidate = folder.appendingPathComponent("\(name).\(type)", isDirectory: true)
                guard FileTree.isFolder(candidate) else { continue }
                return Bundle(url: candidate)?.resourceURL ?? candidate
            }
        }
        throw IntegrityError.resourcesMissing(searched: folders.map(\.path))
    }
}
