/// One set with known depths.
public struct ReferenceSet: Codable, Equatable, Sendable {
    /// Mean of how much farther the wrist moved than what was known.
    public let offsetM: Double
    /// Sum of the squared deviations of the repetitions from that mean, less what the turn of the forearm explains.
    public let squaresM2: Double
    /// Mean over the repetitions of how far the hand sank against the elbow, in forearm lengths; nil: not known.
    public let forearmDrop: Double?
    /// How many repetitions the set had.
    public let repetitions: Int
    /// Of the recording that holds the set.
    public let recordingSha256: String
    /// Start and end of the set since the first row of the recording; nil: the whole recording.
    public let spanS: [Double]?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case offsetM = "offset_m"
        case squaresM2 = "squares_m2"
        case forearmDrop = "forearm_drop"
        case repetitions
        case recordingSha256 = "recording_sha256"
        case spanS = "span_s"
    }

    /// Decodes the keys; unknown ones are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        offsetM = try container.value(.offsetM)
        squaresM2 = try container.value(.squaresM2)
        forearmDrop = try container.value(.forearmDrop)
        repetitions = try container.value(.repetitions)
        recordingSha256 = try container.value(.recordingSha256)
        spanS = try container.value(.spanS)
    }

    /// Encodes every key; one without a value is null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(offsetM, forKey: .offsetM)
        try container.encode(squaresM2, forKey: .squaresM2)
        try container.encode(forearmDrop, forKey: .forearmDrop)
        try container.encode(repetitions, forKey: .repetitions)
        try container.encode(recordingSha256, forKey: .recordingSha256)
        try container.encode(spanS, forKey: .spanS)
    }

    init(
        offsetM: Double, squaresM2: Double, forearmDrop: Double?, repetitions: Int, recordingSha256: String,
        spanS: [Double]?
    ) {
        self.offsetM = offsetM
        self.squaresM2 = squaresM2
        self.forearmDrop = forearmDrop
        self.repetitions = repetitions
        self.recordingSha256 = recordingSha256
        self.spanS = spanS
    }
}
