/// Where the loaded model came from.
public enum ModelSource: Equatable, Sendable {
    /// A compiled model at a URL of the caller's: its bytes are not covered by any digest.
    case callerCompiled(path: String)
    /// A package at a URL of the caller's: its files give the digest that the profile was fitted on. What was loaded is its
    /// compiled copy, whose files give the digest that was noted when it was compiled.
    case callerPackage(path: String)
    /// The compiled model that Xcode put into the resource bundle: its bytes are not covered by any digest.
    case bundledCompiled(path: String)
    /// The package in the resource bundle: its files were compared with their digests, its compiled copy as above.
    case bundledPackage(path: String)

    /// Whether the package's bytes were compared with their digests.
    ///
    /// False says nothing against a model: every model, verified or not, has passed the self-test on this device.
    public var isVerified: Bool {
        switch self {
        case .callerPackage, .bundledPackage: true
        case .callerCompiled, .bundledCompiled: false
        }
    }
}
