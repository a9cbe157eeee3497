/// One input or output of the model.
package struct TensorSpec: Codable, Equatable, Sendable {
    /// The only element type that a contract may have.
    package enum ElementType: String, Codable, Sendable {
        /// IEEE 754 single precision.
        case float32
    }

    /// Feature name in the model.
    package let name: String
    /// Shape, batch first.
    package let shape: [Int]
    /// Element type.
    package let dtype: ElementType
    /// Unit in words.
    package let unit: String
    /// Meaning and frame in words.
    package let description: String

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name
        case shape
        case dtype
        case unit
        case description
    }

    /// Decodes a specification; unknown keys are refused.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        name = try container.value(.name)
        shape = try container.value(.shape)
        dtype = try container.value(.dtype)
        unit = try container.value(.unit)
        description = try container.value(.description)
    }

    /// Number of elements; of a validated contract it is small enough.
    package var count: Int { checkedCount ?? 0 }

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
