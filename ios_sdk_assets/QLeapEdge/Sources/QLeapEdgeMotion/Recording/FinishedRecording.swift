import Foundation

/// A recording that is complete on disk.
public struct FinishedRecording: Equatable, Sendable {
    /// The CSV file.
    public let url: URL
    /// Samples in it.
    public let samples: Int
    /// Samples that were left out because a value or stamp is not a finite number.
    public let skipped: Int
}
