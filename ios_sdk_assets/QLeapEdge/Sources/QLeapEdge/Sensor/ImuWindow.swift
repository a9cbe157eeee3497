/// One complete window of model input, oldest step first.
public struct ImuWindow: Equatable, Sendable {
    /// (steps, 6) row-major, left-arm frame C: specific force m/s², angular velocity rad/s.
    public let values: [Float]
    /// Who wore the watch; the pose is scaled and mirrored for this person.
    public let wearer: Wearer
    /// Stamp of the first step, seconds, on the clock of the samples.
    public let startS: Double
    /// Stamp of the newest step, seconds.
    public let endS: Double
    /// Number of the gap-free stretch it was cut from.
    public let segment: Int

    /// Creates a window.
    ///
    /// - Parameters:
    ///   - values: (steps, 6) row-major.
    ///   - wearer: who wore the watch.
    ///   - startS: stamp of the first step, seconds.
    ///   - endS: stamp of the newest step, seconds.
    ///   - segment: number of the stretch.
    public init(values: [Float], wearer: Wearer, startS: Double = 0, endS: Double = 0, segment: Int = 0) {
        self.values = values
        self.wearer = wearer
        self.startS = startS
        self.endS = endS
        self.segment = segment
    }

    /// Channels of one step.
    public static let channelCount = 6

    /// Number of whole steps.
    public var steps: Int { values.count / Self.channelCount }
}
