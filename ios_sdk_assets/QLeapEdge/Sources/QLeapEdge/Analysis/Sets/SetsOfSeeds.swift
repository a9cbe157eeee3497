/// The best chains of repetitions around seeds: regular, large enough, no walking; they do not overlap.
struct SetsOfSeeds {
    let motion: VerticalMotion
    let slow: SlowSignals
    let parameters: AnalysisParameters

    func chains(_ seeds: [Seed]) -> [RepetitionChain] {
        let search = parameters.search
        var found: [RepetitionChain] = []
        var tried: [RepetitionChain] = []
        var followed: [(signal: RepetitionSignal, middle: Int)] = []  // of two neighbouring windows the clearer one
        let order = seeds.indices.sorted {
            (-seeds[$0].autocorrelation, $0) < (-seeds[$1].autocorrelation, $1)
        }
        for seed in order.map({ seeds[$0] }) {
            let middle = (seed.window.lowerBound + seed.window.upperBound) / 2
            let known = tried.filter { $0.signal == seed.signal && $0.span.first <= middle && middle <= $0.span.last }
            let isBeside = followed.contains {
                $0.signal == seed.signal && abs($0.middle - middle) <= parameters.seeds.hopSteps
            }
            if known.count >= search.chainsOfAPart || isBeside { continue }
            followed.append((seed.signal, middle))
            let values = seed.axis.map { axis in slow.up.map { $0.dot(axis) } } ?? slow.heightM
            let window = (seed.window.lowerBound, seed.window.upperBound)
            guard var chain = finder(seed.signal).chain(values, around: window, amplitude: seed.amplitude) else {
                continue
            }
            let hasPromise =
                chain.repetitions.count >= search.leastToRefine && chain.agreement >= search.leastAgreementToRefine
            if hasPromise, !isWalking(chain) { chain = refined(chain) }
            tried.append(chain)
            let isLarge =
                chain.repetitions.count >= search.leastRepetitions
                && chain.amplitude >= parameters.seeds.leastAmplitude[chain.signal]
            if isLarge, chain.agreement >= search.leastAgreement, !isWalking(chain) { found.append(chain) }
        }
        return best(of: found)
    }

    private func finder(_ signal: RepetitionSignal) -> ChainFinder {
        ChainFinder(slow: slow, signal: signal, parameters: parameters)
    }

    private func isWalking(_ chain: RepetitionChain) -> Bool {
        Walking.explains(chain.repetitions, in: motion, from: slow.timeS[0], parameters)
    }

    /// Looks for a chain of turning again, along the axis between the two sides that were found.
    private func refined(_ given: RepetitionChain) -> RepetitionChain {
        guard given.signal == .turning else { return given }
        var chain = given
        for _ in 0..<parameters.search.refinements {
            let count = Double(chain.repetitions.count)
            let turns = chain.repetitions.reduce(SIMD3<Double>.zero) { $0 + slow.up[$1.turn] } / count
            let homes = chain.repetitions.reduce(SIMD3<Double>.zero) { $0 + slow.up[$1.start] + slow.up[$1.end] }
            let between = turns - homes / (2 * count)
            let axis = between / (between.norm + 1e-12)
            let window = (chain.span.first, chain.span.last)
            let again = finder(chain.signal).chain(
                slow.up.map { $0.dot(axis) }, around: window, amplitude: chain.amplitude)
            guard let again, again.repetitions.count >= chain.repetitions.count else { break }
            chain = again
        }
        return chain
    }

    /// The best chains that do not overlap: of those whose score is near the highest, the one that counts most.
    ///
    /// The same repetitions often show in both signals, and a signal loses one at the end of a set more easily than it invents
    /// one.
    private func best(of chains: [RepetitionChain]) -> [RepetitionChain] {
        var taken: [RepetitionChain] = []
        let scores = chains.map(\.score)
        var left = chains.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
        while let highest = left.first {
            let top = chains[highest]
            let rivals = left.filter {
                chains[$0].overlaps(top) && scores[$0] >= parameters.search.nearBest * scores[highest]
            }
            var pick = rivals.firstMaximum(by: <) { (chains[$0].weight, scores[$0]) } ?? highest
            if taken.contains(where: { chains[pick].overlaps($0) }) { pick = highest }
            taken.append(chains[pick])
            left = left.filter { !chains[$0].overlaps(chains[pick]) && !chains[$0].overlaps(top) }
        }
        return taken
    }
}
