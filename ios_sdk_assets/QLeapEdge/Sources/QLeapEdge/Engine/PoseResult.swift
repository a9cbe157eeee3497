/// What the engine says of one window.
public struct PoseResult: Equatable, Sendable {
    /// A pose to show, or why there is none.
    public enum State: Equatable, Sendable {
        /// Joints, exercise and form, each with its uncertainty.
        case pose(PoseEstimate)
        /// Show "not sure": the gates that fired.
        case abstained(Set<AbstainReason>)
    }

    /// A pose to show, or why there is none.
    public let state: State
    /// The pose; nil for "not sure".
    public var pose: PoseEstimate? {
        if case .pose(let pose) = state { return pose }
        return nil
    }

    /// Stamp of the window's newest frame, seconds, on the clock of the samples.
    public let timestamp: Double
    /// Windows that were dropped before this one, because predictor or loop was busy (``PoseEngine/Backlog/newest``).
    ///
    /// A result that this one replaced, because the loop had not taken it yet, is counted in the next one.
    public let droppedWindows: Int
    /// Samples that were skipped since the stream began.
    public let skipped: SkippedSamples

    /// Creates a result from a decoded window.
    ///
    /// - Parameters:
    ///   - estimate: what the model said.
    ///   - dropped: windows that were dropped before it.
    ///   - skipped: samples that were skipped since the stream began.
    public init(_ estimate: PoseEstimate, dropped: Int = 0, skipped: SkippedSamples = SkippedSamples()) {
        state = estimate.isAbstaining ? .abstained(Set(estimate.reasons)) : .pose(estimate)
        timestamp = estimate.timestamp
        droppedWindows = dropped
        self.skipped = skipped
    }
}
