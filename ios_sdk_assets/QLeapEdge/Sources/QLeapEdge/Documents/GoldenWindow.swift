/// One window through the whole chain.
package struct GoldenWindow: Codable, Equatable, Sendable {
    /// (steps, 6) row-major, left-arm frame C.
    package let imu: [Double]
    /// Outputs of the shipped package.
    package let outputs: GoldenOutputs
    /// What decoding must give, once for each wrist.
    package let decoded: [GoldenDecoded]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case imu
        case outputs
        case decoded
    }

    /// Decodes the window; unknown keys are refused.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        imu = try container.value(.imu)
        outputs = try container.value(.outputs)
        decoded = try container.value(.decoded)
    }
}
