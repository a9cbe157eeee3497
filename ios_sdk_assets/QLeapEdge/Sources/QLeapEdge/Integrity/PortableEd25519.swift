import Foundation

/// Verification of Ed25519 signatures in plain Swift, for platforms without CryptoKit; it never sees a secret, so it need not take
/// constant time.
///
/// The rule is strict: one signature has one spelling, and a key of which anybody can make signatures is none. Refused are a
/// second half that is not below the group's order, points that are not on the curve or not written in their shortest
/// form, and public keys of small order. The equation is [S]B = R + [k]A, without the cofactor.
///
/// Source: RFC 8032, sections 5.1.2 to 5.1.4 and 5.1.7.
package enum PortableEd25519 {
    /// Bytes of a public key.
    package static let keyBytes = 32
    /// Bytes of a signature.
    package static let signatureBytes = 64

    /// Tells whether 32 bytes are the public key of a signer: a point of the curve in canonical form, not of small order.
    package static func isPublicKey(_ key: Data) -> Bool {
        point(of: key) != nil
    }

    /// Tells whether a signature was made over a message by the owner of a public key.
    ///
    /// - Parameters:
    ///   - signature: 64 bytes, R and S.
    ///   - message: what was signed.
    ///   - key: 32 bytes.
    /// - Returns: false also for a key or signature of another length.
    package static func isValid(_ signature: Data, for message: Data, publicKey key: Data) -> Bool {
        guard signature.count == signatureBytes, let signer = point(of: key) else { return false }
        let encodedR = [UInt8](signature.prefix(32))
        let scalar = [UInt8](signature.suffix(32))
        guard Scalar25519.isCanonical(scalar) else { return false }
        var hasher = PortableSHA512()
        hasher.update(encodedR)
        hasher.update(key)
        hasher.update(message)
        let challenge = Scalar25519.reduced(hasher.digest())
        // The encoding of a point is unique, so an R in another spelling never equals it.
        return EdwardsPoint.combination(scalar, .base, challenge, -signer).bytes == encodedR
    }

    /// Tells whether 64 bytes can be a signature: a canonical point, and a number below the group's order.
    static func isCanonical(_ signature: Data) -> Bool {
        signature.count == signatureBytes && EdwardsPoint(canonical: [UInt8](signature.prefix(32))) != nil
            && Scalar25519.isCanonical([UInt8](signature.suffix(32)))
    }

    private static func point(of key: Data) -> EdwardsPoint? {
        guard let point = EdwardsPoint(canonical: [UInt8](key)), !point.hasSmallOrder else { return nil }
        return point
    }
}
