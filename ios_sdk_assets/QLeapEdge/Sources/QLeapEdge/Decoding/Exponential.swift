import Foundation

/// The exponential function of many numbers at once: a window has thousands of log-variances.
///
/// x = k ln 2 + r with |r| <= ln 2 / 2, and e^x = 2^k e^r by the first 14 terms of the series; what is left out is below 1e-17.
/// It is straight arithmetic without branches, which a compiler turns into vector instructions. The result lies within two
/// units in the last place of `exp`.
enum Exponential {
    /// Beyond this the exponent of the result would leave its field: `exp` is called instead.
    static let mostMagnitude = 700.0

    /// exp(½ x) for each number: the roots of the numbers whose logarithms these are.
    static func squareRoots(ofLogarithms values: [Float]) -> [Double] {
        guard areAllWithin(Float(2 * mostMagnitude), values) else { return values.map { exp(0.5 * Double($0)) } }
        return values.withUnsafeBufferPointer { values in
            Array(unsafeUninitializedCapacity: values.count) { roots, count in
                guard let root = roots.baseAddress else { return }
                for index in 0..<values.count {
                    (root + index).initialize(to: power(0.5 * Double(values[index])))
                }
                count = values.count
            }
        }
    }

    /// Tells whether no number has a larger magnitude and each is one.
    static func areAllWithin(_ most: Float, _ values: [Float]) -> Bool {
        // As integers, magnitudes of numbers are ordered like themselves, and what is no number lies above all of them.
        values.withUnsafeBufferPointer { values in
            var largest: Int32 = 0
            for value in values {
                let magnitude = Int32(truncatingIfNeeded: value.bitPattern & 0x7fff_ffff)
                largest = magnitude > largest ? magnitude : largest
            }
            return UInt32(largest) <= most.bitPattern
        }
    }

    // ln 2 in two parts: the first has so few bits that k times it is exact.
    private static let highLn2 = 0x1.62e42feep-1
    private static let lowLn2 = 0x1.a39ef35793c76p-33
    private static let reciprocalLn2 = 1.4426950408889634
    /// Added, it rounds to a whole number, which then stands in the lowest bits.
    private static let rounder = 0x1.8p52

    @inline(__always)
    private static func power(_ x: Double) -> Double {
        let shifted = x * reciprocalLn2 + rounder
        let k = shifted - rounder
        let r = (x - k * highLn2) - k * lowLn2
        var sum = 1.0 / 6_227_020_800
        sum = sum * r + 1.0 / 479_001_600
        sum = sum * r + 1.0 / 39_916_800
        sum = sum * r + 1.0 / 3_628_800
        sum = sum * r + 1.0 / 362_880
        sum = sum * r + 1.0 / 40_320
        sum = sum * r + 1.0 / 5040
        sum = sum * r + 1.0 / 720
        sum = sum * r + 1.0 / 120
        sum = sum * r + 1.0 / 24
        sum = sum * r + 1.0 / 6
        sum = sum * r + 0.5
        sum = sum * r + 1
        sum = sum * r + 1
        // 2^k: k is added to the exponent's field.
        return Double(bitPattern: sum.bitPattern &+ (shifted.bitPattern &<< 52))
    }
}
