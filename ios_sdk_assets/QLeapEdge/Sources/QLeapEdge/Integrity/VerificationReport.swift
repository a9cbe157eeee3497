import Foundation

/// Which files were compared with a manifest, and the outcome for each of them.
public struct VerificationReport: Equatable, Sendable {
    /// A file whose bytes are not the recorded ones.
    package struct Altered: Equatable, Sendable {
        /// Relative path.
        package let path: String
        /// Recorded SHA-256.
        package let expected: String
        /// SHA-256 of the bytes on disk, or words when it is not a regular file.
        package let got: String
    }

    /// Paths whose bytes are the recorded ones.
    package internal(set) var verified: [String] = []
    /// Files with other bytes.
    package internal(set) var altered: [Altered] = []
    /// Recorded files that are not there.
    package internal(set) var missing: [String] = []
    /// Files that no record names.
    package internal(set) var unexpected: [String] = []
    /// Model files that could not be compared, because the `.mlpackage` is not there as a folder.
    ///
    /// Xcode ships it compiled. This is no fault, but the bytes are not verified either: ``isComplete`` is false.
    public internal(set) var notPresentAsTree: [String] = []

    /// True when no file is altered, missing or unexpected.
    public var isIntact: Bool { altered.isEmpty && missing.isEmpty && unexpected.isEmpty }

    /// True when it is intact and every recorded file was compared.
    public var isComplete: Bool { isIntact && notPresentAsTree.isEmpty }

    /// One line a problem, each naming its file.
    public var problems: [String] {
        altered.map { "altered \($0.path): expected sha256 \($0.expected), got \($0.got)" }
            + missing.map { "missing \($0)" } + unexpected.map { "unexpected \($0)" }
    }

    /// - Throws: ``IntegrityError/notIntact(_:)`` unless ``isIntact``.
    package func requireIntact() throws(IntegrityError) {
        guard isIntact else { throw IntegrityError.notIntact(self) }
    }

    /// Compares the records with the files of a folder; other files of the folder are "unexpected" except `ignored`.
    static func compare(
        _ files: [FileRecord], with folder: URL, prefix: String = "", ignoring ignored: (String) -> Bool
    ) throws -> VerificationReport {
        var report = VerificationReport()
        let present = try FileTree.entries(of: folder)
        for file in files.sorted(by: { $0.path < $1.path }) {
            let path = prefix + file.path
            switch present[file.path] {
            case nil:
                report.missing.append(path)
            case .special?:
                report.altered.append(Altered(path: path, expected: file.sha256, got: "not a regular file"))
            case .file?:
                let got = try FileTree.record(of: file.path, in: folder)
                if got == file {
                    report.verified.append(path)
                } else if got.sha256 == file.sha256 {
                    let expected = "\(file.bytes) bytes, \(file.sha256)"
                    report.altered.append(Altered(path: path, expected: expected, got: "\(got.bytes) bytes"))
                } else {
                    report.altered.append(Altered(path: path, expected: file.sha256, got: got.sha256))
                }
            }
        }
        let known = Set(files.map(\.path))
        report.unexpected = present.keys.filter { !known.contains($0) && !ignored($0) }.sorted().map { prefix + $0 }
        return report
    }

    mutating func merge(_ other: VerificationReport) {
        verified += other.verified
        altered += other.altered
        missing += other.missing
        unexpected += other.unexpected
        notPresentAsTree += other.notPresentAsTree
    }
}
