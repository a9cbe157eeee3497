import Foundation

/// Makes the slow signals part by part, each from its rows and those around it.
struct SlowSignalFilter: Sendable {
    let parameters: SlowSignalParameters

    /// Steps of a stretch.
    func totalSteps(from startS: Double, to endS: Double) -> Int {
        Int((endS - startS) * parameters.rateHz) + 1
    }

    /// Both signals of one part of a stretch.
    ///
    /// - Parameters:
    ///   - motion: rows of the stretch; those of the part and of its reach around it must be there.
    ///   - startS: stamp of the stretch's first row.
    ///   - part: its number, from 0.
    ///   - total: steps of the stretch; nil while its end is not known.
    func part(_ part: Int, of motion: VerticalMotion, startS: Double, total: Int?) -> SlowSignals {
        let first = part * parameters.partSteps
        var stop = first + parameters.partSteps
        let outer = max(0, first - parameters.reachSteps)
        var outerStop = stop + parameters.reachSteps
        if let total {
            stop = min(stop, total)
            outerStop = min(outerStop, total)
        }
        let stamps = (outer..<outerStop).map { startS + Double($0) / parameters.rateHz }
        guard let begin = stamps.first, let end = stamps.last else { return SlowSignals() }
        let rows = motion.between(begin, end)
        let filter = ZeroPhaseFilter(cutoffHz: parameters.motionHz, rateHz: motion.rateHz, .low)
        let columns = (0..<3).map { axis in filter.filtered(rows.up.map { $0[axis] }) }
        let slow = interpolated(
            columns + [filter.filtered(rows.acceleration), filter.filtered(rows.turnRate)], rows.timeS, at: stamps)
        let whole = SlowSignals(
            timeS: stamps, up: stamps.indices.map { SIMD3(slow[0][$0], slow[1][$0], slow[2][$0]) },
            heightM: height(acceleration: slow[3], turnRate: slow[4]))
        return whole.part((first - outer)..<(stop - outer))
    }

    /// Linear interpolation of columns at increasing stamps; beyond an end the value there.
    private func interpolated(_ columns: [[Double]], _ timeS: [Double], at stamps: [Double]) -> [[Double]] {
        var found = columns.map { _ in [Double]() }
        for index in found.indices { found[index].reserveCapacity(stamps.count) }
        var row = 0
        for stamp in stamps {
            while row + 1 < timeS.count, timeS[row + 1] <= stamp { row += 1 }
            let hasNext = row + 1 < timeS.count && stamp > timeS[row]
            let width = hasNext ? timeS[row + 1] - timeS[row] : 1
            for (index, column) in columns.enumerated() {
                let slope = hasNext ? (column[row + 1] - column[row]) / width : 0
                found[index].append(hasNext ? slope * (stamp - timeS[row]) + column[row] : column[row])
            }
        }
        return found
    }

    /// The height whose second derivative is nearest to the acceleration.
    ///
    /// Least squares over all steps: the error of the acceleration, the velocity where the wrist is still, and the height
    /// itself are to be small.
    private func height(acceleration: [Double], turnRate: [Double]) -> [Double] {
        let count = acceleration.count
        guard count > 2 else { return [Double](repeating: 0, count: count) }
        let still = zip(acceleration, turnRate).map { pull, turn in
            let push = pull / parameters.stillAcceleration
            let spin = turn / parameters.stillTurnRate
            return exp(-0.5 * (push * push + spin * spin))
        }
        let around = Int(parameters.stillAroundS * parameters.rateHz)
        let least = still.indices.map { step in
            still[max(0, step - around)...min(count - 1, step + around)].reduce(1, min)
        }
        let between = (1..<count).map { 0.5 * (least[$0] + least[$0 - 1]) }
        let first = nearest(acceleration, [Double](repeating: 0, count: count - 1))
        let weights = (1..<count).map { step in
            let velocity = (first[step] - first[step - 1]) * parameters.rateHz / parameters.stillVelocity
            return parameters.stillWeight * between[step - 1] * exp(-0.5 * velocity * velocity)
        }
        return nearest(acceleration, weights)
    }

    /// The height for given weights (1/s²) of the squared velocity between neighbouring steps.
    private func nearest(_ acceleration: [Double], _ still: [Double]) -> [Double] {
        let count = acceleration.count
        let step = 1 / parameters.rateHz
        var matrix = BandedMatrix(size: count, diagonal: pow(2 * Double.pi * parameters.driftHz, 4))
        var right = [Double](repeating: 0, count: count)
        let curvature = [1.0, -2.0, 1.0]
        for first in 0..<(count - 2) {
            matrix.add(curvature, at: first, weight: 1 / (step * step * step * step))
            for (offset, weight) in curvature.enumerated() {
                right[first + offset] += weight * acceleration[first + 1] / (step * step)
            }
        }
        for (first, weight) in still.enumerated() where weight != 0 {
            matrix.add([-1, 1], at: first, weight: weight / (step * step))
        }
        return matrix.solved(right)
    }
}
