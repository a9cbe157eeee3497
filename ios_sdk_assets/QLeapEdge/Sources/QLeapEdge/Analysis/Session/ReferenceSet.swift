/// One set with known depths.
public struct ReferenceSet: Codable, Equatable, Sendable {
    /// Mean of how much farther the wrist moved than what was known, metres.
    package let offset: Double
    /// Sum of the squared deviations of the repetitions from that mean, less what the turn of the forearm explains.
    package let squares: Double
    /// Mean over the repetitions of how far the hand sank against the elbow, in forearm lengths; nil: not known.
    package let forearmDrop: Double?
    /// How many repetitions the set had.
    package let repetitions: Int
    /// Of the recording that holds the set.
    package let recordingSHA256: String
    /// Start and end of the set since the first row of the recording; nil: the whole recording, seconds.
    package let span: [Double]?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case offset = "offset_m"
        case squares = "squares_m2"
        case forearmDrop = "forearm_drop"
        case repetitions
        case recordingSHA256 = "recording_sha256"
        case span = "span_s"
    }

    /// Decodes the keys; unknown ones are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        offset = try container.value(.offset)
        squares = try container.value(.squares)
        forearmDrop = try container.value(.forearmDrop)
        repetitions = try container.value(.repetitions)
        recordingSHA256 = try container.value(.recordingSHA256)
        span = try container.value(.span)
    }

    /// Encodes every key; one without a value is null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(offset, forKey: .offset)
        try container.encode(squares, forKey: .squares)
        try container.encode(forearmDrop, forKey: .forearmDrop)
        try container.encode(repetitions, forKey: .repetitions)
        try container.encode(recordingSHA256, forKey: .recordingSHA256)
        try container.encode(span, forKey: .span)
    }

    init(
        offset: Double, squares: Double, forearmDrop: Double?, repetitions: Int, recordingSHA256: String,
        span: [Double]?
    ) {
        self.offset = offset
        self.squares = squares
        self.forearmDrop = forearmDrop
        self.repetitions = repetitions
        self.recordingSHA256 = recordingSHA256
        self.span = span
    }
}
