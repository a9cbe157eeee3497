import Foundation

/// `manifest.sig.json`: the signature of a bundle, over the bytes of its `manifest.json`.
///
/// Its ``publicKey`` names the signer and proves nothing: who alters a bundle can sign it again. ``BundleVerifier`` compares it with
/// the key that the app carries.
package struct SignatureDocument: Document {
    /// The accepted `schema`.
    package static let schemaName = "qleap.signature"
    /// The accepted `schema_version`.
    package static let schemaVersion = 1
    /// Its file name.
    package static let fileName = "manifest.sig.json"

    /// The only algorithm that a signature may name.
    package enum Algorithm: String, Codable, Sendable {
        /// RFC 8032, without context and without hashing the message first.
        case ed25519 = "Ed25519"
    }

    /// Schema name, as read.
    package let schema: String
    /// Schema version, as read.
    package let schemaVersion: Int
    /// How it was signed.
    package let algorithm: Algorithm
    /// Key of the signer: 32 bytes, base64.
    package let publicKey: String
    /// Over the bytes of `manifest.json`: 64 bytes, base64.
    package let signature: String

    enum CodingKeys: String, CodingKey, CaseIterable {
        case schema
        case schemaVersion = "schema_version"
        case algorithm
        case publicKey = "public_key"
        case signature
    }

    /// Decodes the signature; unknown keys are refused.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        schema = try container.value(.schema)
        schemaVersion = try container.value(.schemaVersion)
        algorithm = try container.value(.algorithm)
        publicKey = try container.value(.publicKey)
        signature = try container.value(.signature)
    }

    /// Checks that key and signature are base64 of their lengths, in the one spelling that base64 has for them.
    ///
    /// - Throws: ``DocumentError/badValue(document:key:reason:)``.
    package func validate() throws {
        for (key, text, count) in [("public_key", publicKey, 32), ("signature", signature, 64)] {
            guard Base64.bytes(of: text)?.count == count else {
                throw Self.bad(key, "expected \(count) bytes in base64, got '\(text.prefix(120))'")
            }
        }
    }

    /// The only text that this document has: sorted keys, two spaces, final newline.
    ///
    /// No digest covers the file, so its form is compared instead: a changed byte is found wherever it lies.
    var canonicalText: String {
        """
        {
          "algorithm": "\(algorithm.rawValue)",
          "public_key": "\(publicKey)",
          "schema": "\(schema)",
          "schema_version": \(schemaVersion),
          "signature": "\(signature)"
        }

        """
    }
}
