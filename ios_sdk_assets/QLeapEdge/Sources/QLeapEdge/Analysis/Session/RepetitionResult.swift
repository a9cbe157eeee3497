/// One repetition of the wrist that wears the watch.
public struct RepetitionResult: Codable, Equatable, Sendable {
    /// Zero-velocity point before it, since the first row of the recording.
    public let startS: Double
    /// Where the height of the wrist turns.
    public let turnS: Double
    /// Zero-velocity point after it.
    public let endS: Double
    /// True: its range is less than 70 % of the median of the set.
    public let isPartial: Bool
    /// Vertical travel of the wrist from one turning point to the other.
    public let rangeOfMotionM: Measure
    /// Angle between the directions of the forearm at the start and at the turn, against the vertical.
    public let turnedDeg: Measure
    /// Over the time in which the wrist moves up; never above the peak.
    public let meanConcentricVelocity: Measure
    /// Highest upward velocity of the wrist.
    public let peakConcentricVelocity: Measure
    /// Time in which the wrist moves down.
    public let eccentricS: Measure
    /// Time in which the wrist moves up.
    public let concentricS: Measure
    /// Rest between both.
    public let pauseTurnS: Measure
    /// Rest since the repetition before; nil for the first one of a set.
    public let pauseBeforeS: Measure?
    /// Depth of the pelvis; nil unless the exercise is a squat.
    public let depthM: DepthMeasure?
    /// Range of motion of what the reference set measured, e.g. a bar; nil without such a reference.
    public let referencedRangeM: DepthMeasure?
    /// How far the pelvis of the network's pose falls in it, a guess to compare; nil unless the exercise is a squat.
    public let networkDepthM: Double?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case startS = "start_s"
        case turnS = "turn_s"
        case endS = "end_s"
        case isPartial = "partial"
        case rangeOfMotionM = "range_of_motion_m"
        case turnedDeg = "turned_deg"
        case meanConcentricVelocity = "mean_concentric_velocity_m_s"
        case peakConcentricVelocity = "peak_concentric_velocity_m_s"
        case eccentricS = "eccentric_s"
        case concentricS = "concentric_s"
        case pauseTurnS = "pause_turn_s"
        case pauseBeforeS = "pause_before_s"
        case depthM = "depth_m"
        case referencedRangeM = "referenced_range_m"
        case networkDepthM = "network_depth_m"
    }

    /// Decodes the keys; unknown ones are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        startS = try container.value(.startS)
        turnS = try container.value(.turnS)
        endS = try container.value(.endS)
        isPartial = try container.value(.isPartial)
        rangeOfMotionM = try container.value(.rangeOfMotionM)
        turnedDeg = try container.value(.turnedDeg)
        meanConcentricVelocity = try container.value(.meanConcentricVelocity)
        peakConcentricVelocity = try container.value(.peakConcentricVelocity)
        eccentricS = try container.value(.eccentricS)
        concentricS = try container.value(.concentricS)
        pauseTurnS = try container.value(.pauseTurnS)
        pauseBeforeS = try container.value(.pauseBeforeS)
        depthM = try container.value(.depthM)
        referencedRangeM = try container.value(.referencedRangeM)
        networkDepthM = try container.value(.networkDepthM)
    }

    /// Encodes every key; one without a value is null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(startS, forKey: .startS)
        try container.encode(turnS, forKey: .turnS)
        try container.encode(endS, forKey: .endS)
        try container.encode(isPartial, forKey: .isPartial)
        try container.encode(rangeOfMotionM, forKey: .rangeOfMotionM)
        try container.encode(turnedDeg, forKey: .turnedDeg)
        try container.encode(meanConcentricVelocity, forKey: .meanConcentricVelocity)
        try container.encode(peakConcentricVelocity, forKey: .peakConcentricVelocity)
        try container.encode(eccentricS, forKey: .eccentricS)
        try container.encode(concentricS, forKey: .concentricS)
        try container.encode(pauseTurnS, forKey: .pauseTurnS)
        try container.encode(pauseBeforeS, forKey: .pauseBeforeS)
        try container.encode(depthM, forKey: .depthM)
        try container.encode(referencedRangeM, forKey: .referencedRangeM)
        try container.encode(networkDepthM, forKey: .networkDepthM)
    }

    init(
        startS: Double, turnS: Double, endS: Double, isPartial: Bool, rangeOfMotionM: Measure, turnedDeg: Measure,
        meanConcentricVelocity: Measure, peakConcentricVelocity: Measure, eccentricS: Measure, concentricS: Measure,
        pauseTurnS: Measure, pauseBeforeS: Measure?, depthM: DepthMeasure?, referencedRangeM: DepthMeasure?,
        networkDepthM: Double?
    ) {
        self.startS = startS
        self.turnS = turnS
        self.endS = endS
        self.isPartial = isPartial
        self.rangeOfMotionM = rangeOfMotionM
        self.turnedDeg = turnedDeg
        self.meanConcentricVelocity = meanConcentricVelocity
        self.peakConcentricVelocity = peakConcentricVelocity
        self.eccentricS = eccentricS
        self.concentricS = concentricS
        self.pauseTurnS = pauseTurnS
        self.pauseBeforeS = pauseBeforeS
        self.depthM = depthM
        self.referencedRangeM = referencedRangeM
        self.networkDepthM = networkDepthM
    }
}
