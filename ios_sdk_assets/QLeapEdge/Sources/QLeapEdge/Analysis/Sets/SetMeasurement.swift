import Foundation

/// What physics says about each repetition of a set: range, velocity and durations, each with a standard deviation.
///
/// The height is integrated between zero-velocity points, the quietest instants around each repetition, and the drift is removed
/// repetition by repetition. The module `measures` of the Python package explains where the standard deviations come from.
struct SetMeasurement {
    let motion: VerticalMotion
    let parameters: MeasureParameters

    /// An instant, seconds, and its standard deviation.
    private typealias Instant = (timeS: Double, sd: Double)

    private struct Integrated {
        let first: Int
        let turn: Int
        let last: Int
        let velocity: [Double]
        let rangeM: Double
        let closureM: Double
    }

    /// The measures of every repetition.
    func measured(_ found: [FoundRepetition]) -> [Repetition] {
        guard !found.isEmpty, motion.count > 1 else { return [] }
        let parts = rests(around: found).map { integrated($0.first, $0.last) }
        let usual = closureSD(parts.map(\.closureM))
        var stopped: Instant?
        var repetitions: [Repetition] = []
        for (part, repetition) in zip(parts, found) {
            let closure = max(usual, abs(part.closureM))
            repetitions.append(measure(part, closure, repetition.isPartial, &stopped))
        }
        return repetitions
    }

    /// The usual closure residual; the first and the last repetition, next to a rack, do not decide it.
    private func closureSD(_ closuresM: [Double]) -> Double {
        let typical = closuresM.map(abs).median * parameters.madToSd
        let count = Double(closuresM.count)
        let prior = parameters.priorClosureM
        return ((prior * prior + count * typical * typical) / (count + 1)).squareRoot()
    }

    /// The rows of the zero-velocity points before and after each repetition.
    private func rests(around found: [FoundRepetition]) -> [(first: Int, last: Int)] {
        var sum = 0.0
        let integral = motion.acceleration.map { value in
            sum += value
            return sum / motion.rateHz
        }
        let velocity = ZeroPhaseFilter(cutoffHz: parameters.driftHz, rateHz: motion.rateHz, .high).filtered(integral)
        let smooth = ZeroPhaseFilter(cutoffHz: parameters.smoothHz, rateHz: motion.rateHz, .low)
        let cost = zip(smooth.filtered(velocity), smooth.filtered(motion.acceleration)).map { speed, pull in
            speed * speed + (parameters.stillS * pull) * (parameters.stillS * pull)
        }
        let pauses = zip(found, found.dropFirst()).map { $1.startS - $0.endS }
        let usualS = pauses.isEmpty ? parameters.outerSearchS : pauses.median
        return found.indices.map { index in
            let one = found[index]
            let before = index > 0 ? found[index - 1].endS : one.startS - usualS
            let after = index + 1 < found.count ? found[index + 1].startS : one.endS + usualS
            let reach = parameters.reachS
            let earliest = max(before, one.startS - parameters.longestSearchS) - reach
            let latest = min(after, one.endS + parameters.longestSearchS) + reach
            return (
                quietest(cost, earliest, one.startS + reach), quietest(cost, one.endS - reach, latest)
            )
        }
    }

    private func quietest(_ cost: [Double], _ startS: Double, _ endS: Double) -> Int {
        let (first, last) = (motion.row(at: startS), motion.row(at: endS))
        guard first <= last else { return first }
        return (first...last).firstMaximum { -cost[$0] } ?? first
    }

    /// Integrates one repetition and finds its turn, the point farthest from the line through both ends.
    ///
    /// A constant error of the acceleration makes the velocity drift linearly; the line through both ends is subtracted.
    private func integrated(_ first: Int, _ given: Int) -> Integrated {
        let last = max(given, first)
        let timeS = motion.timeS[first...last]
        var velocity = trapezoid(motion.acceleration[first...last], timeS)
        let seconds = max(motion.timeS[last] - motion.timeS[first], 1e-9)
        let drift = velocity[velocity.count - 1]
        for index in velocity.indices { velocity[index] -= drift * (timeS[first + index] - timeS[first]) / seconds }
        let height = trapezoid(velocity[...], timeS)
        let end = height[height.count - 1]
        let steps = Double(max(height.count - 1, 1))
        let level = height.enumerated().map { abs($1 - end * Double($0) / steps) }
        let turn = level.indices.firstMaximum { level[$0] } ?? 0
        return Integrated(
            first: first, turn: first + turn, last: last, velocity: velocity, rangeM: level[turn], closureM: end)
    }

