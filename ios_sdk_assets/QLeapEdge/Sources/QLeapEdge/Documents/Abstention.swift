/// When to say "not sure": any gate that fires is enough.
///
/// A wrong sign is a property of a whole stream: ``SignEvidence`` judges it, not a gate of a window.
package struct Abstention: Codable, Equatable, Sendable {
    /// On the mean of ln σ' over frames, all joints but the root, and axes (body heights).
    package let logSigmaThreshold: Double
    /// On the *what* embedding.
    package let embedding: MahalanobisGate
    /// On 13 figures of the window: channel means, log standard deviations, log mean norm of the specific force.
    package let input: MahalanobisGate
    /// Share of good windows the gates together may turn away.
    package let targetShare: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
        case logSigmaThreshold = "log_sigma_threshold"
        case embedding
        case input
        case targetShare = "target_share"
    }

    /// Decodes the gates; unknown keys are refused.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        logSigmaThreshold = try container.value(.logSigmaThreshold)
        embedding = try container.value(.embedding)
        input = try container.value(.input)
        targetShare = try container.value(.targetShare)
    }
}
