import Foundation

#if canImport(CryptoKit)
    import CryptoKit
#endif

/// The public half of the Ed25519 key that signs bundles.
///
/// An app carries it in its code; the one inside a bundle proves nothing. `openssl pkey -in release.pem -pubout` writes it as PEM. It is checked when it is created: the point must be canonical and not
/// of small order, since anybody can sign for such a key.
public struct BundlePublicKey: Equatable, Hashable, Sendable {
    /// The 32 bytes of RFC 8032.
    public let rawRepresentation: Data

    /// Creates a key from its 32 bytes.
    ///
    /// - Throws: ``SignatureError/invalidKey(reason:)``.
    public init(rawRepresentation: Data) throws {
        guard rawRepresentation.count == PortableEd25519.keyBytes else {
            throw SignatureError.invalidKey(
                reason: "expected \(PortableEd25519.keyBytes) bytes, got \(rawRepresentation.count)")
        }
        guard PortableEd25519.isPublicKey(rawRepresentation) else {
            throw SignatureError.invalidKey(
                reason: "the bytes are no point of the curve, or one for which anybody can sign")
        }
        self.rawRepresentation = rawRepresentation
    }

    /// Creates a key from the base64 of its 32 bytes, as `manifest.sig.json` writes it.
    ///
    /// - Throws: ``SignatureError/invalidKey(reason:)``.
    public init(base64Encoded text: String) throws {
        guard let bytes = Base64.bytes(of: text) else { throw SignatureError.invalidKey(reason: "not base64") }
        try self.init(rawRepresentation: bytes)
    }

    /// Creates a key from the text of a PEM file, `-----BEGIN PUBLIC KEY-----` to `-----END PUBLIC KEY-----`.
    ///
    /// - Throws: ``SignatureError/invalidKey(reason:)``, also for a private key and for a key of another algorithm.
    public init(pemRepresentation text: String) throws {
        guard !text.contains("PRIVATE KEY-----") else {
            throw SignatureError.invalidKey(
                reason: "this is a private key, give the public half: openssl pkey -in KEY.pem -pubout")
        }
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        let body = lines.filter { !$0.isEmpty }
        guard body.count > 2, body.first == "-----BEGIN PUBLIC KEY-----", body.last == "-----END PUBLIC KEY-----",
            let encoded = Base64.bytes(of: body.dropFirst().dropLast().joined())
        else { throw SignatureError.invalidKey(reason: "not one PEM block 'PUBLIC KEY'") }
        guard encoded.count == Self.prefix.count + PortableEd25519.keyBytes, encoded.starts(with: Self.prefix) else {
            throw SignatureError.invalidKey(reason: "the PEM block holds no Ed25519 key")
        }
        try self.init(rawRepresentation: Data(encoded.dropFirst(Self.prefix.count)))
    }

    /// The base64 of the 32 bytes.
    public var base64EncodedString: String { rawRepresentation.base64EncodedString() }

    /// Tells whether the owner of this key signed the data.
    ///
    /// CryptoKit computes it on Apple's systems and plain Swift elsewhere. What CryptoKit does not promise is checked before
    /// it on all of them: that key and signature have one spelling only.
    public func isValidSignature(_ signature: Data, for data: Data) -> Bool {
        guard PortableEd25519.isCanonical(signature) else { return false }
        #if canImport(CryptoKit)
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: rawRepresentation)
            return key?.isValidSignature(signature, for: data) ?? false
        #else
            return PortableEd25519.isValid(signature, for: data, publicKey: rawRepresentation)
        #endif
    }

    /// What precedes the 32 bytes in the encoding of an Ed25519 key: SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING }.
    ///
    /// Source: RFC 8410, sections 3 and 4.
    private static let prefix: [UInt8] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]
}
