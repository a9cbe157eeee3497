import Foundation

/// `qleap.watch_reference`: sets with known depths, of one wearer in one posture, and what they say together.
public struct WatchReference: Document {
    /// The only value of the key `schema`.
    package static let schemaName = "qleap.watch_reference"
    /// The only value of the key `schema_version`.
    package static let schemaVersion = 2
    /// The usual file name.
    package static let fileName = "reference.json"

    /// The key `schema`.
    package let schema: String
    /// The key `schema_version`.
    package let schemaVersion: Int
    /// Label of the person, as whoever made the reference chose it.
    public let wearer: String
    /// Exercise of the sets, for example `"squat"`.
    public let exercise: String
    /// How the forearm is held at the start of a repetition.
    package let posture: ForearmPosture
    /// What was known of each repetition; it is what :func:`depth_of` then returns.
    package let known: ReferenceQuantity
    /// How much farther the wrist moves than what was known: mean of the posterior, metres.
    package let offset: Double
    /// Standard deviation of the posterior, metres.
    package let offsetStandardDeviation: Double
    /// Of single repetitions about the offset of their set; the spread of other persons enters as three repetitions, metres.
    package let spreadStandardDeviation: Double
    /// Mean over the repetitions of all sets of how far the hand sank against the elbow; nil: not known.
    package let forearmDrop: Double?
    /// In the order in which they were added.
    package let sets: [ReferenceSet]

    /// Reads a reference that `qleap watch reference` wrote.
    ///
    /// - Parameter url: the file.
    /// - Throws: ``DocumentError``.
    public init(contentsOf url: URL) throws {
        self = try Self.read(from: url)
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case schema
        case schemaVersion = "schema_version"
        case wearer
        case exercise
        case posture
        case known
        case offset = "offset_m"
        case offsetStandardDeviation = "offset_sd_m"
        case spreadStandardDeviation = "spread_sd_m"
        case forearmDrop = "forearm_drop"
        case sets
    }

    /// Decodes the keys; unknown ones are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        schema = try container.value(.schema)
        schemaVersion = try container.value(.schemaVersion)
        wearer = try container.value(.wearer)
        exercise = try container.value(.exercise)
        posture = try container.value(.posture)
        known = try container.value(.known)
        offset = try container.value(.offset)
        offsetStandardDeviation = try container.value(.offsetStandardDeviation)
        spreadStandardDeviation = try container.value(.spreadStandardDeviation)
        forearmDrop = try container.value(.forearmDrop)
        sets = try container.value(.sets)
    }

    /// Encodes every key; one without a value is null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(schema, forKey: .schema)
        try container.encode(schemaVersion, forKey: .schemaVersion)
        try container.encode(wearer, forKey: .wearer)
        try container.encode(exercise, forKey: .exercise)
        try container.encode(posture, forKey: .posture)
        try container.encode(known, forKey: .known)
        try container.encode(offset, forKey: .offset)
        try container.encode(offsetStandardDeviation, forKey: .offsetStandardDeviation)
        try container.encode(spreadStandardDeviation, forKey: .spreadStandardDeviation)
        try container.encode(forearmDrop, forKey: .forearmDrop)
        try container.encode(sets, forKey: .sets)
    }

    init(
        wearer: String, exercise: String, posture: ForearmPosture, known: ReferenceQuantity, offset: Double,
        offsetStandardDeviation: Double, spreadStandardDeviation: Double, forearmDrop: Double?, sets: [ReferenceSet]
    ) {
        schema = Self.schemaName
        schemaVersion = Self.schemaVersion
        self.wearer = wearer
        self.exercise = exercise
        self.posture = posture
        self.known = known
        self.offset = offset
        self.offsetStandardDeviation = offsetStandardDeviation
        self.spreadStandardDeviation = spreadStandardDeviation
        self.forearmDrop = forearmDrop
        self.sets = sets
    }

    /// Checks lengths and signs.
    ///
    /// - Throws: ``DocumentError/badValue(document:key:reason:)``.
    package func validate() throws {
        guard !wearer.isEmpty else { throw Self.bad("wearer", "expected a label") }
        guard !sets.isEmpty else { throw Self.bad("sets", "expected at least one set") }
        guard (-2...2).contains(offset) else { throw Self.bad("offset_m", "expected -2 to 2 m") }
        for (key, value) in [("offset_sd_m", offsetStandardDeviation), ("spread_sd_m", spreadStandardDeviation)] {
            guard value > 0, value <= 1 else { throw Self.bad(key, "expected a length above 0, at most 1 m") }
        }
        if let forearmDrop, !(-2...2).contains(forearmDrop) {
            throw Self.bad("forearm_drop", "expected -2 to 2 forearm lengths")
        }
    }
}
