/// One complete window of model input, oldest step first.
public struct ImuWindow: Equatable, Sendable {
    /// (steps, 6) row-major, left-arm frame C: specific force m/s², angular velocity rad/s.
    package let values: [Float]
    /// Who wore the watch; the pose is scaled and mirrored for this person.
    public let wearer: Wearer
    /// Stamp of the first step, seconds, on the clock of the samples.
    package let startTimestamp: Double
    /// Stamp of the newest step, seconds.
    public let endTimestamp: Double
    /// Number of the gap-free stretch it was cut from.
    package let segment: Int

    /// Creates a window.
    ///
    /// - Parameters:
    ///   - values: (steps, 6) row-major.
    ///   - wearer: who wore the watch.
    ///   - startTimestamp: stamp of the first step, seconds.
    ///   - endTimestamp: stamp of the newest step, seconds.
    ///   - segment: number of the stretch.
    package init(
        values: [Float], wearer: Wearer, startTimestamp: Double = 0, endTimestamp: Double = 0, segment: Int = 0
    ) {
        self.values = values
        self.wearer = wearer
        self.startTimestamp = startTimestamp
        self.endTimestamp = endTimestamp
        self.segment = segment
    }

    /// Channels of one step.
    package static let channelCount = 6

    /// Number of whole steps.
    package var steps: Int { values.count / Self.channelCount }
}
