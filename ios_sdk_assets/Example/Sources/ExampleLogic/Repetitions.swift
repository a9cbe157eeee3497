import QLeapEdge

/// What the screen shows of the repetitions.
public struct RepetitionReadout: Equatable, Sendable {
    /// Repetitions of the set so far.
    public let count: Int
    /// Mean velocity of the last one on the way up (concentric), m/s; nil while there is none.
    public let lastVelocityMps: Double?

    /// Creates a readout.
    public init(count: Int, lastVelocityMps: Double?) {
        self.count = count
        self.lastVelocityMps = lastVelocityMps
    }

    /// The velocity as it is shown; a dash while there is none.
    public var velocityText: String {
        guard let lastVelocityMps, lastVelocityMps.isFinite else { return "–" }
        let hundredths = Int((lastVelocityMps * 100).rounded())
        let digits = String(abs(hundredths) % 100)
        let sign = hundredths < 0 ? "-" : ""
        return "\(sign)\(abs(hundredths) / 100).\(digits.count < 2 ? "0" : "")\(digits) m/s"
    }
}

/// Counts repetitions in the samples of one set.
public protocol RepetitionCounting: Sendable {
    /// Takes the next samples, in time order.
    ///
    /// - Returns: what there is to show now.
    mutating func add(_ batch: [MotionSample]) throws -> RepetitionReadout
}

/// Where an analysis of repetitions is connected to the app.
public enum RepetitionWiring {
    /// A counter for a new set of this wearer.
    ///
    /// - Returns: nil while none is connected: the screen then says that repetitions are not counted.
    public static func counter(for wearer: Wearer) -> (any RepetitionCounting)? { nil }
}
