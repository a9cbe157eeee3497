import Foundation

/// A folder whose files have records: what is read from it are the recorded bytes, or an error.
///
/// A file is read once; the bytes that were compared with their record are the bytes that are used.
struct RecordedFolder {
    private let folder: URL
    private let records: [String: FileRecord]
    /// Largest file that is read at once, bytes.
    private static let mostBytes = 64 << 20

    /// Names the folder and what its files must be.
    init(_ folder: URL, records: [FileRecord]) {
        self.folder = folder
        self.records = Dictionary(records.map { ($0.path, $0) }) { first, _ in first }
    }

    /// Reads a file and compares it with its record.
    ///
    /// - Throws: ``IntegrityError/notIntact(_:)`` when it differs or has no record, ``IntegrityError/unreadable(path:reason:)``,
    ///   ``DocumentError/unreadable(document:reason:)``.
    func contents(of path: String) throws -> Data {
        let data = try FileTree.contents(of: folder.appendingPathComponent(path), atMost: Self.mostBytes)
        var report = VerificationReport()
        if let record = records[path] {
            let got = FileDigest.sha256(of: data)
            guard got != record.sha256 || data.count != record.bytes else { return data }
            report.altered = [.init(path: path, expected: record.sha256, got: got)]
        } else {
            report.unexpected = [path]
        }
        throw IntegrityError.notIntact(report)
    }

    /// Reads, compares and decodes a document.
    ///
    /// - Throws: as ``contents(of:)``, and ``DocumentError``.
    func document<D: Document>(_ type: D.Type) throws -> D {
        try D.decode(contents(of: D.fileName))
    }
}
