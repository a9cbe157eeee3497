/// Physics and the network say different things about the same set.
public struct Disagreement: Codable, Equatable, Sendable {
    /// What they differ in.
    public let about: String
    /// Number of the repetition within the set, from 1; nil: the whole set.
    public let repetition: Int?
    /// What physics says, if it is a number: a count, or metres.
    public let physics: Double?
    /// What the network says, if it is a number.
    public let network: Double?
    /// The difference in words.
    public let message: String

    enum CodingKeys: String, CodingKey, CaseIterable {
        case about
        case repetition
        case physics
        case network
        case message
    }

    /// Decodes the keys; unknown ones are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        about = try container.value(.about)
        repetition = try container.value(.repetition)
        physics = try container.value(.physics)
        network = try container.value(.network)
        message = try container.value(.message)
    }

    /// Encodes every key; one without a value is null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(about, forKey: .about)
        try container.encode(repetition, forKey: .repetition)
        try container.encode(physics, forKey: .physics)
        try container.encode(network, forKey: .network)
        try container.encode(message, forKey: .message)
    }

    init(
        about: String, repetition: Int?, physics: Double?, network: Double?, message: String
    ) {
        self.about = about
        self.repetition = repetition
        self.physics = physics
        self.network = network
        self.message = message
    }
}
