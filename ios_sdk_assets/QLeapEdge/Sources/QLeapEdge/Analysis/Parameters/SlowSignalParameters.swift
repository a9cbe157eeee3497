/// Of the two signals in which repetitions show (`slow_signals`).
struct SlowSignalParameters: Codable, Equatable, Sendable {
    let rateHz: Double
    let motionHz: Double
    let driftHz: Double
    let shortestS: Double
    let partSteps: Int
    let reachSteps: Int
    let stillAcceleration: Double
    let stillTurnRate: Double
    let stillAroundS: Double
    let stillVelocity: Double
    let stillWeight: Double
    /// A longer interval between two samples ends the stretch.
    let splitS: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
        case rateHz = "rate_hz"
        case motionHz = "motion_hz"
        case driftHz = "drift_hz"
        case shortestS = "shortest_s"
        case partSteps = "part_steps"
        case reachSteps = "reach_steps"
        case stillAcceleration = "still_acceleration"
        case stillTurnRate = "still_turn_rate"
        case stillAroundS = "still_around_s"
        case stillVelocity = "still_velocity"
        case stillWeight = "still_weight"
        case splitS = "split_s"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        rateHz = try container.value(.rateHz)
        motionHz = try container.value(.motionHz)
        driftHz = try container.value(.driftHz)
        shortestS = try container.value(.shortestS)
        partSteps = try container.value(.partSteps)
        reachSteps = try container.value(.reachSteps)
        stillAcceleration = try container.value(.stillAcceleration)
        stillTurnRate = try container.value(.stillTurnRate)
        stillAroundS = try container.value(.stillAroundS)
        stillVelocity = try container.value(.stillVelocity)
        stillWeight = try container.value(.stillWeight)
        splitS = try container.value(.splitS)
    }
}
