/// What the calibration of synthetic persons is worth on people whose motion was captured, and what makes up for it.
public struct CapturedPersons: Codable, Equatable, Sendable {
    /// People whose motion was captured; each was predicted by a network that had not learnt from that person.
    public let persons: Int
    /// Recordings of virtual watches.
    package let recordings: Int
    /// Windows of these recordings.
    package let windows: Int
    /// Share of the joints inside the 90 % region of synthetic persons, mean over persons.
    package let coverage90Before: Double
    /// The same inside the widened region, each person with factors fitted on the others.
    public let coverage90: Double
    /// Lower end of the 95 % interval of ``coverage90`` over persons.
    public let coverage90Low: Double
    /// Upper end of the 95 % interval of ``coverage90`` over persons.
    public let coverage90High: Double
    /// (joints): σ of a joint is multiplied by this for people who are not synthetic; never below 1.
    package let widening: [Double]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case persons
        case recordings
        case windows
        case coverage90Before = "coverage_90_before"
        case coverage90 = "coverage_90"
        case coverage90Low = "coverage_90_low"
        case coverage90High = "coverage_90_high"
        case widening
    }

    /// Decodes the numbers; unknown keys are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        persons = try container.value(.persons)
        recordings = try container.value(.recordings)
        windows = try container.value(.windows)
        coverage90Before = try container.value(.coverage90Before)
        coverage90 = try container.value(.coverage90)
        coverage90Low = try container.value(.coverage90Low)
        coverage90High = try container.value(.coverage90High)
        widening = try container.value(.widening)
    }

    func validate(joints: Int) throws {
        for (key, share) in [
            ("coverage_90_before", coverage90Before), ("coverage_90", coverage90),
            ("coverage_90_low", coverage90Low), ("coverage_90_high", coverage90High),
        ] {
            guard (0...1).contains(share) else { throw ProfileDocument.bad("captured." + key, "expected a share") }
        }
        guard widening.count == joints, widening.allSatisfy({ $0.isFinite && $0 >= 1 }) else {
            throw ProfileDocument.bad("captured.widening", "expected \(joints) factors of at least 1")
        }
    }
}
