/// The model's raw outputs for one window, row-major, as it comes out of Core ML.
package struct ModelOutputs: Equatable, Sendable {
    /// (steps, joints, 3), body heights.
    package let pose: [Float]
    /// (steps, joints, 3), ln(body heights²), uncalibrated.
    package let poseLogVariance: [Float]
    /// (exercises).
    package let exerciseLogits: [Float]
    /// (scores).
    package let formLogits: [Float]
    /// (features).
    package let whatEmbedding: [Float]
    /// (features).
    package let howEmbedding: [Float]

    /// Creates an answer.
    package init(
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
    package subscript(name: OutputName) -> [Float] {
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
