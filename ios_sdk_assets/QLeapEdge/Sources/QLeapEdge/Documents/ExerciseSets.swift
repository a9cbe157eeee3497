/// Which exercises remain possible for a whole set of repetitions (conformal sets).
public struct ExerciseSets: Codable, Equatable, Sendable {
    /// Probability that the true exercise remains, for a new synthetic sequence like those of the calibration.
    package let level: Double
    /// Least mean probability of an exercise that remains; 0: too few persons for the level.
    package let threshold: Double
    /// Where fewer of the windows vote, nothing is said about the exercise.
    package let leastVotingShare: Double
    /// Persons behind the threshold.
    package let subjects: Int
    /// Sequences behind the threshold.
    package let sequences: Int

    enum CodingKeys: String, CodingKey, CaseIterable {
        case level
        case threshold
        case leastVotingShare = "least_voting_share"
        case subjects
        case sequences
    }

    /// Decodes the numbers; unknown keys are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        level = try container.value(.level)
        threshold = try container.value(.threshold)
        leastVotingShare = try container.value(.leastVotingShare)
        subjects = try container.value(.subjects)
        sequences = try container.value(.sequences)
    }

    func validate() throws {
        for (key, share) in [
            ("level", level), ("threshold", threshold), ("least_voting_share", leastVotingShare),
        ] {
            guard (0...1).contains(share) else { throw ProfileDocument.bad("exercise_sets." + key, "expected a share") }
        }
    }
}
