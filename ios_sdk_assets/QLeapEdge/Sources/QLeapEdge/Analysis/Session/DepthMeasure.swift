/// Inferred from the travel of the wrist; beside the error of that travel, its error has two parts.
public struct DepthMeasure: Codable, Equatable, Sendable {
    /// The estimate.
    public let value: Double
    /// Lower end of the 90 % interval.
    public let low: Double
    /// Upper end of the 90 % interval.
    public let high: Double
    /// Where it comes from.
    public let source: MeasureSource
    /// Standard deviation (m) of what all repetitions of this wearer have in common; a reference set removes it.
    public let biasSd: Double
    /// Standard deviation (m) from repetition to repetition of one wearer.
    public let spreadSd: Double
    /// True: corrected by a reference set of this wearer.
    public let byReference: Bool

    enum CodingKeys: String, CodingKey, CaseIterable {
        case value
        case low
        case high
        case source
        case biasSd = "bias_sd"
        case spreadSd = "spread_sd"
        case byReference = "by_reference"
    }

    /// Decodes the keys; unknown ones are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        value = try container.value(.value)
        low = try container.value(.low)
        high = try container.value(.high)
        source = try container.value(.source)
        biasSd = try container.value(.biasSd)
        spreadSd = try container.value(.spreadSd)
        byReference = try container.value(.byReference)
    }

    init(
        value: Double, low: Double, high: Double, source: MeasureSource, biasSd: Double, spreadSd: Double,
        byReference: Bool
    ) {
        self.value = value
        self.low = low
        self.high = high
        self.source = source
        self.biasSd = biasSd
        self.spreadSd = spreadSd
        self.byReference = byReference
    }
}
