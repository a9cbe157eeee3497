/// One class of the exercise output.
public struct ExerciseSpec: Codable, Equatable, Sendable {
    /// Position in the logits; fixed for ever once released.
    package let id: Int
    /// Name, for example `squat`.
    public let name: String
    /// False: the id is reserved, the network has never seen the exercise, its probability means nothing.
    public let trained: Bool

    enum CodingKeys: String, CodingKey, CaseIterable {
        case id
        case name
        case trained
    }

    /// Decodes a class; unknown keys are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        id = try container.value(.id)
        name = try container.value(.name)
        trained = try container.value(.trained)
    }
}
