/// One joint of the skeleton.
public struct Joint: Codable, Equatable, Sendable {
    /// Position in the model's output.
    package let index: Int
    /// Name, for example `left_knee`.
    public let name: String
    /// Index of the parent joint, -1 for the root.
    public let parent: Int
    /// Index of the same joint on a mirrored body.
    package let mirrored: Int
    /// Case name in `VNHumanBodyPose3DObservation.JointName`.
    public let visionName: String

    enum CodingKeys: String, CodingKey, CaseIterable {
        case index
        case name
        case parent
        case mirrored
        case visionName = "vision_name"
    }

    /// Decodes a joint; unknown keys are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        index = try container.value(.index)
        name = try container.value(.name)
        parent = try container.value(.parent)
        mirrored = try container.value(.mirrored)
        visionName = try container.value(.visionName)
    }
}
