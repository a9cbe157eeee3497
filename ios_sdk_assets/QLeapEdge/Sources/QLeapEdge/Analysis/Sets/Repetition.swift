/// One repetition of the wrist that wears the watch, as the sensors measure it; the network has no part in it.
///
/// All of it is about the wrist. What the pelvis or a bar did is another question.
package struct Repetition: Equatable, Sendable {
    /// Zero-velocity point before it, seconds on the clock of the samples.
    package let startS: Double
    /// Where the height of the wrist turns.
    package let turnS: Double
    /// Zero-velocity point after it.
    package let endS: Double
    /// Vertical way of the wrist from one turning point to the other, metres.
    package let rangeM: Estimate
    /// Angle between the forearm's directions against the vertical, at the start and at the turn, degrees.
    package let turnedDeg: Estimate
    /// Over the time in which the wrist moves up, m/s; never above the peak.
    package let meanConcentricVelocity: Estimate
    /// Highest upward velocity, m/s.
    package let peakConcentricVelocity: Estimate
    /// Time in which the wrist moves down, seconds.
    package let eccentricS: Estimate
    /// Time in which the wrist moves up, seconds; with a cable that is pulled down this is the eccentric part.
    package let concentricS: Estimate
    /// Rest between both, seconds.
    package let pauseTurnS: Estimate
    /// Rest since the repetition before, seconds; nil for the first one of a set.
    package let pauseBeforeS: Estimate?
    /// Height at the end less height at the start, by integration, metres.
    package let closureM: Double
    /// Whether its range is less than 70 % of the set's median.
    package let isPartial: Bool
}
