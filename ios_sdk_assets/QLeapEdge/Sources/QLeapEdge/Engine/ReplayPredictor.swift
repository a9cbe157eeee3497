/// Answers each window with recorded outputs in turn, decoded like the model's: for previews, tests and Linux.
///
/// Without outputs of your own it answers with those of the self-test, a real pose of the released model.
public actor ReplayPredictor: PosePredicting {
    private let decoder: PoseDecoder
    private let outputs: [ModelOutputs]
    private var next = 0

    /// Creates a predictor.
    ///
    /// - Parameters:
    ///   - payload: contract, profile and skeleton of the release.
    ///   - outputs: what the model answered; repeated from the beginning when they are used up.
    /// - Throws: ``DocumentError`` when the documents do not belong together.
    public init(payload: EdgePayload, outputs: [ModelOutputs] = []) throws {
        decoder = try PoseDecoder(contract: payload.contract, profile: payload.profile, skeleton: payload.skeleton)
        self.outputs = outputs.isEmpty ? [payload.selfTest.outputs.modelOutputs] : outputs
    }

    /// Decodes the next recorded outputs as the answer to a window.
    ///
    /// - Parameter window: model input, with its wearer.
    /// - Throws: ``DecodingProblem``.
    public func predict(_ window: ImuWindow) throws -> PoseEstimate {
        defer { next = (next + 1) % outputs.count }
        return try decoder.decode(outputs[next], window: window)
    }
}
