/// Which exercises remain possible for a whole set: its windows vote with their probabilities.
///
/// Windows overlap and share their errors, so their probabilities are averaged, not multiplied. Windows from which the model
/// abstains do not vote. Add the estimates of one set, then show ``remaining``: one name, or "one of these two".
///
/// ```swift
/// var vote = ExerciseVote(payload.profile.exerciseSets)
/// for estimate in estimatesOfTheSet { vote.add(estimate) }
/// let names = vote.remaining.map { payload.contract.exercises[$0].name }
/// ```
public struct ExerciseVote: Equatable, Sendable {
    /// Of the profile.
    package let sets: ExerciseSets
    /// Windows that were added.
    package private(set) var windows = 0
    /// Windows among them that vote.
    package private(set) var voting = 0

    private var sums: [Double] = []

    /// Creates an empty vote.
    public init(_ sets: ExerciseSets) {
        self.sets = sets
    }

    /// Counts a window of the set.
    public mutating func add(_ estimate: PoseEstimate) {
        windows += 1
        if estimate.isAbstaining { return }
        voting += 1
        sums =
            sums.isEmpty ? estimate.exerciseProbability : zip(sums, estimate.exerciseProbability).map { $0 + $1 }
    }

    /// Mean probability of each exercise over the windows that vote, by id; empty while none does.
    public var probability: [Double] { sums.map { $0 / Double(voting) } }

    /// Ids of the exercises that remain possible, the most probable first.
    ///
    /// Empty while too few windows vote, and where the calibration had too few persons to promise anything. Three or more
    /// names say that the model does not know.
    public var remaining: [Int] {
        guard sets.threshold > 0, windows > 0, Double(voting) >= sets.leastVotingShare * Double(windows) else {
            return []
        }
        let mean = probability
        return mean.indices.filter { mean[$0] >= sets.threshold }
            .sorted { mean[$0] != mean[$1] ? mean[$0] > mean[$1] : $0 < $1 }
    }
}
