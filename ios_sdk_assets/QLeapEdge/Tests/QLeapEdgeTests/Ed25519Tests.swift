import Foundation
import Testing

@testable import QLeapEdge

/// Signatures of others: RFC 8032, OpenSSL through Python's `cryptography`, and forgeries that only a strict verifier refuses.
@Suite struct Ed25519Tests {
    struct Published: Decodable {
        struct Vector: Decodable {
            let name: String
            let secret_key: String
            let public_key: String
            let message: String
            let signature: String
        }
        let vectors: [Vector]
    }

    struct Made: Decodable {
        struct Vector: Decodable {
            let kind: String
            let public_key: Data
            let message: Data
            let signature: Data
            let openssl: Bool
            let strict: Bool
        }
        let vectors: [Vector]
    }

    static func fixture<T: Decodable>(_ type: T.Type, _ name: String) throws -> T {
        let folder = try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures")
        return try JSONDecoder().decode(T.self, from: Data(contentsOf: folder.appendingPathComponent(name)))
    }

    static func bytes(hex: String) -> Data {
        let digits = Array(hex)
        return Data(
            stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) })
    }

    @Test func thePublishedVectorsAreValid() throws {
        let vectors = try Self.fixture(Published.self, "rfc8032.json").vectors
        #expect(vectors.map(\.name) == ["TEST 1", "TEST 2", "TEST 3", "TEST 1024", "TEST SHA(abc)"])
        for vector in vectors {
            let (key, message) = (Self.bytes(hex: vector.public_key), Self.bytes(hex: vector.message))
            let signature = Self.bytes(hex: vector.signature)
            #expect(PortableEd25519.isValid(signature, for: message, publicKey: key), "\(vector.name)")
            #expect(try BundlePublicKey(rawRepresentation: key).isValidSignature(signature, for: message))
            #expect(!PortableEd25519.isValid(signature, for: message + [0], publicKey: key))
            let signer = SigningKey(seed: [UInt8](Self.bytes(hex: vector.secret_key)))
            #expect(signer.publicKey == key && signer.signature(for: message) == signature, "\(vector.name)")
        }
    }

    @Test func theVerdictIsTheStrictOne() throws {
        let vectors = try Self.fixture(Made.self, "signatures.json").vectors
        #expect(vectors.count > 100 && vectors.contains { $0.strict } && vectors.contains { $0.openssl && !$0.strict })
        for vector in vectors {
            let verdict = PortableEd25519.isValid(
                vector.signature, for: vector.message, publicKey: vector.public_key)
            #expect(verdict == vector.strict, "\(vector.kind), \(vector.message.base64EncodedString())")
            // Only about keys of small order, which OpenSSL takes, do the two differ.
            #expect(verdict == vector.openssl || vector.kind == "key of small order")
            let isKey = !["key of small order", "key not on the curve"].contains(vector.kind)
            #expect(PortableEd25519.isPublicKey(vector.public_key) == isKey)
            // CryptoKit does not say how it decides about a key with a part of small order, which no signer has.
            guard let key = try? BundlePublicKey(rawRepresentation: vector.public_key), !vector.kind.contains("part")
            else { continue }
            #expect(key.isValidSignature(vector.signature, for: vector.message) == vector.strict)
        }
    }

    @Test func aPointHasOneSpelling() throws {
        var spellings = 0
        for low in UInt8(0)...18 {
            // low + p, below 2^255.
            let bytes = [0xed + low] + [UInt8](repeating: 0xff, count: 30) + [0x7f]
            guard EdwardsPoint(canonical: [low] + [UInt8](repeating: 0, count: 31)) != nil else { continue }
            spellings += 1
            #expect(FieldElement25519(canonical: bytes) == nil)
            #expect(!PortableEd25519.isPublicKey(Data(bytes)))
        }
        #expect(spellings > 5)
        let key = try #require(Self.fixture(Published.self, "rfc8032.json").vectors.first?.public_key)
        let bytes = [UInt8](Self.bytes(hex: key))
        #expect(try #require(EdwardsPoint(canonical: bytes)).bytes == bytes)
        // x is 0 there, and no number is -0.
        #expect(EdwardsPoint(canonical: [1] + [UInt8](repeating: 0, count: 30) + [0x80]) == nil)
    }

    @Test func theOrderOfTheBasePointIsL() {
        let order = Self.bytes(hex: "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
        let none = [UInt8](repeating: 0, count: 32)
        #expect(EdwardsPoint.combination([UInt8](order), .base, none, .neutral).bytes == EdwardsPoint.neutral.bytes)
        #expect(Scalar25519.reduced([UInt8](order)) == none)
        #expect(!Scalar25519.isCanonical([UInt8](order)))
        #expect(Scalar25519.isCanonical([order[0] - 1] + order.dropFirst()))
        #expect(EdwardsPoint.base.bytes == [0x58] + [UInt8](repeating: 0x66, count: 31))
    }

    static let pem = """
        -----BEGIN PUBLIC KEY-----
        MCowBQYDK2VwAyEATQRknPQKuvfJKPa5w0sArxyhciSZILPssY8TpXg37WQ=
        -----END PUBLIC KEY-----

        """

    /// Written by OpenSSL 3.0.19: genpkey -algorithm ed25519; pkey -pubout; pkeyutl -sign -rawin.
    @Test func aKeyOfOpenSSLIsRead() throws {
        let key = try BundlePublicKey(pemRepresentation: Self.pem)
        #expect(key.base64EncodedString == "TQRknPQKuvfJKPa5w0sArxyhciSZILPssY8TpXg37WQ=")
        #expect(try key == BundlePublicKey(base64Encoded: key.base64EncodedString))
        #expect(try key == BundlePublicKey(pemRepresentation: Self.pem.replacingOccurrences(of: "\n", with: "\r\n")))
        let signature = try #require(
            Data(
                base64Encoded:
                    "9nDkFFUWVNScAmDAR/gl0fPHUvhgXWr0ShAMTRdOgmp8C8PDyTOCmnOrloKSu9+7RNvbR9shaEwhHTJ6/mmeDw=="
            ))
        #expect(key.isValidSignature(signature, for: Data("a released bundle".utf8)))
        #expect(!key.isValidSignature(signature, for: Data("a released bundlE".utf8)))
    }

    @Test(arguments: [
        ("", "PUBLIC KEY"), ("not a key", "PUBLIC KEY"),
        ("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----", "PUBLIC KEY"),
        ("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----", "private key"),
        // X25519, Ed448 and P-256.
        (
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEA3yhP2CnqduAdxCAwxYN6WyN6bklNpRABrS9lbISQH18=\n-----END PUBLIC KEY-----",
            "no Ed25519 key"
        ),
        (
            "-----BEGIN PUBLIC KEY-----\nMEMwBQYDK2VxAzoAfTjMSVVZwf/mUwUoC13yCuHHT7vpwiwreyYEpFwprdOtpMtG\n"
                + "eeboFYctwbscjg/D14q1o7junbqA\n-----END PUBLIC KEY-----",
            "no Ed25519 key"
        ),
        (
            "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEHU3rRXx8XVzQ1/xBpokqSyDnoX8W\n"
                + "98T63vxl4IVT+d6AqOvWAQtZt7CwnNvc4krKuNHcxLnEu6zdn2nQWAoLRw==\n-----END PUBLIC KEY-----",
            "no Ed25519 key"
        ),
        // All zeros is a point of order 4.
        (
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA" + String(repeating: "A", count: 43)
                + "=\n-----END PUBLIC KEY-----",
            "anybody can sign"
        ),
    ])
    func otherTextIsNoKey(_ text: String, _ said: String) throws {
        let error = #expect(throws: SignatureError.self) { try BundlePublicKey(pemRepresentation: text) }
        #expect(error?.description.contains(said) == true, "\(String(describing: error))")
    }

    @Test func otherBytesAreNoKey() {
        #expect(throws: SignatureError.invalidKey(reason: "expected 32 bytes, got 31")) {
            try BundlePublicKey(rawRepresentation: Data(count: 31))
        }
        #expect(throws: SignatureError.invalidKey(reason: "not base64")) {
            try BundlePublicKey(base64Encoded: "TQRknPQKuvfJKPa5w0sArxyhciSZILPssY8TpXg37WR=")  // another spelling
        }
    }
}
