import Foundation

/// SHA-256 in plain Swift, for platforms without CryptoKit.
///
/// Source: NIST FIPS 180-4, sections 4.1.2, 4.2.2, 5 and 6.2.
package struct PortableSHA256: Sendable {
    private var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    private var blocks = MessageBlocks(of: 64)

    /// Starts with no bytes.
    package init() {}

    /// Adds bytes; splitting them over several calls changes nothing.
    package mutating func update(_ data: some ContiguousBytes) {
        blocks.add(data) { Self.compress(&state, $0) }
    }

    /// The digest of all bytes added so far: 64 lower-case hex digits.
    package func hexDigest() -> String {
        var final = state
        blocks.last.withUnsafeBytes { Self.compress(&final, $0[...]) }
        return Hex.text(of: final.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * $0)) } })
    }

    private static func compress(_ state: inout [UInt32], _ bytes: Slice<UnsafeRawBufferPointer>) {
        let block = UnsafeRawBufferPointer(rebasing: bytes)
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { buffer in
            roundConstants.withUnsafeBufferPointer { table in
                guard let schedule = buffer.baseAddress, let constants = table.baseAddress else { return }
                for start in stride(from: 0, to: block.count, by: 64) {
                    expand(block, start, into: schedule)
                    round(&state, schedule, constants)
                }
            }
        }
    }

    // Bare pointers and counted loops: a debug build, which inlines nothing, must still hash a model in a second.

    private static func expand(
        _ block: UnsafeRawBufferPointer, _ start: Int, into schedule: UnsafeMutablePointer<UInt32>
    ) {
        for index in 0..<16 {
            let word = block.loadUnaligned(fromByteOffset: start + 4 * index, as: UInt32.self)
            schedule[index] = UInt32(bigEndian: word)
        }
        var index = 16
        while index < 64 {
            let early = schedule[index &- 15]
            let late = schedule[index &- 2]
            let sigma0 = rotated(early, 7) ^ rotated(early, 18) ^ (early &>> 3)
            let sigma1 = rotated(late, 17) ^ rotated(late, 19) ^ (late &>> 10)
            schedule[index] = schedule[index &- 16] &+ sigma0 &+ schedule[index &- 7] &+ sigma1
            index &+= 1
        }
    }

    private static func round(
        _ state: inout [UInt32], _ schedule: UnsafeMutablePointer<UInt32>, _ constants: UnsafePointer<UInt32>
    ) {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        var index = 0
        while index < 64 {
            let sum1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)
            let first = h &+ sum1 &+ ((e & f) ^ (~e & g)) &+ constants[index] &+ schedule[index]
            let sum0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)
            let second = sum0 &+ ((a & b) ^ (a & c) ^ (b & c))
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
            index &+= 1
        }
        for (position, value) in [a, b, c, d, e, f, g, h].enumerated() {
            state[position] = state[position] &+ value
        }
    }

    @inline(__always)
    private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 {
        (word &>> count) | (word &<< (32 &- count))
    }

    private static let roundConstants: [UInt32] = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]
}
