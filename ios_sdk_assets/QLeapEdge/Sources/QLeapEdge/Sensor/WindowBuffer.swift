/// Keeps the newest steps and cuts a window every few of them; starts over in a new segment.
public struct WindowBuffer: Sendable {
    /// Who wears the watch.
    public let wearer: Wearer
    /// Steps in a window.
    public let windowSteps: Int
    /// Steps between two windows.
    public let hopSteps: Int

    private var kept: [ImuSample] = []
    private var segment: Int?

    /// Starts empty.
    ///
    /// - Parameters:
    ///   - wearer: who wears the watch.
    ///   - windowSteps: steps in a window, 200 for the model (4 s).
    ///   - hopSteps: steps between two windows, 10 for the model (0.2 s); at most a window.
    public init(wearer: Wearer, windowSteps: Int = 200, hopSteps: Int = 10) {
        self.wearer = wearer
        self.windowSteps = max(1, windowSteps)
        self.hopSteps = min(max(1, hopSteps), self.windowSteps)
    }

    /// Adds a step.
    ///
    /// - Returns: a window when this step completes one. Windows start at steps 0, hop, 2 × hop, ... of a segment.
    public mutating func append(_ step: ResampledStep) -> ImuWindow? {
        if step.segment != segment {
            kept.removeAll(keepingCapacity: true)
            segment = step.segment
        }
        kept.append(step.sample)
        guard kept.count == windowSteps, let first = kept.first else { return nil }
        let window = ImuWindow(
            values: kept.flatMap { $0.channels.map(Float.init) }, wearer: wearer, startS: first.timestamp,
            endS: step.sample.timestamp, segment: step.segment)
        kept.removeFirst(hopSteps)
        return window
    }
}
