/// Of the name of a set, of its form, and of what the network's pose says about it (`vote`, `fusion`).
struct NameParameters: Codable, Equatable, Sendable {
    let leastProbability: Double
    let mostLeft: Int
    let shown: Double
    let uprightDeg: Double
    let oneArmAtATime: [String]
    let beforeTurnSteps: Int
    let afterTurnSteps: Int
    let smallestDepth: Double
    let shortestGapS: Double
    let patterns: [PatternParameters]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case leastProbability = "least_probability"
        case mostLeft = "most_left"
        case shown
        case uprightDeg = "upright_deg"
        case oneArmAtATime = "one_arm_at_a_time"
        case beforeTurnSteps = "before_turn_steps"
        case afterTurnSteps = "after_turn_steps"
        case smallestDepth = "smallest_depth"
        case shortestGapS = "shortest_gap_s"
        case patterns
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        leastProbability = try container.value(.leastProbability)
        mostLeft = try container.value(.mostLeft)
        shown = try container.value(.shown)
        uprightDeg = try container.value(.uprightDeg)
        oneArmAtATime = try container.value(.oneArmAtATime)
        beforeTurnSteps = try container.value(.beforeTurnSteps)
        afterTurnSteps = try container.value(.afterTurnSteps)
        smallestDepth = try container.value(.smallestDepth)
        shortestGapS = try container.value(.shortestGapS)
        patterns = try container.value(.patterns)
    }
}
