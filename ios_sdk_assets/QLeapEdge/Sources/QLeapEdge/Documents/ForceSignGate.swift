/// Abstain when the agreement of force and turning falls below the least.
///
/// Then the accelerometer may have Apple's sign, or the watch may be worn the other way round.
public struct ForceSignGate: Codable, Equatable, Sendable {
    /// The smallest ``SignAgreement`` that still counts as known, -1 to 1.
    public let least: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
        case least
    }

    /// Decodes the gate; unknown keys are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        least = try container.value(.least)
    }

    func validate(_ key: String) throws {
        guard (-1...1).contains(least) else {
            throw ProfileDocument.bad(key + ".least", "expected a cosine, -1 to 1")
        }
    }
}
