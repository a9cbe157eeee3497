import QLeapEdge

/// Estimates of the released model for the window of its self-test.
enum Poses {
    private static let loaded = Result { try EdgePayload.bundled() }

    /// The payload of the package, loaded once for all tests.
    static func payload() throws -> EdgePayload { try loaded.get() }

    /// As the payload's profile decides.
    static func decoded(_ payload: EdgePayload, _ imu: [Float]) throws -> PoseEstimate {
        let decoder = try PoseDecoder(
            contract: payload.contract, profile: payload.profile, skeleton: payload.skeleton)
        let wear = WearConfiguration(wrist: .left, crown: .right)
        let window = ImuWindow(values: imu, wearer: try Wearer(statureM: 1.7, wear: wear))
        return try decoder.decode(payload.selfTest.outputs.modelOutputs, window: window)
    }

    /// An estimate that may be shown.
    static func one(_ payload: EdgePayload) throws -> PoseEstimate {
        let estimate = try decoded(payload, payload.selfTest.imu.map(Float.init))
        guard !estimate.abstain else { throw Unsuitable(reasons: estimate.reasons) }
        return estimate
    }

    /// An estimate that may not: the same outputs for a signal of a thousand times the size.
    static func abstained(_ payload: EdgePayload) throws -> PoseEstimate {
        let estimate = try decoded(payload, payload.selfTest.imu.map { Float($0 * 1000) })
        guard estimate.abstain else { throw Unsuitable(reasons: []) }
        return estimate
    }

    struct Unsuitable: Error { let reasons: [AbstainReason] }
}
