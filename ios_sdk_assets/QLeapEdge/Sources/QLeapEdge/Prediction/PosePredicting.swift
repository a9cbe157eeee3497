/// Anything that turns a window into a pose; lets an app test its screens without Core ML.
public protocol PosePredicting: Sendable {
    /// Predicts the pose of one window.
    ///
    /// - Parameter window: model input, with its wearer.
    func predict(_ window: ImuWindow) async throws -> PoseEstimate
}
