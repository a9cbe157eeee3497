/// One rule (`alerts`).
struct AlertRuleParameters: Codable, Equatable, Sendable {
    /// Its name.
    let name: String
    let limit: Double
    let fineMargin: Double
    let alertMargin: Double
    let missRateAtMost: Double
    /// Of which exercises it speaks; null: of all.
    let exercises: [Exercise]?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name
        case limit
        case fineMargin = "fine_margin"
        case alertMargin = "alert_margin"
        case missRateAtMost = "miss_rate_at_most"
        case exercises
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        name = try container.value(.name)
        limit = try container.value(.limit)
        fineMargin = try container.value(.fineMargin)
        alertMargin = try container.value(.alertMargin)
        missRateAtMost = try container.value(.missRateAtMost)
        exercises = try container.value(.exercises)
    }
}
