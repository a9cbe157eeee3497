/// A value and the standard deviation of its error.
package struct Estimate: Codable, Equatable, Sendable {
    /// The value, in the unit that its name or documentation says.
    package let value: Double
    /// Standard deviation of its error, in the same unit.
    package let standardDeviation: Double

    init(_ value: Double, _ standardDeviation: Double) {
        self.value = value
        self.standardDeviation = standardDeviation
    }
}
