/// One repetition of the wrist that wears the watch.
public struct RepetitionResult: Codable, Equatable, Sendable {
    /// Zero-velocity point before it, since the first row of the recording, seconds.
    public let start: Double
    /// Where the height of the wrist turns, seconds.
    public let turn: Double
    /// Zero-velocity point after it, seconds.
    public let end: Double
    /// True: its range is less than 70 % of the median of the set.
    public let isPartial: Bool
    /// Vertical travel of the wrist from one turning point to the other, metres.
    public let rangeOfMotion: Measure
    /// Angle between the directions of the forearm at the start and at the turn, against the vertical, degrees.
    public let turned: Measure
    /// Over the time in which the wrist moves up; never above the peak, m/s.
    public let meanConcentricVelocity: Measure
    /// Highest upward velocity of the wrist, m/s.
    public let peakConcentricVelocity: Measure
    /// Time in which the wrist moves down, seconds.
    public let eccentricDuration: Measure
    /// Time in which the wrist moves up, seconds.
    public let concentricDuration: Measure
    /// Rest between both, seconds.
    public let pauseAtTurn: Measure
    /// Rest since the repetition before, seconds; nil for the first one of a set.
    public let pauseBefore: Measure?
    /// Depth of the pelvis, metres; nil unless the exercise is a squat.
    public let depth: DepthMeasure?
    /// Range of motion of what the reference set measured, for example a bar, metres; nil without such a reference.
    public let referencedRange: DepthMeasure?
    /// How far the pelvis of the network's pose falls in it, a guess to compare, metres; nil unless the exercise is a squat.
    public let networkDepth: Double?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case start = "start_s"
        case turn = "turn_s"
        case end = "end_s"
        case isPartial = "partial"
        case rangeOfMotion = "range_of_motion_m"
        case turned = "turned_deg"
        case meanConcentricVelocity = "mean_concentric_velocity_m_s"
        case peakConcentricVelocity = "peak_concentric_velocity_m_s"
        case eccentricDuration = "eccentric_s"
        case concentricDuration = "concentric_s"
        case pauseAtTurn = "pause_turn_s"
        case pauseBefore = "pause_before_s"
        case depth = "depth_m"
        case referencedRange = "referenced_range_m"
        case networkDepth = "network_depth_m"
    }

    /// Decodes the keys; unknown ones are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        start = try container.value(.start)
        turn = try container.value(.turn)
        end = try container.value(.end)
        isPartial = try container.value(.isPartial)
        rangeOfMotion = try container.value(.rangeOfMotion)
        turned = try container.value(.turned)
        meanConcentricVelocity = try container.value(.meanConcentricVelocity)
        peakConcentricVelocity = try container.value(.peakConcentricVelocity)
        eccentricDuration = try container.value(.eccentricDuration)
        concentricDuration = try container.value(.concentricDuration)
        pauseAtTurn = try container.value(.pauseAtTurn)
        pauseBefore = try container.value(.pauseBefore)
        depth = try container.value(.depth)
        referencedRange = try container.value(.referencedRange)
        networkDepth = try container.value(.networkDepth)
    }

    /// Encodes every key; one without a value is null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(start, forKey: .start)
        try container.encode(turn, forKey: .turn)
        try container.encode(end, forKey: .end)
        try container.encode(isPartial, forKey: .isPartial)
        try container.encode(rangeOfMotion, forKey: .rangeOfMotion)
        try container.encode(turned, forKey: .turned)
        try container.encode(meanConcentricVelocity, forKey: .meanConcentricVelocity)
        try container.encode(peakConcentricVelocity, forKey: .peakConcentricVelocity)
        try container.encode(eccentricDuration, forKey: .eccentricDuration)
        try container.encode(concentricDuration, forKey: .concentricDuration)
        try container.encode(pauseAtTurn, forKey: .pauseAtTurn)
        try container.encode(pauseBefore, forKey: .pauseBefore)
        try container.encode(depth, forKey: .depth)
        try container.encode(referencedRange, forKey: .referencedRange)
        try container.encode(networkDepth, forKey: .networkDepth)
    }

    init(
        start: Double, turn: Double, end: Double, isPartial: Bool, rangeOfMotion: Measure, turned: Measure,
        meanConcentricVelocity: Measure, peakConcentricVelocity: Measure, eccentricDuration: Measure,
        concentricDuration: Measure,
        pauseAtTurn: Measure, pauseBefore: Measure?, depth: DepthMeasure?, referencedRange: DepthMeasure?,
        networkDepth: Double?
    ) {
        self.start = start
        self.turn = turn
        self.end = end
        self.isPartial = isPartial
        self.rangeOfMotion = rangeOfMotion
        self.turned = turned
        self.meanConcentricVelocity = meanConcentricVelocity
        self.peakConcentricVelocity = peakConcentricVelocity
        self.eccentricDuration = eccentricDuration
        self.concentricDuration = concentricDuration
        self.pauseAtTurn = pauseAtTurn
        self.pauseBefore = pauseBefore
        self.depth = depth
        self.referencedRange = referencedRange
        self.networkDepth = networkDepth
    }
}
