/// Whether the watch's +x points to the hand or to the elbow, from the motion of the arm, in constant memory.
///
/// An arm that turns about elbow or shoulder moves the watch with a = ([α]× + [ω]×[ω]×) r, where r runs from the joint to the
/// watch. The r that fits best points to the hand; where no r fits (R² ≤ 0.3) the test abstains. The arithmetic of
/// `qleap_edge.alignment.lever_arm`, in overlapping pieces.
///
/// Source: Seel, Raisch & Schauer, "IMU-based joint angle measurement for gait analysis", Sensors 14 (2014).
package struct LeverArmTest: Sendable {
    private static let bandHz = 6.0
    private static let leastTurn = 1.0  // rad/s
    private static let leastR2 = 0.3
    private static let leastS = 2.0
    private static let shortestStretchS = 4.0
    private static let pieceS = 20.0
    private static let overlapS = 3.0  // what the filter remembers is a tenth of it
    private static let maximumGapS = 0.1

    private var waiting: [MotionSample] = []
    private var lead = 0  // of `waiting`, counted already
    private var lastS: Double?
    private var startS = 0.0
    private var normal: [SIMD3<Double>] = [.zero, .zero, .zero]
    private var moment = SIMD3<Double>.zero
    private var sum = 0.0
    private var squares = 0.0
    private var rows = 0
    private var seconds = 0.0

    /// Starts without evidence.
    package init() {}

    /// Adds a sample that follows those before; a bad one is skipped.
    package mutating func add(_ sample: MotionSample) {
        guard sample.problem(after: lastS) == nil else { return }
        if let lastS, sample.timestamp - lastS > Self.maximumGapS { endStretch() }
        if waiting.isEmpty { startS = sample.timestamp }
        waiting.append(sample)
        lastS = sample.timestamp
        let begin = waiting[lead].timestamp
        if sample.timestamp - begin >= Self.pieceS + Self.overlapS {
            let stop = waiting.firstIndex { $0.timestamp >= begin + Self.pieceS } ?? waiting.count
            count(lead..<stop)
            let kept = waiting.firstIndex { $0.timestamp >= begin + Self.pieceS - Self.overlapS } ?? 0
            waiting.removeFirst(kept)
            lead = stop - kept
        }
    }

    /// The result for all samples so far.
    package var result: Result {
        var copy = self
        copy.endStretch()
        return copy.solved
    }

    private mutating func endStretch() {
        if let lastS, lastS - startS >= Self.shortestStretchS { count(lead..<waiting.count) }
        waiting = []
        lead = 0
    }

    /// Adds the rows of a range that turn; the rows around it enter the filter only.
    private mutating func count(_ range: Range<Int>) {
        guard let first = waiting.first, let last = waiting.last, waiting.count > 1, !range.isEmpty else { return }
        let rateHz = Double(waiting.count - 1) / (last.timestamp - first.timestamp)
        guard rateHz > 2 * Self.bandHz else { return }
        let filter = ZeroPhaseFilter(cutoffHz: Self.bandHz, rateHz: rateHz, .low)
        func smooth(_ value: (MotionSample) -> SIMD3<Double>) -> [SIMD3<Double>] {
            let columns = (0..<3).map { axis in filter.filtered(waiting.map { value($0)[axis] }) }
            return waiting.indices.map { SIMD3(columns[0][$0], columns[1][$0], columns[2][$0]) }
        }
        let rate = smooth { $0.rotationRate }
        let pull = smooth { $0.userAcceleration * -ForearmFrame.standardGravity }
        for row in range where rate[row].norm > Self.leastTurn {
            let (before, after) = (max(0, row - 1), min(rate.count - 1, row + 1))
            let turn = (rate[after] - rate[before]) * (rateHz / Double(max(after - before, 1)))
            add(rate[row], turn, pull[row])
            seconds += 1 / rateHz
        }
    }

    private mutating func add(_ rate: SIMD3<Double>, _ turn: SIMD3<Double>, _ pull: SIMD3<Double>) {
        for axis in 0..<3 {
            var unit = SIMD3<Double>.zero
            unit[axis] = 1
            // Row `axis` of [α]× + [ω]×[ω]×.
            let row = unit.cross(turn) + rate * rate[axis] - unit * rate.dot(rate)
            for column in 0..<3 { normal[column] += row[column] * row }
            moment += row * pull[axis]
        }
        sum += pull.sum()
        squares += pull.dot(pull)
        rows += 3
    }

    private var solved: Result {
        guard seconds >= Self.leastS else { return Result(leverM: .zero, r2: nil, seconds: seconds) }
        let determinant = normal[0].dot(normal[1].cross(normal[2]))
        guard abs(determinant) > 1e-12 else { return Result(leverM: .zero, r2: nil, seconds: seconds) }
        let lever =
            (normal[1].cross(normal[2]) * moment.x + normal[2].cross(normal[0]) * moment.y
                + normal[0].cross(normal[1]) * moment.z) / determinant
        let product = SIMD3(normal[0].dot(lever), normal[1].dot(lever), normal[2].dot(lever))
        let left = squares - 2 * lever.dot(moment) + lever.dot(product)
        let spread = squares - sum * sum / Double(rows)
        return Result(leverM: lever, r2: spread > 0 ? 1 - left / spread : 0, seconds: seconds)
    }

    /// The fitted lever and what follows from it.
    package struct Result: Sendable {
        /// From the joint to the watch, device axes, metres; zeros when nothing could be fitted.
        package let leverM: SIMD3<Double>
        /// Of the fit; nil when there was nothing to fit.
        package let r2: Double?
        /// Length of the turning motion that was used.
        package let seconds: Double

        /// What the session document says about the wear.
        func statement(_ wear: WearConfiguration) -> WearStatement {
            let isFound = (r2 ?? 0) > LeverArmTest.leastR2
            let pointsDistal = leverM.x > 0
            let agreement = isFound ? (pointsDistal == wear.xPointsDistal ? "consistent" : "contradicts") : "abstains"
            return WearStatement(
                wrist: wear.wrist, crown: wear.crown, source: "given", leverArm: agreement,
                verdict: isFound ? (pointsDistal ? "distal" : "proximal") : "abstain",
                lever: [leverM.x, leverM.y, leverM.z], r2: r2, seconds: seconds)
        }
    }
}
