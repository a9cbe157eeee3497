import QLeapEdge

/// Batches that are shown to somebody before they are passed on.
struct TappedMotion<Base: AsyncSequence & Sendable>: AsyncSequence, Sendable where Base.Element == [MotionSample] {
    typealias Element = [MotionSample]

    let base: Base
    let tap: @Sendable ([MotionSample]) async -> Void

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator(), tap: tap) }

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: Base.AsyncIterator
        let tap: @Sendable ([MotionSample]) async -> Void

        mutating func next() async throws -> [MotionSample]? {
            guard let batch = try await base.next() else { return nil }
            await tap(batch)
            return batch
        }
    }
}
