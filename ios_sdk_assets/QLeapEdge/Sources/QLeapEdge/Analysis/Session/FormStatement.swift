/// Form score of a squat set: the mean of the windows that vote and show a repetition.
public struct FormStatement: Codable, Equatable, Sendable {
    /// 0 to 4; 4 is best.
    public let score: Int
    /// Mean calibrated probability of that score.
    public let probability: Double
    /// A guess of the network.
    public let source: MeasureSource

    enum CodingKeys: String, CodingKey, CaseIterable {
        case score
        case probability
        case source
    }

    /// Decodes the keys; unknown ones are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        score = try container.value(.score)
        probability = try container.value(.probability)
        source = try container.value(.source)
    }

    init(
        score: Int, probability: Double, source: MeasureSource
    ) {
        self.score = score
        self.probability = probability
        self.source = source
    }
}
