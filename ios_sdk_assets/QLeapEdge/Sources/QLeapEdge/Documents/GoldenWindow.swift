/// One window through the whole chain.
public struct GoldenWindow: Codable, Equatable, Sendable {
    /// (steps, 6) row-major, left-arm frame C.
    public let imu: [Double]
    /// Outputs of the shipped package.
    public let outputs: GoldenOutputs
    /// What decoding must give, once for each wrist.
    public let decoded: [GoldenDecoded]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case imu
        case outputs
        case decoded
    }

    /// Decodes the window; unknown keys are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        imu = try container.value(.imu)
        outputs = try container.value(.outputs)
        decoded = try container.value(.decoded)
    }
}
