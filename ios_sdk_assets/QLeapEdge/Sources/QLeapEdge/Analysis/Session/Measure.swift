/// One measured quantity; its unit is at the end of the field's name.
public struct Measure: Codable, Equatable, Sendable {
    /// The estimate.
    public let value: Double
    /// Lower end of the 90 % interval.
    public let low: Double
    /// Upper end of the 90 % interval.
    public let high: Double
    /// Where it comes from.
    public let source: MeasureSource

    enum CodingKeys: String, CodingKey, CaseIterable {
        case value
        case low
        case high
        case source
    }

    /// Decodes the keys; unknown ones are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        value = try container.value(.value)
        low = try container.value(.low)
        high = try container.value(.high)
        source = try container.value(.source)
    }

    init(
        value: Double, low: Double, high: Double, source: MeasureSource
    ) {
        self.value = value
        self.low = low
        self.high = high
        self.source = source
    }
}
