import Foundation

/// Why files on disk are not the ones that were released.
public enum IntegrityError: QLeapEdgeError, Equatable {
    /// Files differ from the manifest; the report names every one of them.
    case notIntact(VerificationReport)
    /// A file or folder cannot be read.
    case unreadable(path: String, reason: String)
    /// The resources of this package are not in the app.
    case resourcesMissing(searched: [String])
    /// A model package is not the one the profile was fitted on.
    case wrongPackage(path: String, expected: String, got: String)
}

extension IntegrityError {
    /// One sentence: what, where, expected, got.
    public var description: String {
        switch self {
        case .notIntact(let report):
            "files are not the ones that were released: " + report.problems.joined(separator: "; ")
        case .unreadable(let path, let reason):
            "\(path): cannot read (\(reason))"
        case .resourcesMissing(let searched):
            "\(ResourceBundle.name).bundle: not found in \(searched.joined(separator: ", ")); add the package product to the target"
        case .wrongPackage(let path, let expected, let got):
            "\(path): not the package of the profile, expected digest \(expected), got \(got)"
        }
    }

    /// The next step.
    public var recoverySuggestion: String? {
        switch self {
        case .notIntact, .unreadable:
            "Take the package from its bundle again; let git convert no line endings."
        case .resourcesMissing:
            "Add the library product QLeapEdge to the target, or load a copy of the payload by its folder's URL."
        case .wrongPackage:
            "Give the model that came with this payload."
        }
    }
}
