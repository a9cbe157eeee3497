import Foundation

@testable import QLeapEdge

/// Signs in tests as RFC 8032, section 5.1.6 says; the vectors of its section 7.1 hold it to that.
struct SigningKey {
    private let scalar: [UInt8]
    private let prefix: [UInt8]

    init(seed: [UInt8]) {
        var half = Self.hash(seed)
        half[0] &= 248
        half[31] = half[31] & 127 | 64
        scalar = Array(half.prefix(32))
        prefix = Array(half.suffix(32))
    }

    var publicKey: Data { Data(Self.multiple(scalar).bytes) }

    func signature(for message: Data) -> Data {
        let nonce = Scalar25519.reduced(Self.hash(prefix + message))
        let point = Self.multiple(nonce).bytes
        let challenge = Scalar25519.reduced(Self.hash(point + publicKey + message))
        // Schoolbook product plus the nonce, byte by byte.
        var sum = nonce.map(Int.init) + [Int](repeating: 0, count: 33)
        for (i, left) in challenge.enumerated() {
            for (j, right) in scalar.enumerated() { sum[i + j] += Int(left) * Int(right) }
        }
        for index in 0..<64 {
            sum[index + 1] += sum[index] >> 8
            sum[index] &= 255
        }
        return Data(point + Scalar25519.reduced(sum.map { UInt8(truncatingIfNeeded: $0) }))
    }

    private static func multiple(_ scalar: [UInt8]) -> EdwardsPoint {
        .combination(scalar, .base, [UInt8](repeating: 0, count: 32), .neutral)
    }

    private static func hash(_ bytes: [UInt8]) -> [UInt8] {
        var hasher = PortableSHA512()
        hasher.update(bytes)
        return hasher.digest()
    }
}
