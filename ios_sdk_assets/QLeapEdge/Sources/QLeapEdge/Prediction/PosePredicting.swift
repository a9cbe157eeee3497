/// Anything that turns a window into a pose; lets an app test its screens without Core ML.
public protocol PosePredicting: Sendable {
    /// Predicts the pose of one window.
    ///
    /// - Parameters:
    ///   - window: model input.
    ///   - wearer: stature and wrist.
    func predict(_ window: ImuWindow, wearer: Wearer) async throws -> PoseEstimate
}
