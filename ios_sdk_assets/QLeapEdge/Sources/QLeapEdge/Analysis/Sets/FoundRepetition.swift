/// One repetition as the slow signals show it; seconds on the clock of the samples.
struct FoundRepetition: Sendable {
    let startS: Double
    let turnS: Double
    let endS: Double
    /// Whether its range is well below the set's median range.
    let isPartial: Bool
}
