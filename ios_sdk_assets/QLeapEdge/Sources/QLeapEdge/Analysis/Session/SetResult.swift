/// A span in which one movement is repeated.
public struct SetResult: Codable, Equatable, Sendable {
    /// Start of the first repetition, seconds since the first sample.
    public let start: Double
    /// End of the last one, seconds.
    public let end: Double
    /// Whether the repetitions show in the travel of the hand or in the turning of the forearm.
    public let signal: RepetitionSignal
    /// Where the direction of the vertical comes from: CoreMotion, or an orientation filter (VQF).
    public let tilt: String
    /// Whether the rests between the repetitions are so long that the other arm may have had its turn in them.
    ///
    /// The repetitions are those of the arm with the watch; a person may have counted both.
    public let isWatchArmOnly: Bool
    /// Mean correlation of the repetitions with their median; 1: all alike.
    public let agreement: Double
    /// Median angle of the forearm above the horizontal at the starts of the repetitions; 90: the hand points up, degrees.
    public let elevation: Double
    /// Which exercise it is.
    public let exercise: ExerciseStatement
    /// Form score; nil unless the exercise is a squat and windows vote that show a repetition.
    public let form: FormStatement?
    /// All of them, in the order of time.
    public let repetitions: [RepetitionResult]
    /// Loss of mean concentric velocity from the fastest repetition to the last one, per cent; nil with fewer than two repetitions.
    public let velocityLossPercent: Measure?
    /// What each rule that is on says about the set; empty with fewer than three repetitions or a median range below 0.2
    /// m.
    public let alerts: [AlertResult]
    /// Where the network and physics differ; physics is never overruled about the wrist's own motion.
    public let disagreements: [Disagreement]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case start = "start_s"
        case end = "end_s"
        case signal
        case tilt
        case isWatchArmOnly = "watch_arm_only"
        case agreement
        case elevation = "elevation_deg"
        case exercise
        case form
        case repetitions
        case velocityLossPercent = "velocity_loss_percent"
        case alerts
        case disagreements
    }

    /// Decodes the keys; unknown ones are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        start = try container.value(.start)
        end = try container.value(.end)
        signal = try container.value(.signal)
        tilt = try container.value(.tilt)
        isWatchArmOnly = try container.value(.isWatchArmOnly)
        agreement = try container.value(.agreement)
        elevation = try container.value(.elevation)
        exercise = try container.value(.exercise)
        form = try container.value(.form)
        repetitions = try container.value(.repetitions)
        velocityLossPercent = try container.value(.velocityLossPercent)
        alerts = try container.value(.alerts)
        disagreements = try container.value(.disagreements)
    }

    /// Encodes every key; one without a value is null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(start, forKey: .start)
        try container.encode(end, forKey: .end)
        try container.encode(signal, forKey: .signal)
        try container.encode(tilt, forKey: .tilt)
        try container.encode(isWatchArmOnly, forKey: .isWatchArmOnly)
        try container.encode(agreement, forKey: .agreement)
        try container.encode(elevation, forKey: .elevation)
        try container.encode(exercise, forKey: .exercise)
        try container.encode(form, forKey: .form)
        try container.encode(repetitions, forKey: .repetitions)
        try container.encode(velocityLossPercent, forKey: .velocityLossPercent)
        try container.encode(alerts, forKey: .alerts)
        try container.encode(disagreements, forKey: .disagreements)
    }

    init(
        start: Double, end: Double, signal: RepetitionSignal, tilt: String, isWatchArmOnly: Bool, agreement: Double,
        elevation: Double, exercise: ExerciseStatement, form: FormStatement?, repetitions: [RepetitionResult],
        velocityLossPercent: Measure?, alerts: [AlertResult], disagreements: [Disagreement]
    ) {
        self.start = start
        self.end = end
        self.signal = signal
        self.tilt = tilt
        self.isWatchArmOnly = isWatchArmOnly
        self.agreement = agreement
        self.elevation = elevation
        self.exercise = exercise
        self.form = form
        self.repetitions = repetitions
        self.velocityLossPercent = velocityLossPercent
        self.alerts = alerts
        self.disagreements = disagreements
    }
}
