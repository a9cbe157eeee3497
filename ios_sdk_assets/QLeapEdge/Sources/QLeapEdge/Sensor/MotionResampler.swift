import Foundation

/// Brings a live stream to the model's clock: anti-alias low-pass, then a natural cubic spline, segment by segment.
///
/// The same arithmetic as the Python package's alignment of whole recordings, made causal. A step comes out once the
/// samples it needs are in, so the stream runs behind by ``delayS``: half the filter (0.16 s, none when the device already
/// delivers the model's rate) and ``lookaheadKnots`` + 1 further samples for the spline. The real rate is measured over the
/// first second of a segment; nothing comes out before that.
///
/// How the stream is cut into batches changes nothing. A gap of more than ``maximumGapS`` ends the segment: its tail is
/// completed as at the end of a recording (edges continued by point reflection), and a new segment starts. Spline context is
/// cut to a few knots, which changes values by less than 1e-5 of the signal.
package struct MotionResampler: Sendable {
    /// Samples of future context on the right of a spline interval: an end condition's influence falls by 0.268 a knot.
    package static let lookaheadKnots = 10
    static let lookbehindKnots = 16
    /// Stretch at a segment's start over which the device's rate is measured, seconds.
    package static let rateMeasurementS = 1.0
    /// Longest step between samples that is still bridged, seconds.
    package static let maximumGapS = 0.1
    /// Least share of the output rate that a device must deliver: clocks are off by up to 1 %.
    package static let minimumRateShare = 0.98
    /// Highest rate of a device, Hz; the fastest sensor of a watch delivers 800.
    package static let maximumRateHz = 2000.0
    /// Shortest step between samples, seconds: a spline through closer ones would follow their noise without bound.
    package static let minimumStepS = 1e-4
    /// Largest value of a sample, m/s² or rad/s: the widest sensors of a watch end at 256 g (2511 m/s²) and 70 rad/s.
    ///
    /// A single larger one, filtered and squared, would make a window of numbers that are none.
    package static let maximumMagnitude = 1e4
    /// So many samples in a row that each lie further than ``maximumGapS`` from the one before are an error.
    package static let mostLoneSamples = 20
    /// So many bad samples in a row are an error: the sensor or its clock has failed.
    package static let mostBadSamples = 100
    private static let gridSlack = 1e-6  // in output periods

    /// Rate of the output, Hz.
    package let rateHz: Double
    /// Number of the current segment, counting from 0.
    package private(set) var segment = 0
    /// Samples that were skipped since the stream began.
    package private(set) var skipped = SkippedSamples()

    private var origin = 0.0
    private var newest: ImuSample?
    private var filter: LowPassFilter?
    private var times = Track<Double>()
    private var raw = Track<SIMD8<Double>>()
    private var smooth = Track<SIMD8<Double>>()
    private var interval = 0
    private var nextStep = 0
    private var loneSamples = 0
    private var badSamples = 0

    /// Starts with an empty stream.
    ///
    /// - Parameter rateHz: rate of the output, 50 Hz for the model.
    package init(rateHz: Double = 50) {
        self.rateHz = rateHz
    }

    /// How far the newest step may lie behind the newest sample, seconds; nil until the rate has been measured.
    package var delayS: Double? {
        guard let filter, times.end > 1, let newest else { return nil }
        let period = (newest.timestamp - origin) / Double(times.end - 1)
        return Double(filter.half + Self.lookaheadKnots + 1) * period + 1 / rateHz
    }

    /// Adds samples in time order.
    ///
    /// An exact repeat of the sample before (same stamp, same values) is dropped. A sample that is not finite, larger than
    /// ``maximumMagnitude``, not later than the one before, or too close to it is skipped and counted in ``skipped``; the stream goes on without it.
    ///
    /// - Parameter batch: any number of samples.
    /// - Returns: the steps that have become certain.
    /// - Throws: ``StreamError`` when the stream as a whole is unusable; it is then as it was before the call.
    package mutating func append(_ batch: [ImuSample]) throws(StreamError) -> [ResampledStep] {
        var working = self
        var steps: [ResampledStep] = []
        for sample in batch where sample != working.newest {
            if let problem = working.problem(of: sample) {
                working.skipped.add(problem)
                working.badSamples += 1
                guard working.badSamples < Self.mostBadSamples else {
                    throw StreamError.badSamples(count: working.badSamples, newest: problem)
                }
                continue
            }
            working.badSamples = 0
            steps += try working.closeSegment(before: sample)
            working.add(sample)
            steps += try working.drain()
        }
        self = working
        return steps
    }

    /// Ends the segment: completes its tail and gets ready for the next one.
    ///
    /// - Returns: the remaining steps, up to the last sample. None for a segment of less than a second whose few samples
    ///   lie too far apart; no window could be cut from it anyway.
    package mutating func finish() -> [ResampledStep] {
        guard newest != nil else { return [] }
        var working = self
        if let measured = working.measuredRate(atEnd: true), measured >= working.minimumHz,
            measured <= Self.maximumRateHz
        {
            working.filter = LowPassFilter(inputHz: measured, outputHz: rateHz)
        }
        working.filterAvailable(atEnd: true)
        let steps = working.emitAvailable(atEnd: true)
        self = MotionResampler(rateHz: rateHz)
        segment = working.segment + 1
        skipped = working.skipped
        return steps
    }

    private func problem(of sample: ImuSample) -> SampleProblem? {
        guard sample.isFinite else { return .notFinite }
        let largest = sample.largestMagnitude
        guard largest <= Self.maximumMagnitude else { return .outOfRange(most: Self.maximumMagnitude, got: largest) }
        guard let last = newest?.timestamp else { return nil }
        guard sample.timestamp > last else { return .timestampNotIncreasing(previous: last, got: sample.timestamp) }
        let stepS = sample.timestamp - last
        return stepS >= Self.minimumStepS ? nil : .tooClose(least: Self.minimumStepS, got: stepS)
    }

    /// Ends the segment if the sample lies too far behind its newest one.
    private mutating func closeSegment(before sample: ImuSample) throws(StreamError) -> [ResampledStep] {
        guard let last = newest, sample.timestamp - last.timestamp > Self.maximumGapS else { return [] }
        let lone = times.end == 1 ? loneSamples + 1 : 1
        guard lone < Self.mostLoneSamples else {
            throw StreamError.samplesTooFarApart(
                count: lone, most: Self.maximumGapS, got: sample.timestamp - last.timestamp)
        }
        let steps = finish()
        loneSamples = lone
        return steps
    }

    private mutating func add(_ sample: ImuSample) {
        if newest == nil { origin = sample.timestamp }
        newest = sample
        times.append(sample.timestamp - origin)
        raw.append(sample.packed)
    }

    private mutating func drain() throws(StreamError) -> [ResampledStep] {
        if let measured = measuredRate(atEnd: false) {
            guard measured >= minimumHz else { throw StreamError.rateTooLow(minimum: minimumHz, got: measured) }
            guard measured <= Self.maximumRateHz else {
                throw StreamError.rateTooHigh(maximum: Self.maximumRateHz, got: measured)
            }
            filter = LowPassFilter(inputHz: measured, outputHz: rateHz)
        }
        filterAvailable(atEnd: false)
        let steps = emitAvailable(atEnd: false)
        forget()
        return steps
    }

    private var minimumHz: Double { Self.minimumRateShare * rateHz }

    /// The device's real rate, nil while it cannot be measured yet or has been measured before.
    private func measuredRate(atEnd: Bool) -> Double? {
        let last = times.end - 1
        guard filter == nil, last > 0, atEnd || times[last] >= Self.rateMeasurementS else { return nil }
        return Double(last) / times[last]
    }

    private mutating func filterAvailable(atEnd: Bool) {
        guard let filter else { return }
        let half = filter.half
        while smooth.end < raw.end, atEnd || smooth.end + half < raw.end {
            let centre = smooth.end
            var sum = SIMD8<Double>.zero
            let isInside = centre >= half && centre + half < raw.end
            for (offset, tap) in filter.taps.enumerated() {
                let index = centre + offset - half
                sum += tap * (isInside ? raw[index] : reflected(index))
            }
            smooth.append(sum)
        }
    }

    /// The sample at any index: outside the segment it is continued by point reflection about the edge sample.
    private func reflected(_ index: Int) -> SIMD8<Double> {
        let last = raw.end - 1
        guard last > 0 else { return raw[last] }
        var inside = index
        var offset = SIMD8<Double>.zero
        var sign = 1.0
        while inside < 0 || inside > last {
            offset += 2 * sign * (inside < 0 ? raw[0] : raw[last])
            inside = inside < 0 ? -inside : 2 * last - inside
            sign = -sign
        }
        return offset + sign * raw[inside]
    }

    private mutating func emitAvailable(atEnd: Bool) -> [ResampledStep] {
        var steps: [ResampledStep] = []
        while let spline = openInterval(atEnd: atEnd) {
            let isLast = atEnd && interval + 2 == smooth.end
            let limit = times[interval + 1]
            while true {
                let grid = Double(nextStep) / rateHz
                guard grid < limit || (isLast && grid <= limit + Self.gridSlack / rateHz) else { break }
                let value = spline.fit.value(at: min(grid, limit), interval: spline.interval)
                let sample = ImuSample(timestamp: origin + grid, packed: value)
                steps.append(ResampledStep(segment: segment, index: nextStep, sample: sample))
                nextStep += 1
            }
            interval += 1
        }
        return steps
    }

    /// The spline around the current interval, nil while its context is not complete.
    private func openInterval(atEnd: Bool) -> (fit: NaturalSpline, interval: Int)? {
        let right = interval + 1
        guard right < smooth.end, atEnd || right + Self.lookaheadKnots < smooth.end else { return nil }
        let knots = max(0, interval - Self.lookbehindKnots)..<min(smooth.end, right + Self.lookaheadKnots + 1)
        let fit = NaturalSpline(times: knots.map { times[$0] }, values: knots.map { smooth[$0] })
        return (fit, interval - knots.lowerBound)
    }

    private mutating func forget() {
        guard let filter else { return }
        raw.forget(before: smooth.end - 2 * filter.half - 1)
        smooth.forget(before: interval - Self.lookbehindKnots)
        times.forget(before: interval - Self.lookbehindKnots)
    }
}
