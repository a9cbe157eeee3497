/// On how much data a part of the profile stands.
package struct CalibrationSet: Codable, Equatable, Sendable {
    /// Persons.
    package let subjects: Int
    /// Recordings.
    package let sequences: Int
    /// Windows.
    package let windows: Int

    enum CodingKeys: String, CodingKey, CaseIterable {
        case subjects
        case sequences
        case windows
    }

    /// Decodes the counts; unknown keys are refused.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        subjects = try container.value(.subjects)
        sequences = try container.value(.sequences)
        windows = try container.value(.windows)
    }
}
