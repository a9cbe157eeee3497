/// CoreMotion samples of a real recording, and the evidence about the sign that they must give.
package struct SignCase: Codable, Equatable, Sendable {
    /// Licence of the recording that the samples come from.
    package let notice: String
    /// The wrist the watch is worn on.
    package let wrist: BodySide
    /// The side of the case that carries the crown.
    package let crown: BodySide
    /// Stamps, seconds.
    package let timeS: [Double]
    /// (samples, 3) row-major, g, device axes, pointing down.
    package let gravity: [Double]
    /// (samples, 3) row-major, g, device axes, CoreMotion's sign.
    package let userAcceleration: [Double]
    /// (samples, 3) row-major, rad/s, device axes.
    package let rotationRate: [Double]
    /// Blocks that turn.
    package let blocks: Int
    /// Spans over which gravity's correction is measured.
    package let spans: Int
    /// From the joint to the watch, device axes, metres.
    package let leverM: [Double]
    /// Share of the acceleration's power that the lever explains.
    package let r2: Double
    /// Of gravity along the user acceleration, in standard errors.
    package let correction: Double
    /// What the samples show.
    package let verdict: SignVerdict
    /// What they show with gravity and user acceleration negated.
    package let verdictReversed: SignVerdict

    enum CodingKeys: String, CodingKey, CaseIterable {
        case notice
        case wrist
        case crown
        case timeS = "time_s"
        case gravity
        case userAcceleration = "user_acceleration"
        case rotationRate = "rotation_rate"
        case blocks
        case spans
        case leverM = "lever_m"
        case r2
        case correction
        case verdict
        case verdictReversed = "verdict_reversed"
    }

    /// Decodes the case; unknown keys are refused.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        notice = try container.value(.notice)
        wrist = try container.value(.wrist)
        crown = try container.value(.crown)
        timeS = try container.value(.timeS)
        gravity = try container.value(.gravity)
        userAcceleration = try container.value(.userAcceleration)
        rotationRate = try container.value(.rotationRate)
        blocks = try container.value(.blocks)
        spans = try container.value(.spans)
        leverM = try container.value(.leverM)
        r2 = try container.value(.r2)
        correction = try container.value(.correction)
        verdict = try container.value(.verdict)
        verdictReversed = try container.value(.verdictReversed)
    }

    var hasRightShape: Bool {
        let columns = [gravity, userAcceleration, rotationRate]
        return !timeS.isEmpty && leverM.count == 3 && columns.allSatisfy { $0.count == 3 * timeS.count }
    }

    /// The samples, with gravity and user acceleration times `sign`.
    package func samples(sign: Double = 1) -> [MotionSample] {
        func vector(_ values: [Double], _ row: Int) -> SIMD3<Double> {
            SIMD3(values[3 * row], values[3 * row + 1], values[3 * row + 2])
        }
        return timeS.indices.map { row in
            MotionSample(
                timestamp: timeS[row], gravity: vector(gravity, row) * sign,
                userAcceleration: vector(userAcceleration, row) * sign, rotationRate: vector(rotationRate, row))
        }
    }
}
