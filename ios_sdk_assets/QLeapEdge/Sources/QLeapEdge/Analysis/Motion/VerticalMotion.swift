/// The wrist's motion along the vertical in one stretch without gaps, at the rate of the samples.
///
/// The watch measures specific force; its part along the vertical, less gravity, is the vertical acceleration. CoreMotion's
/// gravity gives the direction of the vertical. At rest the acceleration is 0.
struct VerticalMotion: Sendable {
    /// Samples a second.
    let rateHz: Double
    /// Seconds, on the clock of the samples; increasing.
    private(set) var timeS: [Double] = []
    /// Unit vector up, device axes.
    private(set) var up: [SIMD3<Double>] = []
    /// Vertical kinematic acceleration, m/s², positive upwards.
    private(set) var acceleration: [Double] = []
    /// Norm of the horizontal kinematic acceleration, m/s².
    private(set) var horizontal: [Double] = []
    /// Norm of the angular velocity, rad/s.
    private(set) var turnRate: [Double] = []

    init(rateHz: Double) {
        self.rateHz = rateHz
    }

    var count: Int { timeS.count }

    /// Adds a sample that comes after those before.
    mutating func append(_ sample: MotionSample) {
        let force = -(sample.gravity + sample.userAcceleration) * ForearmFrame.standardGravity
        let vertical = -sample.gravity / max(sample.gravity.norm, 1e-12)
        let along = force.dot(vertical)
        timeS.append(sample.timestamp)
        up.append(vertical)
        acceleration.append(along - ForearmFrame.standardGravity)
        horizontal.append((force - along * vertical).norm)
        turnRate.append(sample.rotationRate.norm)
    }

    /// The row nearest to a stamp; the earlier one of two that are as near.
    func row(at stampS: Double) -> Int {
        let after = timeS.firstIndex(notBefore: stampS)
        guard after > 0 else { return 0 }
        guard after < count else { return count - 1 }
        return abs(timeS[after] - stampS) < abs(timeS[after - 1] - stampS) ? after : after - 1
    }

    /// The rows between two stamps, both included, and one more on either side if there is one.
    func between(_ startS: Double, _ endS: Double) -> VerticalMotion {
        let first = max(0, timeS.firstIndex(after: startS) - 1)
        let stop = min(count, timeS.firstIndex(notBefore: endS) + 1)
        var part = VerticalMotion(rateHz: rateHz)
        guard first < stop else { return part }
        part.timeS = Array(timeS[first..<stop])
        part.up = Array(up[first..<stop])
        part.acceleration = Array(acceleration[first..<stop])
        part.horizontal = Array(horizontal[first..<stop])
        part.turnRate = Array(turnRate[first..<stop])
        return part
    }
}
