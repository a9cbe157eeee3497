/// Which exercise a set is.
public struct ExerciseStatement: Codable, Equatable, Sendable {
    /// The exercise, or `unknown`.
    public let name: String
    /// Who says so.
    public let namedBy: NamedBy
    /// Mean calibrated probability of the name over the windows that vote; nil if no window votes, or if it is unknown.
    public let probability: Double?
    /// Every exercise with a probability of at least 0.05, the most probable one first.
    public let candidates: [Candidate]
    /// Windows of four seconds whose middle lies in the set.
    public let windows: Int
    /// Windows among them from which the network abstains; they do not vote.
    public let abstained: Int
    /// Why no exercise is named; nil if one is.
    public let whyUnknown: String?
    /// One or two exercises that remain possible where none is named; empty if one is named, or if more remain or none.
    public let oneOf: [Exercise]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name
        case namedBy = "named_by"
        case probability
        case candidates
        case windows
        case abstained
        case whyUnknown = "why_unknown"
        case oneOf = "one_of"
    }

    /// Decodes the keys; unknown ones are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        name = try container.value(.name)
        namedBy = try container.value(.namedBy)
        probability = try container.value(.probability)
        candidates = try container.value(.candidates)
        windows = try container.value(.windows)
        abstained = try container.value(.abstained)
        whyUnknown = try container.value(.whyUnknown)
        oneOf = try container.value(.oneOf)
    }

    /// Encodes every key; one without a value is null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(namedBy, forKey: .namedBy)
        try container.encode(probability, forKey: .probability)
        try container.encode(candidates, forKey: .candidates)
        try container.encode(windows, forKey: .windows)
        try container.encode(abstained, forKey: .abstained)
        try container.encode(whyUnknown, forKey: .whyUnknown)
        try container.encode(oneOf, forKey: .oneOf)
    }

    init(
        name: String, namedBy: NamedBy, probability: Double?, candidates: [Candidate], windows: Int, abstained: Int,
        whyUnknown: String?, oneOf: [Exercise]
    ) {
        self.name = name
        self.namedBy = namedBy
        self.probability = probability
        self.candidates = candidates
        self.windows = windows
        self.abstained = abstained
        self.whyUnknown = whyUnknown
        self.oneOf = oneOf
    }
}
