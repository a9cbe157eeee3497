/// What the session keeps of one window: everything but the pose, and of the pose the heights of pelvis and ankles.
struct WindowRecord: Sendable {
    /// First and newest step, seconds on the clock of the samples.
    let startS: Double
    let endS: Double
    let exerciseProbability: [Double]
    let formProbability: [Double]
    let reasons: [String]
    let sigmaM: Double
    let embeddingDistance: Double
    let maskedShare: Double
    /// (steps) heights of the pelvis, of the left and of the right ankle, metres.
    let heightsM: [SIMD3<Double>]

    /// - Parameters:
    ///   - estimate: of the window.
    ///   - contract: what the model takes and gives.
    ///   - maskedShare: share of the steps that are bridged holes.
    init(_ estimate: PoseEstimate, _ contract: ContractDocument, maskedShare: Double = 0) {
        let steps = Double(contract.windowSteps - 1)
        startS = estimate.timestamp - steps / contract.rateHz
        endS = estimate.timestamp
        // A later release may have classes that this version of the code cannot name.
        exerciseProbability = Array(estimate.exerciseProbability.prefix(Exercise.allCases.count))
        formProbability = estimate.formProbability
        let isTrained =
            Exercise.allCases.indices.contains(estimate.exercise)
            && contract.exercises.indices.contains(estimate.exercise) && contract.exercises[estimate.exercise].trained
        reasons = estimate.reasons.map(\.rawValue) + (isTrained ? [] : ["untrained"])
        sigmaM = Self.meanSigma(estimate)
        embeddingDistance = estimate.embeddingDistance
        self.maskedShare = maskedShare
        let joints = [JointName.pelvis, .leftAnkle, .rightAnkle].map(\.index)
        heightsM = (0..<estimate.frameCount).map { frame in
            let heights = joints.map { estimate.position(frame: frame, joint: $0)?.z ?? 0 }
            return SIMD3(heights[0], heights[1], heights[2])
        }
    }

    /// Whether it votes for the name of its set.
    var votes: Bool { reasons.isEmpty }

    /// Id of the most probable exercise.
    var exercise: Int { exerciseProbability.indices.firstMaximum { exerciseProbability[$0] } ?? 0 }

    /// Mean over joints without the root, frames and axes.
    private static func meanSigma(_ estimate: PoseEstimate) -> Double {
        let root = JointName.pelvis.index
        var (sum, count) = (0.0, 0)
        for (point, sigma) in estimate.sigmas.enumerated() where point % estimate.jointCount != root {
            sum += sigma.sum()
            count += 3
        }
        return count > 0 ? sum / Double(count) : 0
    }
}
