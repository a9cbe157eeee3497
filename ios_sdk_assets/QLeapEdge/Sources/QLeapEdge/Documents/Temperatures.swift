/// What the logits are divided by before the softmax.
package struct Temperatures: Codable, Equatable, Sendable {
    /// For `exercise_logits`.
    package let exercise: Double
    /// For `form_logits`.
    package let form: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
        case exercise
        case form
    }

    /// Decodes both; unknown keys are refused.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        exercise = try container.value(.exercise)
        form = try container.value(.form)
    }
}
