/// A span in which one movement is repeated by the arm that wears the watch; of the other arm nothing is said.
package struct ExerciseSet: Sendable {
    /// The signal in which the repetitions were found.
    package let signal: RepetitionSignal
    /// All of them, in the order of time, with their measures.
    package let repetitions: [Repetition]
    /// Mean correlation of the repetitions with their median; 1: all alike.
    package let agreement: Double
    /// Whether the rests between the repetitions are about as long as a repetition: the other arm may have its turn in them.
    package let isWatchArmOnly: Bool
    /// Of the set, with what is around it.
    let motion: VerticalMotion

    init(
        signal: RepetitionSignal, found: [FoundRepetition], agreement: Double, motion: VerticalMotion,
        _ parameters: AnalysisParameters
    ) {
        self.signal = signal
        self.agreement = agreement
        self.motion = motion
        repetitions = SetMeasurement(motion: motion, parameters: parameters.measures).measured(found)
        isWatchArmOnly = Self.leavesTimeForTheOtherArm(found, parameters.search)
    }

    /// Start of the first repetition, seconds on the clock of the samples.
    package var startS: Double { repetitions.first?.startS ?? 0 }

    /// End of the last repetition.
    package var endS: Double { repetitions.last?.endS ?? 0 }

    private static func leavesTimeForTheOtherArm(_ found: [FoundRepetition], _ parameters: SearchParameters) -> Bool {
        guard found.count >= parameters.leastRepetitions else { return false }
        let restS = zip(found, found.dropFirst()).map { $1.startS - $0.endS }.median
        let movesS = found.map { $0.endS - $0.startS }.median
        return restS >= parameters.otherArmLeast * movesS && restS <= parameters.otherArmMost * movesS
    }
}
