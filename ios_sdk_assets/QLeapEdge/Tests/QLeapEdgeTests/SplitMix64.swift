/// Random numbers that are the same on every system and in every run.
///
/// Source: Steele, Lea & Flood, Fast splittable pseudorandom number generators (OOPSLA 2014), figure 14.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    /// A generator of one case: the same seed and number give the same numbers, whatever was drawn before.
    init(seed: UInt64, number: Int = 0) {
        state = seed
        state = next() ^ UInt64(truncatingIfNeeded: number)
        state = next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// True with a probability.
    mutating func chance(_ share: Double) -> Bool { Double.random(in: 0..<1, using: &self) < share }

    /// One of several; the collection must not be empty.
    mutating func pick<C: Collection>(_ values: C) -> C.Element {
        values[values.index(values.startIndex, offsetBy: Int.random(in: 0..<values.count, using: &self))]
    }
}
