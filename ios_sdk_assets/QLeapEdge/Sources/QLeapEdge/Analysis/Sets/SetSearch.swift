/// The sets in slow signals that come piece by piece, in bounded memory.
///
/// Windows in which a signal repeats gather in a span. A span is over when no such window begins for half a minute, or after
/// eight minutes; the sets in it are then looked for in the span and 20 s around it. Every decision depends on the place of a
/// window since the start of the stretch and on nothing else.
struct SetSearch: Sendable {
    private let parameters: AnalysisParameters
    private var slow = SlowSignals()
    private var offset = 0  // step of the stretch at which the kept signals begin
    private var next = 0  // start of the next window
    private var begin = 0  // sets before it are returned already
    private var seeds: [Seed] = []

    init(_ parameters: AnalysisParameters) {
        self.parameters = parameters
    }

    /// The first step of the stretch that may still be needed.
    var neededFrom: Int { min(next, first) }

    /// The first step at which a set of the present span may begin.
    private var first: Int {
        max(0, begin, (seeds.first?.window.lowerBound ?? next) - aroundSteps)
    }

    private var aroundSteps: Int { parameters.search.aroundSteps }
    private var end: Int { offset + slow.count }

    /// Takes the next steps of the signals; returns the sets that are over.
    ///
    /// - Parameters:
    ///   - more: steps that follow those before.
    ///   - motion: of the stretch, from ``neededFrom`` on.
    mutating func push(_ more: SlowSignals, _ motion: VerticalMotion) -> [ExerciseSet] {
        slow.append(more)
        var found: [ExerciseSet] = []
        while next + parameters.seeds.windowSteps <= end {
            found += examine(next..<(next + parameters.seeds.windowSteps), motion)
            next += parameters.seeds.hopSteps
        }
        let surplus = min(neededFrom - offset, slow.count)
        if surplus > 0 {
            slow.removeFirst(surplus)
            offset += surplus
        }
        return found
    }

    /// Returns the sets that the end of the stretch ends.
    mutating func close(_ motion: VerticalMotion) -> [ExerciseSet] {
        if (1..<parameters.seeds.windowSteps).contains(end) {
            seeds += Seed.inWindow(0..<end, of: slow, parameters)
        }
        return seeds.isEmpty ? [] : search(until: end, motion).sets
    }

    private mutating func examine(_ window: Range<Int>, _ motion: VerticalMotion) -> [ExerciseSet] {
        var found: [ExerciseSet] = []
        let quiet = parameters.search.quietSteps - parameters.seeds.windowSteps
        if let last = seeds.last, window.lowerBound > last.window.upperBound + quiet {
            found = search(until: window.upperBound, motion).sets
            seeds = []
        }
        let inner = (window.lowerBound - offset)..<(window.upperBound - offset)
        for var seed in Seed.inWindow(inner, of: slow, parameters) {
            seed.window = window
            seeds.append(seed)
        }
        if !seeds.isEmpty, window.upperBound - first >= parameters.search.longestSteps {
            found += cut(at: window.upperBound, motion)
        }
        return found
    }

    /// The sets around the seeds, and the steps of the stretch between which each lies.
    private mutating func search(
        until limit: Int, _ motion: VerticalMotion
    ) -> (sets: [ExerciseSet], spans: [(first: Int, last: Int)]) {
        guard let newest = seeds.last else { return ([], []) }
        let (start, stop) = (first, min(limit, newest.window.upperBound + aroundSteps))
        // Otherwise all of it belongs to sets that are returned already.
        guard stop - start >= parameters.seeds.hopSteps else { return ([], []) }
        let part = slow.part((start - offset)..<(stop - offset))
        guard let startS = part.timeS.first, let endS = part.timeS.last else { return ([], []) }
        let around = motion.between(startS, endS)
        let shifted = seeds.map { seed in
            var copy = seed
            copy.window = (seed.window.lowerBound - start)..<(seed.window.upperBound - start)
            return copy
        }
        let chains = SetsOfSeeds(motion: around, slow: part, parameters: parameters).chains(shifted)
            .sorted { $0.span < $1.span }
        let sets = chains.map { chain in
            ExerciseSet(
                signal: chain.signal, found: stamped(chain, part), agreement: chain.agreement, motion: around,
                parameters)
        }
        let spans = chains.map { (first: start + $0.span.first, last: start + $0.span.last) }
        if let last = spans.last { begin = max(begin, last.last) }
        return (sets, spans)
    }

    /// The sets of a span that has become too long, but for one at its end that is still going on.
    private mutating func cut(at stop: Int, _ motion: VerticalMotion) -> [ExerciseSet] {
        let (start, earlier) = (first, begin)
        let unsettled = stop - parameters.search.unsettledSteps
        var (sets, spans) = search(until: stop, motion)
        begin = max(earlier, unsettled)
        if let last = spans.last, last.last > unsettled {
            let isGoingOn = last.first - start > 2 * aroundSteps
            begin = isGoingOn ? last.first - aroundSteps : last.last
            if isGoingOn {
                sets.removeLast()
                spans.removeLast()
            }
        }
        begin = max(begin, spans.map(\.last).max() ?? earlier, earlier)
        seeds = seeds.filter { $0.window.lowerBound >= begin }
        return sets
    }

    /// The repetitions of a chain with stamps in place of steps.
    private func stamped(_ chain: RepetitionChain, _ part: SlowSignals) -> [FoundRepetition] {
        let least = parameters.search.partial * chain.repetitions.map { $0.legs.max() }.median
        return chain.repetitions.map { swing in
            FoundRepetition(
                startS: part.timeS[swing.start], turnS: part.timeS[swing.turn], endS: part.timeS[swing.end],
                isPartial: swing.legs.max() < least)
        }
    }
}
