/// What the form score consists of, and what no score from a wrist holds.
///
/// Show the faults in ``notObservable`` as "not observable", never as absent: knees that fall in, a rounded lower back, lifted
/// heels and a load to one side leave no mark at a wrist.
public struct FormSpec: Codable, Equatable, Sendable {
    /// Names of the exercises that have a form score.
    public let exercises: [String]
    /// Version of the rubric whose scores the network was trained on.
    package let rubricVersion: Int
    /// Names of the criteria that the score consists of.
    public let observable: [String]
    /// Names of the faults that a wrist cannot see.
    public let notObservable: [String]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case exercises
        case rubricVersion = "rubric_version"
        case observable
        case notObservable = "not_observable"
    }

    /// Decodes the specification; unknown keys are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        exercises = try container.value(.exercises)
        rubricVersion = try container.value(.rubricVersion)
        observable = try container.value(.observable)
        notObservable = try container.value(.notObservable)
    }
}
