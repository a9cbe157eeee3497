/// What the network says about one window of four seconds in a set.
public struct WindowResult: Codable, Equatable, Sendable {
    /// Stamp of the first step, since the first row of the recording, seconds.
    public let start: Double
    /// Stamp of the last step, seconds.
    public let end: Double
    /// Number of the set that it lies in, from 1.
    public let setNumber: Int
    /// Whether to show "not sure"; the other values are then diagnostics, not results.
    public let isAbstaining: Bool
    /// Why it abstains; empty if it does not.
    public let reasons: [String]
    /// The most probable exercise.
    public let exercise: Exercise
    /// Its calibrated probability.
    public let exerciseProbability: Double
    /// Most probable score 0 to 4; nil unless the exercise is a squat and the window shows a repetition.
    public let form: Int?
    /// Calibrated probability of that score.
    public let formProbability: Double?
    /// Mean calibrated standard deviation of a coordinate over joints and frames, at the wearer's stature, millimetres.
    public let sigma: Double
    /// From the nearest exercise of the calibration, in feature space; the gate `embedding` limits it.
    public let embeddingDistance: Double
    /// Share of the steps that are bridged holes of the recording.
    public let maskedShare: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
        case start = "start_s"
        case end = "end_s"
        case setNumber = "set_number"
        case isAbstaining = "abstain"
        case reasons
        case exercise
        case exerciseProbability = "exercise_probability"
        case form
        case formProbability = "form_probability"
        case sigma = "sigma_mm"
        case embeddingDistance = "embedding_distance"
        case maskedShare = "masked_share"
    }

    /// Decodes the keys; unknown ones are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        start = try container.value(.start)
        end = try container.value(.end)
        setNumber = try container.value(.setNumber)
        isAbstaining = try container.value(.isAbstaining)
        reasons = try container.value(.reasons)
        exercise = try container.value(.exercise)
        exerciseProbability = try container.value(.exerciseProbability)
        form = try container.value(.form)
        formProbability = try container.value(.formProbability)
        sigma = try container.value(.sigma)
        embeddingDistance = try container.value(.embeddingDistance)
        maskedShare = try container.value(.maskedShare)
    }

    /// Encodes every key; one without a value is null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(start, forKey: .start)
        try container.encode(end, forKey: .end)
        try container.encode(setNumber, forKey: .setNumber)
        try container.encode(isAbstaining, forKey: .isAbstaining)
        try container.encode(reasons, forKey: .reasons)
        try container.encode(exercise, forKey: .exercise)
        try container.encode(exerciseProbability, forKey: .exerciseProbability)
        try container.encode(form, forKey: .form)
        try container.encode(formProbability, forKey: .formProbability)
        try container.encode(sigma, forKey: .sigma)
        try container.encode(embeddingDistance, forKey: .embeddingDistance)
        try container.encode(maskedShare, forKey: .maskedShare)
    }

    init(
        start: Double, end: Double, setNumber: Int, isAbstaining: Bool, reasons: [String], exercise: Exercise,
        exerciseProbability: Double, form: Int?, formProbability: Double?, sigma: Double, embeddingDistance: Double,
        maskedShare: Double
    ) {
        self.start = start
        self.end = end
        self.setNumber = setNumber
        self.isAbstaining = isAbstaining
        self.reasons = reasons
        self.exercise = exercise
        self.exerciseProbability = exerciseProbability
        self.form = form
        self.formProbability = formProbability
        self.sigma = sigma
        self.embeddingDistance = embeddingDistance
        self.maskedShare = maskedShare
    }
}
