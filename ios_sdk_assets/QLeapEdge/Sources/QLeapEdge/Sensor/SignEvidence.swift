/// Evidence about the signs of CoreMotion's columns, added up over the samples of a stream.
///
/// A wrong sign is a property of an integration, not of a window, and a window in which the arm does not swing does not show it.
/// Two relations do, over time. *Swing*: the lever from the joint to the watch that fits the user acceleration must point to the
/// hand and out of the glass. *Correction*: CoreMotion's gravity follows the user acceleration slowly, so both have the same sign.
///
/// The same arithmetic as the Python package's `qleap_edge.alignment.sign_evidence`. How the stream is cut changes nothing;
/// the memory is constant. A wrong ``WearConfiguration`` changes the direction of the swing along the arm only, and leaves it open.
public struct SignEvidence: Sendable {
    /// Length of a block, seconds.
    package static let blockS = 0.1
    /// A longer step between two samples starts a new stretch, seconds.
    package static let maximumGapS = 0.1
    /// Blocks that turn, before the swing is judged.
    package static let leastBlocks = 40
    /// Share of the acceleration's power that the lever must explain.
    package static let leastShare = 0.1
    /// A coordinate of the lever below this has no direction, m.
    package static let leastLeverM = 0.002
    /// Spans before the correction is judged: 13 s.
    package static let leastSpans = 60
    /// Standard errors beyond which the correction decides.
    package static let leastCorrection = 3.0
    /// Seconds: a block of ten samples at 100 Hz is 0.1 s long, whatever the rounding of the stamps.
    private static let slackS = 1e-6

    /// How the watch is worn.
    package let wear: WearConfiguration
    private var lever = LeverFit()
    private var gravity = GravityCorrection()
    private var newest: MotionSample?
    private var blockStartS = 0.0

    /// Starts without evidence.
    public init(wear: WearConfiguration) {
        self.wear = wear
    }

    /// Blocks of 0.1 s that turn.
    package var blocks: Int { lever.blocks }

    /// Spans of 1 s over which gravity's correction was measured; a new one starts every 0.2 s.
    package var spans: Int { gravity.spans }

    /// Adds a sample that follows those before.
    ///
    /// After a gap, a step back in time or a value that no sensor gives a new stretch starts; the evidence of before stays. A
    /// sample with the same stamp as the one before is dropped.
    public mutating func add(_ sample: MotionSample) {
        guard sample.isUsable else {
            newest = nil
            return
        }
        guard let last = newest, sample.timestamp >= last.timestamp,
            sample.timestamp - last.timestamp <= Self.maximumGapS
        else {
            newest = sample
            begin(with: sample)
            return
        }
        let seconds = sample.timestamp - last.timestamp
        guard seconds > 0 else { return }
        newest = sample
        let rate = (last.rotationRate, sample.rotationRate)
        lever.step((last.kinematicAcceleration, sample.kinematicAcceleration), rate, seconds: seconds)
        gravity.step((last.userAcceleration, sample.userAcceleration), rate, seconds: seconds)
        if sample.timestamp >= blockStartS + Self.blockS - Self.slackS {
            lever.end(rate: sample.rotationRate, seconds: sample.timestamp - blockStartS)
            lever.begin(rate: sample.rotationRate)
            gravity.endBlock(gravity: sample.gravity)
            blockStartS = sample.timestamp
        }
    }

    /// From the joint to the watch, device axes, m; nil before ``leastBlocks`` blocks.
    package var leverM: SIMD3<Double>? { fit?.lever }

    /// Share of the acceleration's power that the lever explains; nil where there is no lever.
    package var explainedShare: Double? { fit?.share }

    /// How far gravity's correction points along the user acceleration, in standard errors; nil before ``leastSpans`` spans.
    package var correction: Double? { spans >= Self.leastSpans ? gravity.figure : nil }

    /// What swing and correction say together so far.
    public var verdict: SignVerdict {
        if min(swing, follows) < 0 { return .reversed }
        return swing > 0 && follows > 0 ? .consistent : .undecided
    }

    private mutating func begin(with sample: MotionSample) {
        blockStartS = sample.timestamp
        lever.begin(rate: sample.rotationRate)
        gravity.begin(gravity: sample.gravity)
    }

    private var fit: (lever: SIMD3<Double>, share: Double)? { blocks >= Self.leastBlocks ? lever.result : nil }

    /// 1 where the lever fits the sign of the user acceleration, -1 where it fits the opposite sign only, else 0.
    private var swing: Int {
        guard let fit, fit.share > Self.leastShare, min(abs(fit.lever.x), abs(fit.lever.z)) >= Self.leastLeverM
        else { return 0 }
        let toHand = (fit.lever.x > 0) == wear.xPointsDistal
        let outOfGlass = fit.lever.z > 0
        return toHand == outOfGlass ? (toHand ? 1 : -1) : 0
    }

    /// 1 where gravity and user acceleration have the same sign, -1 where they have not, else 0.
    private var follows: Int {
        guard let correction, abs(correction) >= Self.leastCorrection else { return 0 }
        return correction > 0 ? 1 : -1
    }
}

extension MotionSample {
    fileprivate var kinematicAcceleration: SIMD3<Double> { userAcceleration * -ForearmFrame.standardGravity }

    /// Whether the values are such as a sensor gives, g or rad/s: the sums would keep the square of any larger one for ever.
    fileprivate var isUsable: Bool {
        timestamp.isFinite
            && [gravity, userAcceleration, rotationRate].allSatisfy { vector in
                (0..<3).allSatisfy { abs(vector[$0]) <= MotionResampler.maximumMagnitude }
            }
    }
}
