/// Abstain when the distance of the features from the nearest centre exceeds the threshold.
package struct MahalanobisGate: Codable, Equatable, Sendable {
    /// Centres of d numbers each: one, or one for each exercise.
    package let centres: [[Double]]
    /// Lower triangle of L (precision = L Lᵀ), row by row: d(d+1)/2 numbers.
    package let precisionFactor: [Double]
    /// The largest distance that still counts as known.
    package let threshold: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
        case centres
        case precisionFactor = "precision_factor"
        case threshold
    }

    /// Decodes the gate; unknown keys are refused.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        centres = try container.value(.centres)
        precisionFactor = try container.value(.precisionFactor)
        threshold = try container.value(.threshold)
    }

    /// Features that the gate takes.
    package var featureCount: Int { centres.first?.count ?? 0 }

    /// The distance sqrt((f - m)ᵀ L Lᵀ (f - m)) from the nearest centre m.
    ///
    /// - Parameter features: d numbers.
    /// - Throws: ``DecodingProblem/featureCount(expected:got:)``.
    package func distance(of features: [Double]) throws -> Double {
        guard features.count == featureCount else {
            throw DecodingProblem.featureCount(expected: featureCount, got: features.count)
        }
        return centres.map { distance(from: $0, to: features) }.min() ?? 0
    }

    private func distance(from centre: [Double], to features: [Double]) -> Double {
        var projected = [Double](repeating: 0, count: centre.count)
        // `validate` has counted the numbers: a bound checked at each of thousands costs more than the sum.
        projected.withUnsafeMutableBufferPointer { projected in
            precisionFactor.withUnsafeBufferPointer { factor in
                guard let sums = projected.baseAddress, var factors = factor.baseAddress else { return }
                for row in 0..<projected.count {
                    let difference = features[row] - centre[row]
                    var column = 0
                    while column <= row {
                        sums[column] += difference * factors[column]
                        column &+= 1
                    }
                    factors += row + 1
                }
            }
        }
        return projected.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    func validate(_ key: String) throws {
        let count = featureCount
        guard count > 0, centres.allSatisfy({ $0.count == count }) else {
            throw ProfileDocument.bad(key + ".centres", "no centre, or centres of different lengths")
        }
        guard precisionFactor.count == count * (count + 1) / 2 else {
            throw ProfileDocument.bad(
                key + ".precision_factor", "\(precisionFactor.count) numbers do not fit \(count) features")
        }
        guard (centres.flatMap { $0 } + precisionFactor + [threshold]).allSatisfy(\.isFinite), threshold >= 0 else {
            throw ProfileDocument.bad(key, "a number is not finite, or the threshold is negative")
        }
    }
}
