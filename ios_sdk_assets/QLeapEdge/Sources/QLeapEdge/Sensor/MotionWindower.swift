/// From CoreMotion samples to windows: frame, clock and window in one value.
package struct MotionWindower: Sendable {
    /// Who wears the watch, and how.
    package let wearer: Wearer
    private var resampler: MotionResampler
    private var buffer: WindowBuffer

    /// Starts with an empty stream.
    ///
    /// - Parameters:
    ///   - wearer: stature, wrist and crown side; start anew when they change.
    ///   - contract: gives rate, window and hop.
    package init(wearer: Wearer, contract: ContractDocument) {
        self.wearer = wearer
        resampler = MotionResampler(rateHz: contract.rateHz)
        buffer = WindowBuffer(
            wearer: wearer, windowSteps: contract.windowSteps, hopSteps: contract.hopSteps)
    }

    /// How far the newest window may lie behind the newest sample, seconds; nil in the first second of a segment.
    package var delayS: Double? { resampler.delayS }

    /// Samples that were skipped since the stream began; more than a few are worth a message to the wearer.
    package var skipped: SkippedSamples { resampler.skipped }

    /// Adds samples in time order; how the stream is cut into batches changes nothing, and a bad sample is skipped.
    ///
    /// - Returns: the windows that have become complete, oldest first.
    /// - Throws: ``StreamError`` when the stream as a whole is unusable; it is then as it was before the call.
    package mutating func append(_ batch: [MotionSample]) throws(StreamError) -> [ImuWindow] {
        let steps = try resampler.append(batch.map { ForearmFrame.imu(from: $0, wear: wearer.wear) })
        return steps.compactMap { buffer.append($0) }
    }

    /// Ends the stream, for example when a workout stops.
    ///
    /// - Returns: the windows that the tail still completes.
    package mutating func finish() -> [ImuWindow] {
        resampler.finish().compactMap { buffer.append($0) }
    }
}
