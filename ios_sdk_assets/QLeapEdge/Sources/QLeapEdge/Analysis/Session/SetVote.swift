import Foundation

/// Which exercise a set is: the windows of the set vote with their probabilities, and the wrist's motion may veto.
///
/// Windows overlap and share their errors, so their probabilities are averaged, not multiplied.
struct SetVote {
    let windows: [WindowRecord]
    let pattern: WristPattern
    let sets: ExerciseSets
    let declared: Exercise?

    private var parameters: NameParameters { pattern.parameters }

    /// Which exercise it is, or that nobody knows.
    var statement: ExerciseStatement {
        let mean = meanProbability
        let order = mean.indices.sorted { (-mean[$0], $0) < (-mean[$1], $1) }
        let candidates = order.filter { mean[$0] >= parameters.shown }.map { id in
            let exercise = Exercise.allCases[id]
            return Candidate(
                exercise: exercise, probability: mean[id], contradiction: pattern.objection(to: exercise))
        }
        let why = declared.map(whyNotDeclared) ?? whyUnknown(candidates)
        let name = why == nil ? declared ?? candidates.first?.exercise : nil
        let voting = windows.filter(\.votes).count
        return ExerciseStatement(
            name: name?.rawValue ?? "unknown",
            namedBy: name == nil ? .nobody : declared == nil ? .network : .wearer,
            probability: name.flatMap { voting > 0 ? mean[$0.id] : nil },
            candidates: candidates, windows: windows.count, abstained: windows.count - voting, whyUnknown: why,
            oneOf: why != nil && declared == nil ? oneOf(mean, order, voting) : [])
    }

    /// Mean probability of each exercise over the windows that vote; 0 where none does.
    private var meanProbability: [Double] {
        let voting = windows.filter(\.votes)
        var sums = [Double](repeating: 0, count: Exercise.allCases.count)
        for window in voting {
            for (id, value) in window.exerciseProbability.enumerated() where id < sums.count { sums[id] += value }
        }
        return voting.isEmpty ? sums : sums.map { $0 / Double(voting.count) }
    }

    /// The exercises that remain possible and that the wrist's motion allows; none where they are too many.
    private func oneOf(_ mean: [Double], _ order: [Int], _ voting: Int) -> [Exercise] {
        guard sets.threshold > 0, !windows.isEmpty,
            Double(voting) / Double(windows.count) >= sets.leastVotingShare
        else { return [] }
        let left = order.filter { mean[$0] >= sets.threshold }.map { Exercise.allCases[$0] }
            .filter { pattern.objection(to: $0) == nil }
        return left.count <= parameters.mostLeft ? left : []
    }

    private func whyNotDeclared(_ exercise: Exercise) -> String? {
        pattern.contradiction(of: exercise).map { "the wearer names \(exercise.inWords), but \($0)" }
    }

    /// Why the network's first choice is not taken over; nil if it is.
    private func whyUnknown(_ candidates: [Candidate]) -> String? {
        if windows.isEmpty { return "no whole window of four seconds lies in the set" }
        let abstained = windows.filter { !$0.votes }.count
        if Double(windows.count - abstained) / Double(windows.count) < sets.leastVotingShare {
            return "the network abstains from \(abstained) of \(windows.count) windows"
        }
        guard let first = candidates.first else { return "no exercise is probable" }
        if first.probability < parameters.leastProbability {
            var shown = String(format: "%.2f", first.probability)
            if (Double(shown) ?? 0) >= parameters.leastProbability {  // 0.798 may not read as the 0.80 that is needed
                shown = String(format: "%.3f", (1000 * first.probability).rounded(.down) / 1000)
            }
            let needed = String(format: "%.2f", parameters.leastProbability)
            return "the network gives \(first.exercise.inWords) a probability of \(shown); at least \(needed) is needed"
        }
        return first.contradiction.map { "the network says \(first.exercise.inWords), but \($0)" }
    }
}
