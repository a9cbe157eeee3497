/// What all golden windows say together, taken for the windows of one set.
package struct GoldenVote: Codable, Equatable, Sendable {
    /// Windows from which the model does not abstain.
    package let voting: Int
    /// Mean probability of each exercise over them.
    package let probability: [Double]
    /// Ids of the exercises that remain possible.
    package let remaining: [Int]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case voting
        case probability
        case remaining
    }

    /// Decodes the vote; unknown keys are refused.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        voting = try container.value(.voting)
        probability = try container.value(.probability)
        remaining = try container.value(.remaining)
    }
}