    private func trapezoid(_ values: ArraySlice<Double>, _ timeS: ArraySlice<Double>) -> [Double] {
        let (values, stamps) = (Array(values), Array(timeS))
        var sums = [0.0]
        for index in values.indices.dropFirst() {
            let mean = (values[index] + values[index - 1]) / 2
            sums.append(sums[index - 1] + (stamps[index] - stamps[index - 1]) * mean)
        }
        return sums
    }

    private func measure(
        _ part: Integrated, _ closureSD: Double, _ isPartial: Bool, _ stopped: inout Instant?
    ) -> Repetition {
        let seconds = max(motion.timeS[part.last] - motion.timeS[part.first], 1e-9)
        let rangeSD = rangeSD(part, closureSD, seconds)
        let velocitySD = 2.0.squareRoot() * closureSD / seconds
        let turn = part.turn - part.first
        let first = moving(part, velocitySD, 0, turn)
        let second = moving(part, velocitySD, turn, part.velocity.count - 1)
        let isDownFirst = part.velocity[..<turn].reduce(0, +) < 0
        let (up, down) = isDownFirst ? (second, first) : (first, second)
        let duration = between(up.begins, up.ends)
        let rising = levelled(part, up.begins, up.ends)
        let movingS = max(duration.value, 1 / motion.rateHz)
        let mean = rising.mean
        let peak = rising.max() ?? 0
        let meanSD = hypot(rangeSD / movingS, mean * duration.standardDeviation / movingS)
        let cosine = min(max(motion.up[part.first].dot(motion.up[part.turn]), -1), 1)
        let pauseBefore = stopped.map { between($0, first.begins) }
        stopped = second.ends
        return Repetition(
            startS: motion.timeS[part.first], turnS: motion.timeS[part.turn], endS: motion.timeS[part.last],
            rangeM: Estimate(part.rangeM, rangeSD),
            turnedDeg: Estimate(acos(cosine) * 180 / .pi, 2.0.squareRoot() * parameters.tiltSdRad * 180 / .pi),
            meanConcentricVelocity: Estimate(mean, meanSD),
            peakConcentricVelocity: Estimate(peak, hypot(velocitySD, parameters.scaleError * peak)),
            eccentricS: between(down.begins, down.ends), concentricS: duration,
            pauseTurnS: between(first.ends, second.begins), pauseBeforeS: pauseBefore, closureM: part.closureM,
            isPartial: isPartial)
    }

    private func rangeSD(_ part: Integrated, _ closureSD: Double, _ seconds: Double) -> Double {
        let rows = motion.horizontal[part.first...part.last]
        let horizontal = rows.map { $0 * $0 }.mean.squareRoot()
        let swing = (seconds / (2 * .pi)) * (seconds / (2 * .pi))
        let tilt = parameters.tiltSdRad * 2 * 2.0.squareRoot() * horizontal * swing
        let home = (motion.up[part.first] + motion.up[part.last]) * 0.5
        let bias = parameters.biasSd * (motion.up[part.turn] - home).norm * swing
        let noise = parameters.noiseDensity * (seconds * seconds * seconds / 192).squareRoot()
        let scale = parameters.scaleError * part.rangeM
        let closure = closureSD / 4
        let squares = noise * noise + tilt * tilt + bias * bias + closure * closure + scale * scale
        return squares.squareRoot()
    }

    /// The upward velocity between two instants, so that the height at the end is that at the start; never below zero.
    private func levelled(_ part: Integrated, _ first: Instant, _ last: Instant) -> [Double] {
        let drift = part.closureM / max(motion.timeS[part.last] - motion.timeS[part.first], 1e-9)
        let begin = motion.row(at: first.timeS) - part.first
        let end = motion.row(at: last.timeS) - part.first
        guard begin <= end else { return [0] }
        return part.velocity[begin...end].map { max($0 - drift, 0) }
    }

    /// When the movement of one leg begins and ends: where its speed passes 0.1 m/s.
    private func moving(
        _ part: Integrated, _ velocitySD: Double, _ low: Int, _ high: Int
    ) -> (begins: Instant, ends: Instant) {
        let speed = part.velocity[low...high].map(abs)
        let least = min(parameters.movesLeast, 0.5 * (speed.max() ?? 0))
        func instant(_ row: Int) -> Instant {
            let index = part.first + low + row
            let steep = max(abs(motion.acceleration[index]), parameters.leastAcceleration)
            let drift = hypot(velocitySD / steep, 1 / motion.rateHz)
            return (motion.timeS[index], hypot(drift, parameters.edgeSd))
        }
        return (instant(speed.firstIndex { $0 >= least } ?? 0), instant(speed.lastIndex { $0 >= least } ?? 0))
    }

    private func between(_ first: Instant, _ last: Instant) -> Estimate {
        Estimate(max(last.timeS - first.timeS, 0), hypot(first.sd, last.sd))
    }
}
