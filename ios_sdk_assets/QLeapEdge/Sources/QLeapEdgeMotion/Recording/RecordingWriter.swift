import Foundation
import QLeapEdge

/// Writes samples to a CSV file that `qleap watch inspect` and `qleap watch analyze` read, with the wrist and the crown side in
/// the last two columns of each row.
///
/// ```swift
/// let writer = try RecordingWriter(name: "squats", in: folder, wear: wearer.wear)
/// for try await result in engine.results(from: source.batches().recorded(by: writer)) { … }
/// let recording = try await writer.finish()
/// ```
///
/// **Incomplete files.** Rows go to `NAME.csv.partial`; ``finish()`` brings it to disk and renames it to `NAME.csv`. A file that
/// ends in `.csv` is therefore whole. After a crash the `.partial` file remains: `qleap` does not read it as part of a folder,
/// and ``recover(_:)`` turns it into `NAME-interrupted.csv`. Nothing is ever overwritten.
public actor RecordingWriter {
    /// Where the finished recording will lie.
    public nonisolated let url: URL
    /// Where rows go until then.
    public nonisolated let partialURL: URL
    /// How the watch is worn.
    public nonisolated let wear: WearConfiguration
    /// Samples written so far.
    public private(set) var samples = 0
    /// Samples left out so far, because a value or stamp is not a finite number.
    public private(set) var skipped = 0

    private let clock: RecordingClock
    private var handle: FileHandle?
    private var firstTimestamp: Double?
    private var hasAttitude = false

    /// Creates the file.
    ///
    /// - Parameters:
    ///   - name: of the recording, without suffix: letters, digits, `-`, `_`, `.`.
    ///   - folder: an existing folder.
    ///   - wear: how the watch is worn; on a watch `WearConfiguration(WKInterfaceDevice.current())`.
    ///   - clock: ties the samples' stamps to the time of day.
    /// - Throws: ``RecordingWriterError``.
    public init(name: String, in folder: URL, wear: WearConfiguration, clock: RecordingClock = .now()) throws {
        guard RecordingFormat.isName(name) else { throw RecordingWriterError.name(got: name) }
        self.wear = wear
        self.clock = clock
        url = folder.appendingPathComponent(name + RecordingFormat.suffix)
        partialURL = folder.appendingPathComponent(name + RecordingFormat.partialSuffix)
        for place in [url, partialURL] where FileManager.default.fileExists(atPath: place.path) {
            throw RecordingWriterError.exists(path: place.path)
        }
        do {
            try Data().write(to: partialURL, options: .withoutOverwriting)
            handle = try FileHandle(forWritingTo: partialURL)
        } catch {
            throw RecordingWriterError.cannotWrite(path: partialURL.path, reason: error.localizedDescription)
        }
    }

    /// Writes a batch; a sample that is not finite is left out and counted.
    ///
    /// - Parameter batch: samples in time order, all of one source.
    /// - Throws: ``RecordingWriterError``; after a failed write the recording is closed.
    public func append(_ batch: [MotionSample]) throws {
        guard let handle else { throw RecordingWriterError.closed(path: url.path) }
        var text = ""
        var written = 0
        for sample in batch {
            guard RecordingFormat.isFinite(sample), let nanoseconds = clock.nanoseconds(at: sample.timestamp) else {
                skipped += 1
                continue
            }
            if let firstTimestamp {
                guard (sample.attitude != nil) == hasAttitude else {
                    throw RecordingWriterError.attitudeMissing(path: url.path, sample: samples + written + 1)
                }
                text += row(sample, nanoseconds, since: firstTimestamp)
            } else {
                firstTimestamp = sample.timestamp
                hasAttitude = sample.attitude != nil
                text += RecordingFormat.header(withAttitude: hasAttitude)
                text += row(sample, nanoseconds, since: sample.timestamp)
            }
            written += 1
        }
        do {
            try handle.write(contentsOf: Data(text.utf8))
            samples += written
        } catch {
            close()
            throw RecordingWriterError.cannotWrite(path: partialURL.path, reason: error.localizedDescription)
        }
    }

    /// Brings the file to disk and gives it its name.
    ///
    /// - Returns: where it lies and how much is in it.
    /// - Throws: ``RecordingWriterError``; without a single sample the file is removed.
    public func finish() throws -> FinishedRecording {
        guard let handle else { throw RecordingWriterError.closed(path: url.path) }
        defer { close() }
        guard samples > 0 else {
            try? FileManager.default.removeItem(at: partialURL)
            throw RecordingWriterError.empty(path: url.path)
        }
        do {
            try handle.synchronize()
            try FileManager.default.moveItem(at: partialURL, to: url)
        } catch {
            throw RecordingWriterError.cannotWrite(path: url.path, reason: error.localizedDescription)
        }
        return FinishedRecording(url: url, samples: samples, skipped: skipped)
    }

    /// Closes and removes the file.
    public func discard() {
        guard handle != nil else { return }
        close()
        try? FileManager.default.removeItem(at: partialURL)
    }

    private func row(_ sample: MotionSample, _ nanoseconds: Int64, since first: Double) -> String {
        RecordingFormat.row(sample, nanoseconds: nanoseconds, elapsedS: sample.timestamp - first, wear: wear)
    }

    private func close() {
        try? handle?.close()
        handle = nil
    }
}
