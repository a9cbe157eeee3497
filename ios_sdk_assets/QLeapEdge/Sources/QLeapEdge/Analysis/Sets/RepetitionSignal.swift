/// The signal in which the repetitions of a set show.
public enum RepetitionSignal: String, Codable, CaseIterable, Sendable {
    /// The height of the hand: squat, press, deadlift, pull-down.
    case travel
    /// The direction of the forearm against the vertical: curl, lateral raise, triceps extension, row.
    case turning
}

extension BySignal {
    subscript(signal: RepetitionSignal) -> Double { signal == .turning ? turning : travel }
}
