import Foundation
import QLeapEdge

/// Keeps recordings that arrive from a watch: each is compared with its description before it gets its name.
public struct RecordingReceiver: Sendable {
    /// Where recordings lie, each under the name it was sent with.
    public let folder: URL

    /// Creates a receiver.
    ///
    /// - Parameter folder: an existing folder.
    public init(folder: URL) {
        self.folder = folder
    }

    /// Takes a file away from where the system put it, compares size and SHA-256, and moves it to its place.
    ///
    /// Call it before `session(_:didReceive:)` returns: the system removes the file then. A file that differs is removed. A
    /// recording that arrives twice is kept once.
    ///
    /// - Parameters:
    ///   - file: where the system put it.
    ///   - metadata: what came with it.
    /// - Returns: the recording in ``folder``.
    /// - Throws: ``TransferError``; the folder then holds nothing new.
    public func accept(_ file: URL, metadata: [String: Any]?) throws -> URL {
        let record = try TransferRecord(metadata: metadata)
        let place = folder.appendingPathComponent(record.name)
        let incoming = folder.appendingPathComponent(".\(record.name).\(UUID().uuidString).incoming")
        do {
            try FileManager.default.moveItem(at: file, to: incoming)
        } catch {
            throw TransferError.cannotStore(path: place.path, reason: error.localizedDescription)
        }
        defer { try? FileManager.default.removeItem(at: incoming) }  // nothing is there any more where it was kept
        try record.verify(incoming)
        if FileManager.default.fileExists(atPath: place.path) {
            guard (try? record.verify(place)) != nil else { throw TransferError.exists(path: place.path) }
            return place
        }
        do {
            try FileManager.default.moveItem(at: incoming, to: place)
        } catch {
            throw TransferError.cannotStore(path: place.path, reason: error.localizedDescription)
        }
        return place
    }
}
