/// Keeps the newest steps and cuts a window every few of them; starts over in a new segment.
package struct WindowBuffer: Sendable {
    /// Who wears the watch.
    package let wearer: Wearer
    /// Steps in a window.
    package let windowSteps: Int
    /// Steps between two windows.
    package let hopSteps: Int

    private var values: [Float] = []
    private var stamps: [Double] = []
    private var segment: Int?

    /// Starts empty.
    ///
    /// - Parameters:
    ///   - wearer: who wears the watch.
    ///   - windowSteps: steps in a window, 200 for the model (4 s).
    ///   - hopSteps: steps between two windows, 10 for the model (0.2 s); at most a window.
    package init(wearer: Wearer, windowSteps: Int = 200, hopSteps: Int = 10) {
        self.wearer = wearer
        self.windowSteps = max(1, windowSteps)
        self.hopSteps = min(max(1, hopSteps), self.windowSteps)
    }

    /// Adds a step.
    ///
    /// - Returns: a window when this step completes one. Windows start at steps 0, hop, 2 × hop, ... of a segment.
    package mutating func append(_ step: ResampledStep) -> ImuWindow? {
        if step.segment != segment {
            values.removeAll(keepingCapacity: true)
            stamps.removeAll(keepingCapacity: true)
            segment = step.segment
        }
        let channels = step.sample.packed
        for channel in 0..<ImuWindow.channelCount { values.append(Float(channels[channel])) }
        stamps.append(step.sample.timestamp)
        guard stamps.count == windowSteps, let first = stamps.first else { return nil }
        let window = ImuWindow(
            values: values, wearer: wearer, startTimestamp: first, endTimestamp: step.sample.timestamp,
            segment: step.segment)
        values.removeFirst(hopSteps * ImuWindow.channelCount)
        stamps.removeFirst(hopSteps)
        return window
    }
}
