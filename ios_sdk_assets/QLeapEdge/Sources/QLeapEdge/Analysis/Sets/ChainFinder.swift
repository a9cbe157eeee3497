/// Finds the repetitions around a window in which a signal repeats.
///
/// The median of the swings in the window is the template. Swings whose legs are both like it are repetitions; between two of
/// them a swing counts as well that differs more, since nobody racks a weight in between.
struct ChainFinder {
    let slow: SlowSignals
    let signal: RepetitionSignal
    let parameters: AnalysisParameters

    /// Returns the repetitions around a window, nil if there are none.
    ///
    /// Home is the side that gives more repetitions; if both give as many, it is where the wrist stays longer.
    ///
    /// - Parameters:
    ///   - values: the signal in one dimension.
    ///   - window: first and last step of the window.
    ///   - amplitude: of the swings in the window, in the signal's unit.
    func chain(_ values: [Double], around window: (Int, Int), amplitude: Double) -> RepetitionChain? {
        var reach = parameters.chain.reachSteps
        let near = parameters.chain.nearEdgeSteps
        while true {
            let first = max(0, window.0 - reach)
            let stop = min(slow.count, window.1 + reach)
            let part = ChainFinder(slow: slow.part(first..<stop), signal: signal, parameters: parameters)
            let inner = (window.0 - first, window.1 - first)
            guard let chain = part.chainWithin(Array(values[first..<stop]), inner, amplitude) else { return nil }
            let isEarly = first > 0 && chain.span.first < near
            let isLate = stop < slow.count && chain.span.last > stop - first - near
            if !isEarly, !isLate { return chain.moved(by: first) }
            reach *= 2
        }
    }

    private func chainWithin(_ values: [Double], _ window: (Int, Int), _ given: Double) -> RepetitionChain? {
        var amplitude = given
        var chain: RepetitionChain?
        for _ in 0..<parameters.chain.larger {
            let points = Swing.turningPoints(values, threshold: parameters.swings.hysteresis * amplitude)
            let sides = (0...1).compactMap { side in
                oneSided(
                    values,
                    Swing.all(in: values, points: points, side: side, amplitude: amplitude, parameters.swings), window,
                    amplitude)
            }
            chain = sides.firstMaximum(by: <) { ($0.weight, $0.stayAtHome) }
            guard let chain else { return nil }
            if chain.repetitions.map({ Double($0.passes) / 2 }).mean <= 0.5 { break }
            amplitude *= parameters.swings.largestLeg  // most legs lead past what was taken for home
        }
        return chain
    }

    private func oneSided(
        _ values: [Double], _ found: [Swing], _ window: (Int, Int), _ amplitude: Double
    ) -> RepetitionChain? {
        var likeness = SwingLikeness(found, in: slow, signal, parameters)
        let inside = found.map { window.0 <= $0.turn && $0.turn <= window.1 }
        var chosen = found.indices.filter { inside[$0] && likeness.hasSize($0, of: amplitude) }
        var run: [Int] = []
        for _ in 0..<parameters.chain.cycles {
            guard !chosen.isEmpty else { return nil }
            likeness.compare(with: chosen)
            run = likeness.run(inside: inside)
            guard !run.isEmpty else { return nil }
            chosen = run.filter { likeness.alike[$0][0] && likeness.alike[$0][1] }
        }
        let (extended, passes) = likeness.withEnds(run)
        run = likeness.trimmed(extended)
        guard !run.isEmpty else { return nil }
        let repetitions = run.map { found[$0] }
        return RepetitionChain(
            signal: signal, repetitions: repetitions, amplitude: likeness.usual, agreement: likeness.agreement(run),
            passes: passes, stayAtHome: stayAtHome(values, repetitions), rateHz: parameters.slowSignals.rateHz)
    }

    /// By how much the share of time near home exceeds the share near the turn.
    ///
    /// The two seconds before the first and after the last repetition together weigh as much as the time between them: a set
    /// begins and ends with a rest at home, whatever pauses are held at the turn.
    private func stayAtHome(_ values: [Double], _ repetitions: [Swing]) -> Double {
        guard let first = repetitions.first?.start, let last = repetitions.last?.end else { return 0 }
        let around = Int(parameters.chain.aroundS * parameters.slowSignals.rateHz)
        let home = repetitions.map { values[$0.start] }.median
        let turn = repetitions.map { values[$0.turn] }.median
        let way = values.map { ($0 - home) / (turn - home + 1e-12) }
        let outside = way[max(0, first - around)..<first] + way[last..<min(way.count, last + around)]
        return [way[first..<last], outside].filter { !$0.isEmpty }.reduce(0) { sum, part in
            let atHome = part.reduce(0) { $0 + ($1 < 0.25 ? 1 : 0) }
            let atTurn = part.reduce(0) { $0 + ($1 > 0.75 ? 1 : 0) }
            return sum + Double(atHome - atTurn) / Double(part.count)
        }
    }
}
