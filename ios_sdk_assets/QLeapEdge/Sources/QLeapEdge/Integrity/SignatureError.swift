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

extension SignatureError: LocalizedError, CustomStringConvertible {
    /// What, where, expected, got, and the next step.
    public var description: String {
        switch self {
        case .invalidKey(let reason):
            "not an Ed25519 public key: \(reason)"
        case .notSigned(let bundle):
            "\(bundle): not signed, expected \(SignatureDocument.fileName); get a signed bundle from whoever made it"
        case .otherKey(let document, let expected, let got):
            "\(document): signed by another key, expected \(expected), got \(got); do not use this bundle"
        case .doesNotFit(let document, let manifest):
            "\(document): the signature does not fit \(manifest); fetch the bundle again from its source"
        case .altered(let document, let reason):
            "\(document): altered (\(reason)); fetch the bundle again from its source"
        }
    }

    /// The same text, for `localizedDescription`.
    public var errorDescription: String? { description }
}
