import Foundation

extension RecordingWriter {
    private static let tailBytes: UInt64 = 4096  // a row has about 300

    /// The files that writers left behind in a folder because the app ended before they were finished, by name.
    ///
    /// That of a writer that is still at work is among them.
    ///
    /// - Throws: ``RecordingWriterError/cannotWrite(path:reason:)`` when the folder cannot be read.
    public static func unfinished(in folder: URL) throws -> [URL] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder.path)
                .filter { $0.hasSuffix(RecordingFormat.partialSuffix) }.sorted()
                .map { folder.appendingPathComponent($0) }
        } catch {
            throw RecordingWriterError.cannotWrite(path: folder.path, reason: error.localizedDescription)
        }
    }

    /// Cuts off the row that was not written to its end, and names the file `NAME-interrupted.csv`.
    ///
    /// - Parameter partial: one of ``unfinished(in:)``; no writer may still be at work on it.
    /// - Returns: the file with its new name.
    /// - Throws: ``RecordingWriterError``; a file without a single whole row is left as it is.
    public static func recover(_ partial: URL) throws -> URL {
        guard partial.lastPathComponent.hasSuffix(RecordingFormat.partialSuffix) else {
            throw RecordingWriterError.notARecording(
                path: partial.path, reason: "its name does not end in \(RecordingFormat.partialSuffix)")
        }
        let name = String(partial.lastPathComponent.dropLast(RecordingFormat.partialSuffix.count))
        let recovered = partial.deletingLastPathComponent()
            .appendingPathComponent(name + RecordingFormat.interruptedSuffix)
        guard !FileManager.default.fileExists(atPath: recovered.path) else {
            throw RecordingWriterError.exists(path: recovered.path)
        }
        do {
            let handle = try FileHandle(forUpdating: partial)
            defer { try? handle.close() }
            let end = try endOfLastRow(handle, partial)
            try handle.truncate(atOffset: end)
            try handle.synchronize()
            try FileManager.default.moveItem(at: partial, to: recovered)
        } catch let error as RecordingWriterError {
            throw error
        } catch {
            throw RecordingWriterError.cannotWrite(path: partial.path, reason: error.localizedDescription)
        }
        return recovered
    }

    private static func endOfLastRow(_ handle: FileHandle, _ file: URL) throws -> UInt64 {
        let head = try handle.read(upToCount: Int(tailBytes)) ?? Data()
        let headers = [true, false].map { Data(RecordingFormat.header(withAttitude: $0).utf8) }
        guard let header = headers.first(where: { head.starts(with: $0) }) else {
            throw RecordingWriterError.notARecording(path: file.path, reason: "its first line is not the header of one")
        }
        let size = try handle.seekToEnd()
        let start = size > tailBytes ? size - tailBytes : 0
        try handle.seek(toOffset: start)
        let tail = [UInt8](try handle.readToEnd() ?? Data())
        guard let last = tail.lastIndex(of: UInt8(ascii: "\n")), start + UInt64(last) >= UInt64(header.count) else {
            throw RecordingWriterError.notARecording(path: file.path, reason: "it holds no whole row")
        }
        return start + UInt64(last) + 1
    }
}
