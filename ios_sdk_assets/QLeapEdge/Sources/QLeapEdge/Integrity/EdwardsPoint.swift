/// A point of the curve -x² + y² = 1 + d x² y² modulo 2^255 - 19, as X, Y, Z, T with x = X/Z, y = Y/Z and x y = T/Z.
///
/// Source: RFC 8032, sections 5.1 and 5.1.2 to 5.1.4.
struct EdwardsPoint: Sendable {
    private let x: FieldElement25519
    private let y: FieldElement25519
    private let z: FieldElement25519
    private let t: FieldElement25519

    /// The neutral element, (0, 1).
    static let neutral = EdwardsPoint(x: .zero, y: .one)

    /// The base point: y = 4/5, and x the even one of the two.
    static let base: EdwardsPoint = {
        let y = FieldElement25519(4) * FieldElement25519(5).inverse
        let x = root(atY: y) ?? .zero
        return EdwardsPoint(x: x.isOdd ? -x : x, y: y)
    }()

    /// d = -121665/121666.
    private static let d = -(FieldElement25519(121_665) * FieldElement25519(121_666).inverse)
    private static let twiceD = d + d

    private init(x: FieldElement25519, y: FieldElement25519) {
        self.init(x: x, y: y, z: .one, t: x * y)
    }

    private init(x: FieldElement25519, y: FieldElement25519, z: FieldElement25519, t: FieldElement25519) {
        (self.x, self.y, self.z, self.t) = (x, y, z, t)
    }

    /// Reads 32 bytes: y, little-endian, and the sign of x in the highest bit.
    ///
    /// Nil when y is not below p, when no point has it, or when x is 0 and its sign is not.
    init?(canonical bytes: [UInt8]) {
        guard bytes.count == 32, let y = FieldElement25519(canonical: bytes), let root = Self.root(atY: y) else {
            return nil
        }
        let isOdd = bytes[31] >> 7 == 1
        guard root != .zero || !isOdd else { return nil }
        self.init(x: root.isOdd == isOdd ? root : -root, y: y)
    }

    /// The 32 bytes that only this point has.
    var bytes: [UInt8] {
        let inverse = z.inverse
        var bytes = (y * inverse).bytes
        bytes[31] |= (x * inverse).isOdd ? 0x80 : 0
        return bytes
    }

    /// Whether eight times the point is the neutral element.
    var hasSmallOrder: Bool {
        let eight = doubled.doubled.doubled
        return eight.x == .zero && eight.y == eight.z
    }

    static prefix func - (point: EdwardsPoint) -> EdwardsPoint {
        EdwardsPoint(x: -point.x, y: point.y, z: point.z, t: -point.t)
    }

    static func + (left: EdwardsPoint, right: EdwardsPoint) -> EdwardsPoint {
        let a = (left.y - left.x) * (right.y - right.x)
        let b = (left.y + left.x) * (right.y + right.x)
        let c = left.t * twiceD * right.t
        let depth = left.z * right.z
        let twice = depth + depth
        return EdwardsPoint(e: b - a, f: twice - c, g: twice + c, h: b + a)
    }

    /// The point plus itself.
    var doubled: EdwardsPoint {
        let a = x.squared
        let b = y.squared
        let c = z.squared
        let h = a + b
        let g = a - b
        return EdwardsPoint(e: h - (x + y).squared, f: c + c + g, g: g, h: h)
    }

    /// [m]P + [n]Q for little-endian scalars of 32 bytes: both are worked off bit by bit in one pass.
    static func combination(
        _ m: [UInt8], _ first: EdwardsPoint, _ n: [UInt8], _ second: EdwardsPoint
    ) -> EdwardsPoint {
        let both = first + second
        var sum = neutral
        for bit in stride(from: 255, through: 0, by: -1) {
            sum = sum.doubled
            switch (m[bit / 8] >> UInt8(bit % 8) & 1, n[bit / 8] >> UInt8(bit % 8) & 1) {
            case (1, 1): sum = sum + both
            case (1, _): sum = sum + first
            case (_, 1): sum = sum + second
            default: break
            }
        }
        return sum
    }

    /// What addition and doubling end with.
    private init(e: FieldElement25519, f: FieldElement25519, g: FieldElement25519, h: FieldElement25519) {
        self.init(x: e * f, y: g * h, z: f * g, t: e * h)
    }

    /// One of the two x that a point with this y has: the root of (y² - 1) / (d y² + 1).
    private static func root(atY y: FieldElement25519) -> FieldElement25519? {
        let square = y.squared
        return FieldElement25519.squareRoot(of: square - .one, over: d * square + .one)
    }
}
