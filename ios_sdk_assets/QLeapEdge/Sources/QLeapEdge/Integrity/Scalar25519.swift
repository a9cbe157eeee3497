/// Numbers modulo the order of the base point, L = 2^252 + 27742317777372353535851937790883648493.
///
/// Source: RFC 8032, section 5.1.
enum Scalar25519 {
    /// L in 64-bit words, lowest first.
    private static let order: [UInt64] = [0x5812_631a_5cf5_d3ed, 0x14de_f9de_a2f7_9cd6, 0, 0x1000_0000_0000_0000]

    /// Tells whether 32 little-endian bytes are a number below L.
    static func isCanonical(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == 32 else { return false }
        var words: [UInt64] = [0, 0, 0, 0]
        for (index, byte) in bytes.enumerated() { words[index / 8] |= UInt64(byte) << (8 * UInt64(index % 8)) }
        return !isAtLeastOrder(words)
    }

    /// A little-endian number of any length modulo L, as 32 little-endian bytes: long division, bit by bit.
    static func reduced(_ bytes: [UInt8]) -> [UInt8] {
        var rest: [UInt64] = [0, 0, 0, 0]
        for byte in bytes.reversed() {
            for bit in stride(from: 7, through: 0, by: -1) {
                var carry = UInt64(byte >> UInt8(bit) & 1)
                for index in 0..<4 {
                    let next = rest[index] >> 63
                    rest[index] = rest[index] << 1 | carry
                    carry = next
                }
                // Below L before, so below 2L < 2^254 now: one subtraction is enough.
                if isAtLeastOrder(rest) { subtractOrder(from: &rest) }
            }
        }
        return rest.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) } }
    }

    private static func isAtLeastOrder(_ words: [UInt64]) -> Bool {
        for index in stride(from: 3, through: 0, by: -1) where words[index] != order[index] {
            return words[index] > order[index]
        }
        return true
    }

    private static func subtractOrder(from words: inout [UInt64]) {
        var borrow: UInt64 = 0
        for index in 0..<4 {
            let (first, under) = words[index].subtractingReportingOverflow(order[index])
            let (second, more) = first.subtractingReportingOverflow(borrow)
            words[index] = second
            borrow = under || more ? 1 : 0
        }
    }
}
