import Foundation
import QLeapEdge

/// Why samples could not be kept.
public enum RecordingWriterError: Error, Equatable, Sendable {
    /// The name cannot be that of a file.
    case name(got: String)
    /// A file of that name is there already, complete or not.
    case exists(path: String)
    /// The file system refused; what was written so far lies in the `.partial` file.
    case cannotWrite(path: String, reason: String)
    /// The recording was finished, discarded, or a write failed before.
    case closed(path: String)
    /// No sample came that could be written; nothing is left behind.
    case empty(path: String)
    /// Some samples carry an attitude and others none: they are not of one source.
    case attitudeMissing(path: String, sample: Int)
    /// The file to be recovered is not one that a writer left behind.
    case notARecording(path: String, reason: String)
}

extension RecordingWriterError: QLeapEdgeError {
    /// One sentence: what, where, expected, got.
    public var description: String {
        switch self {
        case .name(let got):
            "'\(got)': not a name for a recording; expected letters, digits, '-', '_' or '.', not '.' first"
        case .exists(let path):
            "\(path): a recording of this name is there already; choose another name"
        case .cannotWrite(let path, let reason):
            "\(path): cannot write (\(reason))"
        case .closed(let path):
            "\(path): this recording is closed; begin another one"
        case .empty(let path):
            "\(path): no sample came, so nothing was kept"
        case .attitudeMissing(let path, let sample):
            "\(path): sample \(sample) differs from the first one in carrying an attitude; expected samples of one source"
        case .notARecording(let path, let reason):
            "\(path): not an unfinished recording (\(reason))"
        }
    }
}
