/// Which reference set was used.
public struct ReferenceStatement: Codable, Equatable, Sendable {
    /// SHA-256 of the reference file.
    package let sha256: String
    /// Label of the person.
    package let wearer: String
    /// Exercise of the reference set.
    package let exercise: String
    /// How the forearm is held at the start of a repetition.
    package let posture: ForearmPosture
    /// What was known of the reference set.
    package let known: ReferenceQuantity

    enum CodingKeys: String, CodingKey, CaseIterable {
        case sha256
        case wearer
        case exercise
        case posture
        case known
    }

    /// Decodes the keys; unknown ones are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        sha256 = try container.value(.sha256)
        wearer = try container.value(.wearer)
        exercise = try container.value(.exercise)
        posture = try container.value(.posture)
        known = try container.value(.known)
    }

    init(
        sha256: String, wearer: String, exercise: String, posture: ForearmPosture, known: ReferenceQuantity
    ) {
        self.sha256 = sha256
        self.wearer = wearer
        self.exercise = exercise
        self.posture = posture
        self.known = known
    }
}
