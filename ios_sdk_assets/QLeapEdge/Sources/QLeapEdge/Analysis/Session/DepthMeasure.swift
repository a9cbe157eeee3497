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
    public let biasStandardDeviation: Double
    /// Standard deviation (m) from repetition to repetition of one wearer.
    public let spreadStandardDeviation: Double
    /// True: corrected by a reference set of this wearer.
    public let isByReference: Bool

    enum CodingKeys: String, CodingKey, CaseIterable {
        case value
        case low
        case high
        case source
        case biasStandardDeviation = "bias_sd"
        case spreadStandardDeviation = "spread_sd"
        case isByReference = "by_reference"
    }

    /// Decodes the keys; unknown ones are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        value = try container.value(.value)
        low = try container.value(.low)
        high = try container.value(.high)
        source = try container.value(.source)
        biasStandardDeviation = try container.value(.biasStandardDeviation)
        spreadStandardDeviation = try container.value(.spreadStandardDeviation)
        isByReference = try container.value(.isByReference)
    }

    init(
        value: Double, low: Double, high: Double, source: MeasureSource, biasStandardDeviation: Double,
        spreadStandardDeviation: Double,
        isByReference: Bool
    ) {
        self.value = value
        self.low = low
        self.high = high
        self.source = source
        self.biasStandardDeviation = biasStandardDeviation
        self.spreadStandardDeviation = spreadStandardDeviation
        self.isByReference = isByReference
    }
}
