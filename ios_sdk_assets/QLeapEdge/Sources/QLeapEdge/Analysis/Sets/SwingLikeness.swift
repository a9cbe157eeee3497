/// The swings of one side, and how each compares with a template: the median of some of them.
///
/// A leg may be smaller or larger than the template's, because a repetition may be partial: its size is fitted first.
struct SwingLikeness {
    let found: [Swing]
    private let signal: RepetitionSignal
    private let steps: Int
    private let chain: ChainParameters
    private let largestLeg: Double
    private let rateHz: Double
    private let shapes: [SwingShape]
    private let inTime: [[Bool]]
    private var off: [SIMD2<Double>]
    private var fitted: [SIMD2<Double>]
    /// Whether each leg is like the template's.
    private(set) var alike: [[Bool]]
    /// Median leg of the template, in the signal's unit.
    private(set) var usual = 0.0

    init(_ found: [Swing], in slow: SlowSignals, _ signal: RepetitionSignal, _ parameters: AnalysisParameters) {
        self.found = found
        self.signal = signal
        steps = slow.count
        chain = parameters.chain
        largestLeg = parameters.swings.largestLeg
        rateHz = parameters.slowSignals.rateHz
        let (longest, rateHz) = (chain.longestS, rateHz)
        inTime = found.map { swing in
            [swing.turn - swing.start, swing.end - swing.turn].map { Double($0) / rateHz <= longest }
        }
        shapes = found.map { SwingShape(of: $0, in: slow, parameters.chain) }
        off = found.map { _ in .zero }
        fitted = off
        alike = found.map { _ in [false, false] }
    }

    /// Whether both legs of a swing are neither much smaller nor much larger than an amplitude.
    func hasSize(_ place: Int, of amplitude: Double) -> Bool {
        let legs = found[place].legs
        return legs.min() >= chain.smallest * amplitude && legs.max() <= largestLeg * amplitude
    }

    /// Takes the median of the chosen swings as the template and compares every swing with it.
    mutating func compare(with chosen: [Int]) {
        let template = SwingShape.median(chosen.map { shapes[$0] })
        usual = chosen.flatMap { [found[$0].legs.x, found[$0].legs.y] }.median
        compareShapes(with: template)
        for place in found.indices {
            for leg in 0..<2 {
                let size = found[place].legs[leg]
                alike[place][leg] =
                    off[place][leg] <= chain.alike && fitted[place][leg] >= chain.smallest && inTime[place][leg]
                    && size >= chain.smallest * usual && size <= largestLeg * usual
            }
        }
    }

    private mutating func compareShapes(with template: SwingShape) {
        var home = (template.legs[0][0] + template.legs[1][0]) * 0.5
        home.w = 0
        let way = template.legs.map { leg in leg.map { $0 - home } }
        var spread = SIMD4<Double>.zero
        for leg in template.legs {
            let mean = leg.reduce(.zero, +) / Double(leg.count)
            for value in leg { spread += (value - mean) * (value - mean) }
        }
        spread /= Double(2 * chain.legSteps)
        let turnScale = max((spread.x + spread.y + spread.z).squareRoot(), chain.leastTurning[signal])
        let heightScale = max(spread.w.squareRoot(), chain.leastHeight[signal])
        for place in found.indices {
            for leg in 0..<2 {
                let values = shapes[place].legs[leg]
                let square = way[leg].reduce(0) { $0 + ($1 * $1).sum() }
                let product = zip(values, way[leg]).reduce(0) { $0 + (($1.0 - home) * $1.1).sum() }
                let size = product / (square + 1e-12)
                let bounded = min(max(size, chain.smallest), largestLeg)
                var rest = SIMD4<Double>.zero
                for (value, expected) in zip(values, way[leg]) {
                    let difference = value - home - bounded * expected
                    rest += difference * difference
                }
                rest /= Double(chain.legSteps)
                let turning = (rest.x + rest.y + rest.z).squareRoot() / turnScale
                off[place][leg] = max(turning, rest.w.squareRoot() / heightScale)
                fitted[place][leg] = size
            }
        }
    }

