import Foundation
import Testing

@testable import QLeapEdge

/// Examples of FIPS 180-4 (NIST Cryptographic Standards and Guidelines, Examples with Intermediate Values, SHA-512).
@Suite struct SHA512Tests {
    static let examples = [
        (
            "",
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
                + "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
        ),
        (
            "abc",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
                + "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909"
        ),
    ]

    @Test(arguments: examples)
    func matchesThePublishedExamples(_ text: String, _ digest: String) {
        var hasher = PortableSHA512()
        hasher.update(Data(text.utf8))
        #expect(Hex.text(of: hasher.digest()) == digest)
    }

    @Test func aMillionTimesTheLetterA() {
        var hasher = PortableSHA512()
        for _ in 0..<1000 { hasher.update([UInt8](repeating: 0x61, count: 1000)) }
        #expect(
            Hex.text(of: hasher.digest())
                == "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
                + "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b")
    }

    @Test(arguments: [1, 7, 110, 111, 112, 119, 120, 127, 128, 129, 260])
    func splittingTheInputChangesNothing(_ piece: Int) {
        let bytes = (0..<1047).map { UInt8(truncatingIfNeeded: $0 * 31) }
        for count in [bytes.count, 111, 112, 120, 127, 128, 239, 240] {
            var whole = PortableSHA512()
            whole.update(Array(bytes.prefix(count)))
            var parts = PortableSHA512()
            for start in stride(from: 0, to: count, by: piece) {
                parts.update(Array(bytes[start..<min(start + piece, count)]))
            }
            #expect(parts.digest() == whole.digest())
        }
    }
}
