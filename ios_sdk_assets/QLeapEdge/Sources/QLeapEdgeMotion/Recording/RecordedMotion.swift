import QLeapEdge

/// Batches that are written to a recording before they are passed on; made by `recorded(by:)`.
///
/// A batch that cannot be written ends the stream with its ``RecordingWriterError``. The end of the stream does not finish the
/// recording: call ``RecordingWriter/finish()``.
public struct RecordedMotion<Base: AsyncSequence & Sendable>: AsyncSequence, Sendable
where Base.Element == [MotionSample] {
    /// Samples of one batch, oldest first.
    public typealias Element = [MotionSample]

    let base: Base
    let writer: RecordingWriter

    /// Begins iterating.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: base.makeAsyncIterator(), writer: writer)
    }

    /// Writes each batch, then gives it.
    public struct AsyncIterator: AsyncIteratorProtocol {
        var base: Base.AsyncIterator
        let writer: RecordingWriter

        /// The next batch, once it is written.
        ///
        /// - Throws: ``RecordingWriterError``, or what the source throws.
        public mutating func next() async throws -> [MotionSample]? {
            guard let batch = try await base.next() else { return nil }
            try await writer.append(batch)
            return batch
        }
    }
}

extension AsyncSequence where Self: Sendable, Element == [MotionSample] {
    /// The same batches, each written to a recording first.
    public func recorded(by writer: RecordingWriter) -> RecordedMotion<Self> {
        RecordedMotion(base: self, writer: writer)
    }
}