    /// The places of the repetitions that follow one another and most of which turn in the window.
    func run(inside: [Bool]) -> [Int] {
        let whole = found.indices.map { alike[$0][0] && alike[$0][1] }
        let places = found.indices.filter { whole[$0] }
        guard let start = places.first else { return [] }
        var runs = [[start]]
        for (before, after) in zip(places, places.dropFirst()) {
            let between = (before + 1)..<after
            let more = between.filter(isLarge) + [after]
            let follow = zip([before] + more, more).allSatisfy { isNext($0, $1) }
            if follow, between.count <= chain.mostBetween {
                runs[runs.count - 1] += more
            } else {
                runs.append([after])
            }
        }
        let run = runs.firstMaximum { places in places.filter { inside[$0] }.count } ?? []
        let exact = run.filter { whole[$0] }
        return Double(run.count - exact.count) > chain.shareBetween * Double(run.count) ? exact : run
    }

    /// Whether a swing that differs from the template may stand between two repetitions.
    private func isLarge(_ place: Int) -> Bool {
        (0..<2).allSatisfy { leg in
            found[place].legs[leg] >= chain.smallest * usual && inTime[place][leg] && off[place][leg] <= chain.between
        }
    }

    /// Adds swings at either end of which the leg next to the set is like the template; returns how many ends pass home.
    func withEnds(_ given: [Int]) -> (run: [Int], passes: Int) {
        var (run, passes) = (given, 0)
        for (way, near, far) in [(-1, 1, 0), (1, 0, 1)] {
            guard var last = way < 0 ? run.first : run.last else { continue }
            var place = last + way
            while found.indices.contains(place), fitsAtEnd(place, near, far), isNext(min(last, place), max(last, place))
            {
                if way < 0 { run.insert(place, at: 0) } else { run.append(place) }
                if !alike[place][far] {
                    passes += (far == 0 ? found[place].comesFromPast : found[place].leadsPast) ? 1 : 0
                    break
                }
                (last, place) = (place, place + way)
            }
        }
        return (run, passes)
    }

    /// Leaves swings at both ends out that are much smaller or less alike than the set is, unless the recording cuts them.
    func trimmed(_ given: [Int]) -> [Int] {
        let differences = off.map { ($0.x + $0.y) / 2 }
        let largest = max(chain.endOffLeast, chain.endOff * given.map { differences[$0] }.median)
        func isOutlier(_ place: Int) -> Bool {
            let isSmall = fitted[place].max() < chain.endSize
            return !isCutOff(place) && (differences[place] > largest || isSmall)
        }
        var run = given[...]
        while let first = run.first, isOutlier(first) { run = run.dropFirst() }
        while let last = run.last, isOutlier(last) { run = run.dropLast() }
        return Array(run)
    }

    /// The mean correlation of the repetitions, stretched to the same duration, with the median of all.
    func agreement(_ run: [Int]) -> Double {
        let centred = run.map { place in
            let values = shapes[place].legs.flatMap(\.self)
            let mean = values.reduce(.zero, +) / Double(values.count)
            return SwingShape(legs: [values.map { $0 - mean }])
        }
        let usual = SwingShape.median(centred).legs[0]
        let power = usual.reduce(0) { $0 + ($1 * $1).sum() }
        return centred.map { shape in
            let own = shape.legs[0].reduce(0) { $0 + ($1 * $1).sum() }
            let product = zip(shape.legs[0], usual).reduce(0) { $0 + ($1.0 * $1.1).sum() }
            return product / ((own * power).squareRoot() + 1e-12)
        }.mean
    }

    /// Whether the rest between two swings is short enough.
    private func isNext(_ one: Int, _ other: Int) -> Bool {
        Double(found[other].start - found[one].end) / rateHz <= chain.longestS
    }

    private func fitsAtEnd(_ place: Int, _ near: Int, _ far: Int) -> Bool {
        let size = min(found[place].legs[far] / usual, fitted[place][far])
        return alike[place][near] && size >= chain.smallest && off[place][far] <= chain.alike && inTime[place][far]
    }

    /// Whether the recording begins or ends within a swing.
    private func isCutOff(_ place: Int) -> Bool {
        let edge = chain.atEdgeS * rateHz
        return Double(found[place].start) <= edge || Double(found[place].end) >= Double(steps - 1) - edge
    }
}
