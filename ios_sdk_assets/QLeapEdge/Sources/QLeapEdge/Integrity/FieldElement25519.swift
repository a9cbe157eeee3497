/// An integer modulo p = 2^255 - 19, as five limbs of 51 bits; between operations a limb stays below 2^52.
///
/// Source: RFC 7748, section 4.1 (the prime); Bernstein et al., High-speed high-security signatures (2012), section 3 (the limbs).
struct FieldElement25519: Sendable {
    private var limbs: (UInt64, UInt64, UInt64, UInt64, UInt64)
    private static let mask: UInt64 = (1 << 51) - 1

    static let zero = FieldElement25519(0)
    static let one = FieldElement25519(1)

    /// A small integer, less than 2^51.
    init(_ value: UInt64) {
        limbs = (value & Self.mask, 0, 0, 0, 0)
    }

    private init(_ limbs: (UInt64, UInt64, UInt64, UInt64, UInt64)) {
        self.limbs = limbs
    }

    /// Reads 32 little-endian bytes whose highest bit does not count; nil when they are not below p.
    init?(canonical bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        var words: [UInt64] = [0, 0, 0, 0]
        for (index, byte) in bytes.enumerated() { words[index / 8] |= UInt64(byte) << (8 * UInt64(index % 8)) }
        let mask = Self.mask
        self.init(
            (
                words[0] & mask,
                (words[0] >> 51 | words[1] << 13) & mask,
                (words[1] >> 38 | words[2] << 26) & mask,
                (words[2] >> 25 | words[3] << 39) & mask,
                (words[3] >> 12) & mask
            ))
        guard self.bytes.dropLast() == bytes.dropLast(), self.bytes[31] == bytes[31] & 127 else { return nil }
    }

