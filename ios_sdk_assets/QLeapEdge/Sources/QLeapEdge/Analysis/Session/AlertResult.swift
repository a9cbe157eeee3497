/// What one rule says about a set.
public struct AlertResult: Codable, Equatable, Sendable {
    /// Name of the rule.
    ///
    /// `short_repetition`: range below the limit, as a share of the set's median range. `fast_lowering`: the wrist comes down in
    /// less than the limit, seconds. `velocity_loss`: the last repetition is slower than the fastest by more than that.
    public let name: String
    /// Of the rule.
    public let limit: Double
    /// One for each repetition; one for the whole set for `velocity_loss`.
    public let answers: [AlertAnswer]
    /// Of what deserves an alert, called fine: upper end of the 95 % interval, the larger of captured and synthetic
    /// persons.
    public let missRateAtMost: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name
        case limit
        case answers
        case missRateAtMost = "miss_rate_at_most"
    }

    /// Decodes the keys; unknown ones are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        name = try container.value(.name)
        limit = try container.value(.limit)
        answers = try container.value(.answers)
        missRateAtMost = try container.value(.missRateAtMost)
    }

    init(
        name: String, limit: Double, answers: [AlertAnswer], missRateAtMost: Double
    ) {
        self.name = name
        self.limit = limit
        self.answers = answers
        self.missRateAtMost = missRateAtMost
    }
}
