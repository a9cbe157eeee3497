/// Answers each window with a real pose of the released model, that of the self-test: for previews, tests and Linux.
public actor ReplayPredictor: PosePredicting {
    private let decoder: PoseDecoder
    private let outputs: [ModelOutputs]
    private var next = 0

    /// Creates a predictor that answers with the outputs of the self-test.
    ///
    /// - Parameter payload: contract, profile and skeleton of the release.
    /// - Throws: ``DocumentError`` when the documents do not belong together.
    public init(payload: EdgePayload) throws {
        try self.init(payload: payload, outputs: [])
    }

    /// Creates a predictor.
    ///
    /// - Parameters:
    ///   - payload: contract, profile and skeleton of the release.
    ///   - outputs: what the model answered; repeated from the beginning when they are used up; empty: the self-test's.
    /// - Throws: ``DocumentError`` when the documents do not belong together.
    package init(payload: EdgePayload, outputs: [ModelOutputs]) throws {
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
