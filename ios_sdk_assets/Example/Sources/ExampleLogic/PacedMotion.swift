import QLeapEdge

/// Samples of a recording at the speed at which they were measured, in batches of 0.1 s.
public struct PacedMotion: AsyncSequence, Sendable {
    /// Samples of one batch, oldest first.
    public typealias Element = [MotionSample]
    private static let batchSamples = 10

    let samples: [MotionSample]
    let speed: Double

    /// Creates the sequence.
    ///
    /// - Parameters:
    ///   - samples: in time order.
    ///   - speed: 1 is as it was, 2 twice as fast; above 0.
    public init(_ samples: [MotionSample], speed: Double = 1) {
        self.samples = samples
        self.speed = speed
    }

    /// Begins with the first sample, now.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(samples: samples, speed: speed) }

    /// Waits until the newest sample of a batch is due, then gives the batch.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let samples: [MotionSample]
        let speed: Double
        private let began = ContinuousClock.now
        private var next = 0

        init(samples: [MotionSample], speed: Double) {
            self.samples = samples
            self.speed = speed
        }

        /// The next batch; nil at the end of the recording.
        ///
        /// - Throws: `CancellationError`.
        public mutating func next() async throws -> [MotionSample]? {
            guard next < samples.count, let first = samples.first else { return nil }
            let batch = samples[next..<Swift.min(next + PacedMotion.batchSamples, samples.count)]
            next = batch.endIndex
            let dueS = ((batch.last ?? first).timestamp - first.timestamp) / speed
            try await Task.sleep(until: began + .seconds(dueS), clock: .continuous)
            return Array(batch)
        }
    }
}
