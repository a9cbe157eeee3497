import Foundation
import QLeapEdge

/// What the screen shows of the repetitions.
public struct RepetitionReadout: Equatable, Sendable {
    /// Repetitions of the set so far.
    public let count: Int
    /// Mean velocity of the last one on the way up (concentric), m/s; nil while there is none.
    public let lastVelocityMps: Double?
    /// What is repeated; nil while nobody knows.
    public let exercise: Exercise?

    /// Creates a readout.
    public init(count: Int, lastVelocityMps: Double?, exercise: Exercise? = nil) {
        self.count = count
        self.lastVelocityMps = lastVelocityMps
        self.exercise = exercise
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

extension RepetitionReadout {
    /// What there is to show of a set, also of one that is not over yet.
    ///
    /// - Parameter set: from the engine's session.
    public init(_ set: SetResult) {
        self.init(
            count: set.repetitions.count, lastVelocityMps: set.repetitions.last?.meanConcentricVelocity.value,
            exercise: Exercise(rawValue: set.exercise.name))
    }

    /// The exercise in words; nil while nobody knows it.
    public var exerciseText: String? {
        exercise.map { $0.rawValue.replacingOccurrences(of: "_", with: " ") }
    }
}
