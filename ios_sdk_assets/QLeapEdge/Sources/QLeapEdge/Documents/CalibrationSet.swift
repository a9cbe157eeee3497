/// On how much data a part of the profile stands.
public struct CalibrationSet: Codable, Equatable, Sendable {
    /// Persons.
    public let subjects: Int
    /// Recordings.
    public let sequences: Int
    /// Windows.
    public let windows: Int

    enum CodingKeys: String, CodingKey, CaseIterable {
        case subjects
        case sequences
        case windows
    }

    /// Decodes the counts; unknown keys are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        subjects = try container.value(.subjects)
        sequences = try container.value(.sequences)
        windows = try container.value(.windows)
    }
}
