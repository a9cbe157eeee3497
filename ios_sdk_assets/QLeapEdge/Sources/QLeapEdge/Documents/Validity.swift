import Foundation

/// Whom the calibration speaks about: within these ranges it was measured, and beyond them nothing is promised.
public struct Validity: Codable, Equatable, Sendable {
    /// Samples a second of the input windows.
    package let rateHz: Double
    /// Height of the shortest and of the tallest calibration person, metres.
    public let stature: ClosedRange<Double>
    /// Least and greatest distance from the wrist joint to the middle of the watch, towards the elbow, metres.
    package let watchToWristM: ClosedRange<Double>
    /// Exercises of the calibration windows.
    public let exercises: [Exercise]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case rateHz = "rate_hz"
        case stature = "stature_m"
        case watchToWristM = "watch_to_wrist_m"
        case exercises
    }

    /// Decodes the ranges; unknown keys and ranges that are none are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        rateHz = try container.value(.rateHz)
        stature = try Self.range(container.value(.stature), "stature_m")
        watchToWristM = try Self.range(container.value(.watchToWristM), "watch_to_wrist_m")
        exercises = try container.value(.exercises)
        guard rateHz.isFinite, rateHz > 0 else {
            throw ProfileDocument.bad("validity.rate_hz", "expected a positive number")
        }
    }

    /// Encodes the ranges as pairs.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(rateHz, forKey: .rateHz)
        try container.encode([stature.lowerBound, stature.upperBound], forKey: .stature)
        try container.encode([watchToWristM.lowerBound, watchToWristM.upperBound], forKey: .watchToWristM)
        try container.encode(exercises, forKey: .exercises)
    }

    /// Whether persons of this height, metres, were among those of the calibration; the ends are rounded outwards to whole
    /// centimetres.
    package func covers(stature height: Double) -> Bool { coveredStatures.contains(height) }

    /// What to tell a wearer whose height the calibration does not cover; nil for every other height.
    func doubt(stature height: Double) -> String? {
        guard !covers(stature: height) else { return nil }
        let persons = String(
            format: "%.2f to %.2f m; for %.2f m", coveredStatures.lowerBound, coveredStatures.upperBound, height)
        return
            "the calibration was measured on persons of \(persons) the intervals of what the network infers may be too narrow"
    }

    private var coveredStatures: ClosedRange<Double> {
        (100 * stature.lowerBound).rounded(.down) / 100...(100 * stature.upperBound).rounded(.up) / 100
    }

    private static func range(_ ends: [Double], _ key: String) throws -> ClosedRange<Double> {
        guard ends.count == 2, ends[0] > 0, ends[0] <= ends[1], ends[1] < 3 else {
            throw ProfileDocument.bad("validity." + key, "expected two lengths in metres, the smaller one first")
        }
        return ends[0]...ends[1]
    }
}
