/// The two slow signals in which repetitions show: how the wrist is turned, and how high it is.
struct SlowSignals: Sendable {
    /// Seconds, on the clock of the samples; steps of 0.05 s.
    var timeS: [Double] = []
    /// Direction of the vertical in device axes, low-passed.
    var up: [SIMD3<Double>] = []
    /// Height of the wrist, metres, high-passed: right in shape within a few seconds, not over a whole set.
    var heightM: [Double] = []

    var count: Int { timeS.count }

    /// The steps of a range.
    func part(_ steps: Range<Int>) -> SlowSignals {
        SlowSignals(timeS: Array(timeS[steps]), up: Array(up[steps]), heightM: Array(heightM[steps]))
    }

    mutating func append(_ other: SlowSignals) {
        timeS += other.timeS
        up += other.up
        heightM += other.heightM
    }

    mutating func removeFirst(_ count: Int) {
        timeS.removeFirst(count)
        up.removeFirst(count)
        heightM.removeFirst(count)
    }
}
