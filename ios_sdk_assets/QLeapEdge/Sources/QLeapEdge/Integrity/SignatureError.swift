import Foundation

/// Why a bundle is not taken for one of the signer that the app trusts.
public enum SignatureError: Error, Equatable, Sendable {
    /// The key that was given cannot be used.
    case invalidKey(reason: String)
    /// The bundle carries no signature.
    case notSigned(bundle: String)
    /// Another key than the given one signed it; both in base64.
    case otherKey(document: String, expected: String, got: String)
    /// The signature was not made over the bytes of this manifest.
    case doesNotFit(document: String, manifest: String)
    /// The file that holds the signature is not as it was written.
    case altered(document: String, reason: String)
}

extension SignatureError: QLeapEdgeError {
    /// What, where, expected and got.
    public var description: String {
        switch self {
        case .invalidKey(let reason):
            "not an Ed25519 public key: \(reason)"
        case .notSigned(let bundle):
            "\(bundle): not signed, expected \(SignatureDocument.fileName)"
        case .otherKey(let document, let expected, let got):
            "\(document): signed by another key, expected \(expected), got \(got)"
        case .doesNotFit(let document, let manifest):
            "\(document): the signature does not fit \(manifest)"
        case .altered(let document, let reason):
            "\(document): altered (\(reason))"
        }
    }

    /// What to do about it.
    public var recoverySuggestion: String? {
        switch self {
        case .invalidKey: "Give 32 raw bytes, base64 of them, or the PEM that `openssl pkey -pubout` writes."
        case .notSigned: "Get a signed bundle from whoever made it."
        case .otherKey: "Do not use this bundle."
        case .doesNotFit, .altered: "Fetch the bundle again from its source."
        }
    }
}
