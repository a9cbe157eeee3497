/// One exercise in the vote of a set.
public struct Candidate: Codable, Equatable, Sendable {
    /// Its name.
    public let exercise: Exercise
    /// Mean calibrated probability over the windows that vote.
    public let probability: Double
    /// Why the motion of the wrist rules it out; nil if it does not.
    public let contradiction: String?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case exercise
        case probability
        case contradiction
    }

    /// Decodes the keys; unknown ones are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        exercise = try container.value(.exercise)
        probability = try container.value(.probability)
        contradiction = try container.value(.contradiction)
    }

    /// Encodes every key; one without a value is null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(exercise, forKey: .exercise)
        try container.encode(probability, forKey: .probability)
        try container.encode(contradiction, forKey: .contradiction)
    }

    init(
        exercise: Exercise, probability: Double, contradiction: String?
    ) {
        self.exercise = exercise
        self.probability = probability
        self.contradiction = contradiction
    }
}
