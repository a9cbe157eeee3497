/// Of range, velocity and durations, and of their standard deviations (`measures`).
struct MeasureParameters: Codable, Equatable, Sendable {
    let tiltSdRad: Double
    let noiseDensity: Double
    let biasSd: Double
    let scaleError: Double
    let priorClosureM: Double
    let madToSd: Double
    let driftHz: Double
    let smoothHz: Double
    let reachS: Double
    let longestSearchS: Double
    let outerSearchS: Double
    let stillS: Double
    let movesLeast: Double
    let edgeSd: Double
    let leastAcceleration: Double
    /// Half of a 90 % interval, in standard deviations.
    let intervalSd: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
        case tiltSdRad = "tilt_sd_rad"
        case noiseDensity = "noise_density"
        case biasSd = "bias_sd"
        case scaleError = "scale_error"
        case priorClosureM = "prior_closure_m"
        case madToSd = "mad_to_sd"
        case driftHz = "drift_hz"
        case smoothHz = "smooth_hz"
        case reachS = "reach_s"
        case longestSearchS = "longest_search_s"
        case outerSearchS = "outer_search_s"
        case stillS = "still_s"
        case movesLeast = "moves_least"
        case edgeSd = "edge_sd"
        case leastAcceleration = "least_acceleration"
        case intervalSd = "interval_sd"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        tiltSdRad = try container.value(.tiltSdRad)
        noiseDensity = try container.value(.noiseDensity)
        biasSd = try container.value(.biasSd)
        scaleError = try container.value(.scaleError)
        priorClosureM = try container.value(.priorClosureM)
        madToSd = try container.value(.madToSd)
        driftHz = try container.value(.driftHz)
        smoothHz = try container.value(.smoothHz)
        reachS = try container.value(.reachS)
        longestSearchS = try container.value(.longestSearchS)
        outerSearchS = try container.value(.outerSearchS)
        stillS = try container.value(.stillS)
        movesLeast = try container.value(.movesLeast)
        edgeSd = try container.value(.edgeSd)
        leastAcceleration = try container.value(.leastAcceleration)
        intervalSd = try container.value(.intervalSd)
    }
}
