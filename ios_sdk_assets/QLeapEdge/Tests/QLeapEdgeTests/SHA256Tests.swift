import Foundation
import Testing

@testable import QLeapEdge

/// Examples of FIPS 180-4 (NIST Cryptographic Standards and Guidelines, Examples with Intermediate Values, SHA-256).
@Suite struct SHA256Tests {
    static let examples = [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
    ]

    @Test(arguments: examples)
    func matchesThePublishedExamples(_ text: String, _ digest: String) {
        var hasher = PortableSHA256()
        hasher.update(Data(text.utf8))
        #expect(hasher.hexDigest() == digest)
        #expect(FileDigest.sha256(of: Data(text.utf8)) == digest)
    }

    @Test func aMillionTimesTheLetterA() {
        var hasher = PortableSHA256()
        for _ in 0..<1000 { hasher.update([UInt8](repeating: 0x61, count: 1000)) }
        #expect(hasher.hexDigest() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test(arguments: [1, 7, 55, 56, 63, 64, 65, 127, 130])
    func splittingTheInputChangesNothing(_ piece: Int) {
        let bytes = (0..<517).map { UInt8(truncatingIfNeeded: $0 * 31) }
        var whole = PortableSHA256()
        whole.update(bytes)
        var parts = PortableSHA256()
        for start in stride(from: 0, to: bytes.count, by: piece) {
            parts.update(Array(bytes[start..<min(start + piece, bytes.count)]))
        }
        #expect(parts.hexDigest() == whole.hexDigest())
    }
}
