/// Finds sets and repetitions of any exercise while samples come in, by physics alone and in bounded memory.
///
/// How the stream is cut into batches changes nothing. A gap of more than 0.1 s ends the stretch: no set reaches across it. The
/// same arithmetic as `qleap_edge.analysis.set_stream` of the Python package.
///
/// ```swift
/// var stream = SetStream(payload: payload)
/// for try await batch in batches {
///     for set in try stream.append(batch) { show(set.repetitions) }   // a set that is over
///     show(stream.provisional.last)                                    // what would be a set if it ended now
/// }
/// stream.finish().forEach { show($0.repetitions) }
/// ```
package struct SetStream: Sendable {
    /// Stretch at whose end the device's rate is known, seconds.
    package static let rateMeasurementS = 1.0
    /// Lowest and highest rate of a device, Hz.
    package static let ratesHz = 49.0...2000.0

    /// Samples that were skipped since the stream began.
    package private(set) var skipped = SkippedSamples()

    private let parameters: AnalysisParameters
    private let givenRateHz: Double?
    private var waiting: [MotionSample] = []  // of a stretch whose rate is not known yet
    private var stretch: Stretch?
    private var newest: MotionSample?
    private var lastS: Double?

    /// One stretch without gaps.
    private struct Stretch: Sendable {
        var motion: VerticalMotion
        let startS: Double
        var part = 0
        var search: SetSearch
    }

    /// Begins a stream.
    ///
    /// - Parameters:
    ///   - payload: the release, with the numbers that the analysis decides by.
    ///   - rateHz: of the samples; nil: measured over the first second of each stretch.
    package init(payload: EdgePayload, rateHz: Double? = nil) {
        self.init(payload.analysis, rateHz: rateHz)
    }

    init(_ parameters: AnalysisParameters, rateHz: Double? = nil) {
        self.parameters = parameters
        givenRateHz = rateHz
    }

    /// A set is returned so long after its last repetition, seconds, at the latest.
    package var delayS: Double {
        let steps = parameters.search.quietSteps + parameters.slowSignals.partSteps + parameters.slowSignals.reachSteps
        return Double(steps) / parameters.slowSignals.rateHz + 1
    }

    /// Samples in memory: no more than those of about nine minutes, and of one call.
    package var keptSamples: Int { waiting.count + (stretch?.motion.count ?? 0) }

    /// Takes the next samples; returns the sets that are over by now, in the order of time.
    ///
    /// A sample that is not finite, larger than any sensor gives or not later than the one before is skipped and counted; a repeat
    /// is dropped.
    ///
    /// - Throws: ``StreamError/rateTooLow(minimumHz:gotHz:)``, ``StreamError/rateTooHigh(maximumHz:gotHz:)``.
    package mutating func append(_ samples: [MotionSample]) throws(StreamError) -> [ExerciseSet] {
        var found: [ExerciseSet] = []
        for sample in samples {
            if sample == newest { continue }  // a repeat says nothing, and harms nothing
            if let problem = sample.problem(after: lastS) {
                skipped.add(problem)
                continue
            }
            newest = sample
            if let lastS, sample.timestamp - lastS > parameters.slowSignals.splitS { found += endStretch() }
            lastS = sample.timestamp
            try take(sample)
            found += advance()
        }
        return found
    }

    /// Returns the sets that the end of the recording ends; the stream can go on with a new stretch.
    package mutating func finish() -> [ExerciseSet] {
        endStretch()
    }

    /// The sets that would be returned if the recording ended now: for a counter that a wearer looks at.
    ///
    /// A set may still change or vanish, as more of it is seen. Each call takes some milliseconds: once or twice a second will do.
    package var provisional: [ExerciseSet] {
        var copy = self
        return copy.finish()
    }

    private mutating func take(_ sample: MotionSample) throws(StreamError) {
        guard stretch == nil else {
            stretch?.motion.append(sample)
            return
        }
        waiting.append(sample)
        guard let rateHz = givenRateHz ?? measuredRateHz else { return }
        guard rateHz >= Self.ratesHz.lowerBound else {
            throw .rateTooLow(minimum: Self.ratesHz.lowerBound, got: rateHz)
        }
        guard rateHz <= Self.ratesHz.upperBound else {
            throw .rateTooHigh(maximum: Self.ratesHz.upperBound, got: rateHz)
        }
        var motion = VerticalMotion(rateHz: rateHz)
        waiting.forEach { motion.append($0) }
        stretch = Stretch(
            motion: motion, startS: waiting.first?.timestamp ?? sample.timestamp, search: SetSearch(parameters))
        waiting = []
    }

    private var measuredRateHz: Double? {
        guard let first = waiting.first, let last = waiting.last else { return nil }
        let seconds = last.timestamp - first.timestamp
        return seconds >= Self.rateMeasurementS ? Double(waiting.count - 1) / seconds : nil
    }

    /// Makes the parts of the slow signals whose rows are all there.
    private mutating func advance() -> [ExerciseSet] {
        guard var open = stretch, let newest = lastS else { return [] }
        let filter = SlowSignalFilter(parameters: parameters.slowSignals)
        let needed = (open.part + 1) * parameters.slowSignals.partSteps + parameters.slowSignals.reachSteps
        guard needed <= filter.totalSteps(from: open.startS, to: newest) else { return [] }
        stretch = nil  // one owner, so that nothing is copied
        let slow = filter.part(open.part, of: open.motion, startS: open.startS, total: nil)
        open.part += 1
        let found = open.search.push(slow, open.motion)
        let keptFrom = min(
            open.search.neededFrom, open.part * parameters.slowSignals.partSteps - parameters.slowSignals.reachSteps)
        if keptFrom > 0 {
            let fromS = open.startS + Double(keptFrom) / parameters.slowSignals.rateHz
            open.motion = open.motion.between(fromS, newest)
        }
        stretch = open
        return found
    }

    /// Finishes what waits for the end of the stretch.
    private mutating func endStretch() -> [ExerciseSet] {
        defer {
            stretch = nil
            waiting = []
        }
        guard var open = stretch, let endS = open.motion.timeS.last,
            endS - open.startS >= parameters.slowSignals.shortestS
        else { return [] }
        let filter = SlowSignalFilter(parameters: parameters.slowSignals)
        let total = filter.totalSteps(from: open.startS, to: endS)
        var found: [ExerciseSet] = []
        while open.part * parameters.slowSignals.partSteps < total {
            let slow = filter.part(open.part, of: open.motion, startS: open.startS, total: total)
            open.part += 1
            found += open.search.push(slow, open.motion)
        }
        return found + open.search.close(open.motion)
    }
}
