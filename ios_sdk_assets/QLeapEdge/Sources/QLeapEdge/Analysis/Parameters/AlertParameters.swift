/// Of the alerts of a set; only rules that are on.
struct AlertParameters: Codable, Equatable, Sendable {
    let leastRepetitions: Int
    let leastRangeM: Double
    let rules: [AlertRuleParameters]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case leastRepetitions = "least_repetitions"
        case leastRangeM = "least_range_m"
        case rules
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        leastRepetitions = try container.value(.leastRepetitions)
        leastRangeM = try container.value(.leastRangeM)
        rules = try container.value(.rules)
    }
}
