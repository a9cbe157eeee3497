/// One input or output of the model.
public struct TensorSpec: Codable, Equatable, Sendable {
    /// The only element type that a contract may have.
    public enum ElementType: String, Codable, Sendable {
        /// IEEE 754 single precision.
        case float32
    }

    /// Feature name in the model.
    public let name: String
    /// Shape, batch first.
    public let shape: [Int]
    /// Element type.
    public let dtype: ElementType
    /// Unit in words.
    public let unit: String
    /// Meaning and frame in words.
    public let description: String

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name
        case shape
        case dtype
        case unit
        case description
    }

    /// Decodes a specification; unknown keys are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        name = try container.value(.name)
        shape = try container.value(.shape)
        dtype = try container.value(.dtype)
        unit = try container.value(.unit)
        description = try container.value(.description)
    }

    /// Number of elements; of a validated contract it is small enough.
    public var count: Int { checkedCount ?? 0 }

    /// Number of elements, nil when a size is not positive or the product is no `Int`.
    var checkedCount: Int? {
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard size > 0, !overflow else { return nil }
            count = product
        }
        return count
    }
}
