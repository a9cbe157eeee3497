/// Of repetitions that follow one another (`chain_repetitions`).
struct ChainParameters: Codable, Equatable, Sendable {
    let heightScaleM: Double
    let smallest: Double
    let alike: Double
    let between: Double
    let mostBetween: Int
    let shareBetween: Double
    let endOff: Double
    let endOffLeast: Double
    let endSize: Double
    let atEdgeS: Double
    let longestS: Double
    let aroundS: Double
    let legSteps: Int
    let reachSteps: Int
    let nearEdgeSteps: Int
    let cycles: Int
    let larger: Int
    let leastTurning: BySignal
    let leastHeight: BySignal

    enum CodingKeys: String, CodingKey, CaseIterable {
        case heightScaleM = "height_scale_m"
        case smallest
        case alike
        case between
        case mostBetween = "most_between"
        case shareBetween = "share_between"
        case endOff = "end_off"
        case endOffLeast = "end_off_least"
        case endSize = "end_size"
        case atEdgeS = "at_edge_s"
        case longestS = "longest_s"
        case aroundS = "around_s"
        case legSteps = "leg_steps"
        case reachSteps = "reach_steps"
        case nearEdgeSteps = "near_edge_steps"
        case cycles
        case larger
        case leastTurning = "least_turning"
        case leastHeight = "least_height"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        heightScaleM = try container.value(.heightScaleM)
        smallest = try container.value(.smallest)
        alike = try container.value(.alike)
        between = try container.value(.between)
        mostBetween = try container.value(.mostBetween)
        shareBetween = try container.value(.shareBetween)
        endOff = try container.value(.endOff)
        endOffLeast = try container.value(.endOffLeast)
        endSize = try container.value(.endSize)
        atEdgeS = try container.value(.atEdgeS)
        longestS = try container.value(.longestS)
        aroundS = try container.value(.aroundS)
        legSteps = try container.value(.legSteps)
        reachSteps = try container.value(.reachSteps)
        nearEdgeSteps = try container.value(.nearEdgeSteps)
        cycles = try container.value(.cycles)
        larger = try container.value(.larger)
        leastTurning = try container.value(.leastTurning)
        leastHeight = try container.value(.leastHeight)
    }
}
