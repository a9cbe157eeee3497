/// Repetitions that follow one another and are alike.
struct RepetitionChain {
    let signal: RepetitionSignal
    let repetitions: [Swing]
    /// Median leg, in the signal's unit.
    let amplitude: Double
    /// Mean correlation of the repetitions with their median, both signals together; 1: all alike.
    let agreement: Double
    /// How many of both ends pass home without a stop: 0, 1 or 2.
    let passes: Int
    /// By how much the share of time near home exceeds the share near the turn.
    let stayAtHome: Double
    private let rateHz: Double

    init(
        signal: RepetitionSignal, repetitions: [Swing], amplitude: Double, agreement: Double, passes: Int,
        stayAtHome: Double, rateHz: Double
    ) {
        self.signal = signal
        self.repetitions = repetitions
        self.amplitude = amplitude
        self.agreement = agreement
        self.passes = passes
        self.stayAtHome = stayAtHome
        self.rateHz = rateHz
    }

    /// The first and the last step.
    var span: (first: Int, last: Int) {
        (repetitions.first?.start ?? 0, repetitions.last?.end ?? 0)
    }

    /// The seconds covered, weighted with agreement and with regularity of the durations.
    var score: Double {
        let seconds = repetitions.map { Double($0.end - $0.start) }
        let regular = 1 - min(seconds.standardDeviation / seconds.mean, 0.9)
        return agreement * regular * Double(span.last - span.first) / rateHz
    }

    /// The number of repetitions; an end that passes home counts half.
    var weight: Double { Double(repetitions.count) - 0.5 * Double(passes) }

    /// Whether both claim some of the same time.
    func overlaps(_ other: RepetitionChain) -> Bool {
        span.last > other.span.first && span.first < other.span.last
    }

    func moved(by steps: Int) -> RepetitionChain {
        RepetitionChain(
            signal: signal, repetitions: repetitions.map { $0.moved(by: steps) }, amplitude: amplitude,
            agreement: agreement, passes: passes, stayAtHome: stayAtHome, rateHz: rateHz)
    }
}
