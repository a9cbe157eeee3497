/// The model's raw outputs for one window, row-major, as it comes out of Core ML.
public struct ModelOutputs: Equatable, Sendable {
    /// (steps, joints, 3), body heights.
    public let pose: [Float]
    /// (steps, joints, 3), ln(body heights²), uncalibrated.
    public let poseLogVariance: [Float]
    /// (exercises).
    public let exerciseLogits: [Float]
    /// (scores).
    public let formLogits: [Float]
    /// (features).
    public let whatEmbedding: [Float]
    /// (features).
    public let howEmbedding: [Float]

    /// Creates an answer.
    public init(
        pose: [Float], poseLogVariance: [Float], exerciseLogits: [Float], formLogits: [Float],
        whatEmbedding: [Float], howEmbedding: [Float]
    ) {
        self.pose = pose
        self.poseLogVariance = poseLogVariance
        self.exerciseLogits = exerciseLogits
        self.formLogits = formLogits
        self.whatEmbedding = whatEmbedding
        self.howEmbedding = howEmbedding
    }

    /// One output by name.
    public subscript(name: OutputName) -> [Float] {
        switch name {
        case .pose: pose
        case .poseLogVariance: poseLogVariance
        case .exerciseLogits: exerciseLogits
        case .formLogits: formLogits
        case .whatEmbedding: whatEmbedding
        case .howEmbedding: howEmbedding
        }
    }
}
