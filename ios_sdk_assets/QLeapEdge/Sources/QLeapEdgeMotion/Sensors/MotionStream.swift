import Foundation
import QLeapEdge

/// Batches of samples of one sensor, in time order, for `PoseEngine.results(from:)`.
///
/// It ends when the task that reads it is cancelled, when the loop over it is left and nobody holds it any more, or with a
/// ``MotionSourceError``; the sensor is stopped each time. It is for one reader.
///
/// **Buffer.** While the reader is busy the newest batches wait, as many as the source says. When that is not enough the oldest
/// are dropped and counted in ``droppedSamples``. Their stamps are then missing: where more than 0.1 s is gone, the engine
/// begins a new stretch, and a recording shows the gap.
public struct MotionStream: AsyncSequence, Sendable {
    /// Samples of one batch, oldest first.
    public typealias Element = [MotionSample]
    /// Iterates over the batches.
    public typealias AsyncIterator = AsyncThrowingStream<[MotionSample], any Error>.Iterator

    private let stream: AsyncThrowingStream<[MotionSample], any Error>
    private let feed: MotionFeed

    /// Samples that were dropped since the stream began, because the reader was too slow.
    public var droppedSamples: Int { feed.droppedSamples }

    /// Begins iterating.
    public func makeAsyncIterator() -> AsyncIterator { stream.makeAsyncIterator() }

    /// Makes a stream and lets a source feed it.
    ///
    /// - Parameters:
    ///   - batchSamples: samples that are collected before they are passed on as one batch.
    ///   - waitingBatches: the newest batches that wait for the reader.
    ///   - start: begins the delivery; it also sets what happens at the end of the stream.
    init(batchSamples: Int, waitingBatches: Int, start: (MotionFeed) -> Void) {
        let (stream, continuation) = AsyncThrowingStream<[MotionSample], any Error>.makeStream(
            bufferingPolicy: .bufferingNewest(waitingBatches))
        feed = MotionFeed(continuation, batchSamples: batchSamples)
        self.stream = stream
        start(feed)
    }
}

/// The end of a stream into which a sensor's handler puts its samples, on any thread.
final class MotionFeed: @unchecked Sendable {
    private let continuation: AsyncThrowingStream<[MotionSample], any Error>.Continuation
    private let batchSamples: Int
    private let lock = NSLock()  // guards the two below
    private var pending: [MotionSample] = []
    private var dropped = 0

    init(_ continuation: AsyncThrowingStream<[MotionSample], any Error>.Continuation, batchSamples: Int) {
        self.continuation = continuation
        self.batchSamples = batchSamples
    }

    var droppedSamples: Int { lock.withLock { dropped } }

    func add(_ samples: [MotionSample]) {
        lock.withLock {
            pending += samples
            if pending.count >= batchSamples { pass() }
        }
    }

    /// Passes on what was collected, then ends the stream with an error.
    func finish(throwing error: MotionSourceError) {
        lock.withLock { pass() }
        continuation.finish(throwing: error)
    }

    func onEnd(_ body: @escaping @Sendable () -> Void) {
        continuation.onTermination = { _ in body() }
    }

    private func pass() {
        guard !pending.isEmpty else { return }
        if case .dropped(let oldest) = continuation.yield(pending) { dropped += oldest.count }
        pending = []
    }
}
