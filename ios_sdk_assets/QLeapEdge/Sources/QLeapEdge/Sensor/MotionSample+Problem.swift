extension MotionSample {
    /// Why a sample cannot follow another one; nil if it can.
    ///
    /// An exact repeat is the caller's to drop.
    func problem(after lastS: Double?) -> SampleProblem? {
        let sum = gravity.sum() + userAcceleration.sum() + rotationRate.sum()
        guard timestamp.isFinite, sum.isFinite else { return .notFinite }
        let force = (gravity + userAcceleration) * ForearmFrame.standardGravity
        let largest = [force, userAcceleration, rotationRate].map { max($0.max(), -$0.min()) }.max() ?? 0
        guard largest <= MotionResampler.maximumMagnitude else {
            return .outOfRange(most: MotionResampler.maximumMagnitude, got: largest)
        }
        guard let lastS else { return nil }
        guard timestamp > lastS else { return .timestampNotIncreasing(previous: lastS, got: timestamp) }
        let least = MotionResampler.minimumStepS
        return timestamp - lastS < least ? .tooClose(least: least, got: timestamp - lastS) : nil
    }
}