    /// The 32 little-endian bytes of the number below p.
    var bytes: [UInt8] {
        var (a, b, c, d, e) = Self.carried(Self.carried(self)).limbs
        // The number is below 2p now: it is p or more exactly where adding 19 reaches 2^255.
        var carry = (a + 19) >> 51
        carry = (b + carry) >> 51
        carry = (c + carry) >> 51
        carry = (d + carry) >> 51
        carry = (e + carry) >> 51
        a += 19 * carry
        b += a >> 51
        c += b >> 51
        d += c >> 51
        e += d >> 51
        (a, b, c, d, e) = (a & Self.mask, b & Self.mask, c & Self.mask, d & Self.mask, e & Self.mask)
        let words = [a | b << 51, b >> 13 | c << 38, c >> 26 | d << 25, d >> 39 | e << 12]
        return words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) } }
    }

    /// Whether the number below p is odd: what a point's encoding calls the sign of x.
    var isOdd: Bool { bytes[0] & 1 == 1 }

    static func + (left: FieldElement25519, right: FieldElement25519) -> FieldElement25519 {
        let (a, b) = (left.limbs, right.limbs)
        return carried(FieldElement25519((a.0 + b.0, a.1 + b.1, a.2 + b.2, a.3 + b.3, a.4 + b.4)))
    }

    static func - (left: FieldElement25519, right: FieldElement25519) -> FieldElement25519 {
        let (a, b) = (left.limbs, right.limbs)
        // Four times p is added first, limb by limb, so that nothing falls below 0.
        let low = 4 * (mask - 18)
        let high = 4 * mask
        return carried(
            FieldElement25519(
                (a.0 + low - b.0, a.1 + high - b.1, a.2 + high - b.2, a.3 + high - b.3, a.4 + high - b.4)))
    }

    static prefix func - (value: FieldElement25519) -> FieldElement25519 { zero - value }

    static func * (left: FieldElement25519, right: FieldElement25519) -> FieldElement25519 {
        let (a, b) = (left.limbs, right.limbs)
        // 2^255 is 19 modulo p: what would go beyond the fifth limb comes back 19-fold.
        let (b1, b2, b3, b4) = (19 * b.1, 19 * b.2, 19 * b.3, 19 * b.4)
        var (r0, r1, r2, r3, r4) = (Sum128(), Sum128(), Sum128(), Sum128(), Sum128())
        r0.add(a.0, b.0, a.1, b4, a.2, b3, a.3, b2, a.4, b1)
        r1.add(a.0, b.1, a.1, b.0, a.2, b4, a.3, b3, a.4, b2)
        r2.add(a.0, b.2, a.1, b.1, a.2, b.0, a.3, b4, a.4, b3)
        r3.add(a.0, b.3, a.1, b.2, a.2, b.1, a.3, b.0, a.4, b4)
        r4.add(a.0, b.4, a.1, b.3, a.2, b.2, a.3, b.1, a.4, b.0)
        r1.add(r0.shifted)
        r2.add(r1.shifted)
        r3.add(r2.shifted)
        r4.add(r3.shifted)
        let first = (r0.low & mask) + 19 * r4.shifted
        return FieldElement25519(
            (first & mask, (r1.low & mask) + (first >> 51), r2.low & mask, r3.low & mask, r4.low & mask))
    }

    /// The square.
    var squared: FieldElement25519 { self * self }

    /// The power with a little-endian exponent of 32 bytes.
    func power(_ exponent: [UInt8]) -> FieldElement25519 {
        var result = Self.one
        for bit in stride(from: 255, through: 0, by: -1) {
            result = result.squared
            if exponent[bit / 8] >> UInt8(bit % 8) & 1 == 1 { result = result * self }
        }
        return result
    }

    /// 1 over the number: its power p - 2, by Fermat; 0 of 0.
    var inverse: FieldElement25519 { power(Self.exponent(low: 0xeb, high: 0x7f)) }

    /// A square root of `numerator` over `denominator`, nil where there is none.
    ///
    /// Source: RFC 8032, section 5.1.3, steps 2 and 3.
    static func squareRoot(of numerator: FieldElement25519, over denominator: FieldElement25519) -> FieldElement25519? {
        let cube = denominator.squared * denominator
        let seventh = cube.squared * denominator
        // The exponent is (p - 5) / 8 = 2^252 - 3.
        let candidate = numerator * cube * (numerator * seventh).power(exponent(low: 0xfd, high: 0x0f))
        let check = denominator * candidate.squared
        if check == numerator { return candidate }
        return check == -numerator ? candidate * rootOfMinusOne : nil
    }

    /// 2^((p - 1) / 4), a square root of -1; (p - 1) / 4 is 2^253 - 5.
    private static let rootOfMinusOne = FieldElement25519(2).power(exponent(low: 0xfb, high: 0x1f))

    /// 32 little-endian bytes that are all 0xff but the lowest and the highest.
    private static func exponent(low: UInt8, high: UInt8) -> [UInt8] {
        [low] + [UInt8](repeating: 0xff, count: 30) + [high]
    }

    private static func carried(_ value: FieldElement25519) -> FieldElement25519 {
        let limbs = value.limbs
        return FieldElement25519(
            (
                (limbs.0 & mask) + 19 * (limbs.4 >> 51), (limbs.1 & mask) + (limbs.0 >> 51),
                (limbs.2 & mask) + (limbs.1 >> 51), (limbs.3 & mask) + (limbs.2 >> 51),
                (limbs.4 & mask) + (limbs.3 >> 51)
            ))
    }
}

extension FieldElement25519: Equatable {
    static func == (left: FieldElement25519, right: FieldElement25519) -> Bool { left.bytes == right.bytes }
}

/// A sum of products of 64-bit numbers, with 128 bits.
private struct Sum128 {
    var low: UInt64 = 0
    var high: UInt64 = 0

    // Ten arguments, because a debug build must not pay for an array a product.
    mutating func add(
        _ a0: UInt64, _ b0: UInt64, _ a1: UInt64, _ b1: UInt64, _ a2: UInt64, _ b2: UInt64, _ a3: UInt64,
        _ b3: UInt64, _ a4: UInt64, _ b4: UInt64
    ) {
        add(a0.multipliedFullWidth(by: b0))
        add(a1.multipliedFullWidth(by: b1))
        add(a2.multipliedFullWidth(by: b2))
        add(a3.multipliedFullWidth(by: b3))
        add(a4.multipliedFullWidth(by: b4))
    }

    mutating func add(_ value: UInt64) {
        add((high: 0, low: value))
    }

    private mutating func add(_ product: (high: UInt64, low: UInt64)) {
        let (sum, overflow) = low.addingReportingOverflow(product.low)
        low = sum
        high &+= product.high &+ (overflow ? 1 : 0)
    }

    /// The sum over 2^51; it is below 2^64.
    var shifted: UInt64 { high << 13 | low >> 51 }
}
