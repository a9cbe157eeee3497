/// Abstain when the distance of the features from the centre exceeds the threshold.
public struct MahalanobisGate: Codable, Equatable, Sendable {
    /// Centre, d numbers.
    public let mean: [Double]
    /// Lower triangle of L (precision = L Lᵀ), row by row: d(d+1)/2 numbers.
    public let precisionFactor: [Double]
    /// The largest distance that still counts as known.
    public let threshold: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
        case mean
        case precisionFactor = "precision_factor"
        case threshold
    }

    /// Decodes the gate; unknown keys are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        mean = try container.value(.mean)
        precisionFactor = try container.value(.precisionFactor)
        threshold = try container.value(.threshold)
    }

    /// The distance sqrt((f - m)ᵀ L Lᵀ (f - m)); the centre has distance 0.
    ///
    /// - Parameter features: d numbers.
    /// - Throws: ``DecodingProblem/featureCount(expected:got:)``.
    public func distance(of features: [Double]) throws -> Double {
        guard features.count == mean.count else {
            throw DecodingProblem.featureCount(expected: mean.count, got: features.count)
        }
        var projected = [Double](repeating: 0, count: mean.count)
        var next = 0
        for row in mean.indices {
            let difference = features[row] - mean[row]
            for column in 0...row {
                projected[column] += difference * precisionFactor[next]
                next += 1
            }
        }
        return projected.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    func validate(_ key: String) throws {
        guard !mean.isEmpty, precisionFactor.count == mean.count * (mean.count + 1) / 2 else {
            throw ProfileDocument.bad(
                key + ".precision_factor", "\(precisionFactor.count) numbers do not fit \(mean.count) features")
        }
        guard (mean + precisionFactor + [threshold]).allSatisfy(\.isFinite), threshold >= 0 else {
            throw ProfileDocument.bad(key, "a number is not finite, or the threshold is negative")
        }
    }
}
