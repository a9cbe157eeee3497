/// The joints of the skeleton, in the order of the model's output; their case names in Apple's Vision are in ``Joint/visionName``.
public enum JointName: String, Codable, CaseIterable, Sendable {
    /// The root: always at the origin.
    case pelvis
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case rightHip = "right_hip"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case rightKnee = "right_knee"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case rightAnkle = "right_ankle"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case leftHip = "left_hip"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case leftKnee = "left_knee"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case leftAnkle = "left_ankle"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case spine, thorax, neck, head
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case leftShoulder = "left_shoulder"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case leftElbow = "left_elbow"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case leftWrist = "left_wrist"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case rightShoulder = "right_shoulder"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case rightElbow = "right_elbow"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case rightWrist = "right_wrist"

    /// Index in the model's output.
    public var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
