import Foundation

/// A recording of one watch in a file: CSV of device motion, as Sensor Logger and `RecordingWriter` write it.
///
/// Two layouts are read, by their column names: `WristMotion.csv` (stamps in nanoseconds since 1970) and the merged export (stamps
/// in seconds). The merged export has a row for every step of the app's clock: rows without a reading, and runs of more than
/// three rows that only repeat the last one, are left out. `qleap watch` reads many more formats and checks what it reads; this is for
/// replay in tests, previews and on Linux.
public struct WatchRecording: Sendable {
    /// Name of the file.
    public let name: String
    /// SHA-256 of the file, 64 hexadecimal digits.
    public let sha256: String
    /// Date and time (UTC, ISO 8601) of the first sample; nil where the file does not tell.
    public let startedAt: String?
    /// How the watch was worn, as `RecordingWriter` writes it; nil where the file does not tell.
    public let wear: WearConfiguration?
    /// In the order of the file; stamps in seconds since the first row.
    public let samples: [MotionSample]
    /// Rows that hold no reading of the watch, or only repeat the last one.
    public let rowsWithoutReading: Int

    /// Largest file that is read, bytes: an hour at 100 Hz takes about 100 MB.
    public static let mostBytes = 1_000_000_000

    /// Reads a file.
    ///
    /// - Parameter url: a regular file, not compressed.
    /// - Throws: ``RecordingError``.
    public init(contentsOf url: URL) throws(RecordingError) {
        let path = url.path
        let values: URLResourceValues
        let data: Data
        do {
            values = try url.resourceValues(forKeys: [.isRegularFileKey, .fileSizeKey])
        } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
        guard values.isRegularFile == true else { throw .unreadable(path: path, reason: "it is no regular file") }
        guard let bytes = values.fileSize, bytes <= Self.mostBytes else {
            throw .unreadable(path: path, reason: "it is larger than \(Self.mostBytes) bytes")
        }
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
        try self.init(data, name: url.lastPathComponent)
    }

    /// Reads the content of a file.
    ///
    /// - Parameters:
    ///   - data: the bytes.
    ///   - name: what error messages call it.
    /// - Throws: ``RecordingError``.
    public init(_ data: Data, name: String) throws(RecordingError) {
        var table = try RecordingTable(data, name: name)
        self.name = name
        sha256 = FileDigest.sha256(of: data)
        (samples, rowsWithoutReading) = try table.readSamples()
        startedAt = table.startedAt
        wear = table.wear
    }

    /// The samples in batches, as a sensor delivers them: a source for ``PoseEngine``.
    ///
    /// - Parameter count: samples in a batch.
    public func batches(of count: Int = 50) -> AsyncStream<[MotionSample]> {
        let (samples, size) = (samples, max(1, count))
        return AsyncStream { continuation in
            for first in stride(from: 0, to: samples.count, by: size) {
                continuation.yield(Array(samples[first..<min(first + size, samples.count)]))
            }
            continuation.finish()
        }
    }
}
