/// `profile.json`: what turns the network's σ and logits into numbers an app may show, and when it must show none.
public struct ProfileDocument: Document {
    /// The accepted `schema`.
    package static let schemaName = "qleap.profile"
    /// The accepted `schema_version`.
    package static let schemaVersion = 6
    /// Its file name.
    package static let fileName = "profile.json"

    /// Schema name, as read.
    package let schema: String
    /// Schema version, as read.
    package let schemaVersion: Int
    /// Digest of the very package the profile was fitted on; any other package makes the profile void.
    package let packageSHA256: String
    /// Which compressed form of the model it was fitted on.
    package let variant: String
    /// What the radii promise, in words.
    public let guarantee: String
    /// Whom the promises are about.
    public let validity: Validity
    /// Data behind scales, temperatures and centres.
    package let scaleSet: CalibrationSet
    /// Data behind radii and thresholds.
    package let radiusSet: CalibrationSet
    /// (joints, 3): σ' = σ × scale, for synthetic persons.
    package let sigmaScale: [[Double]]
    /// How many factors hit their limits.
    package let clippedScales: Int
    /// Coverage levels, for example 0.9.
    package let levels: [Double]
    /// (joints, levels), in units of σ'; nil where too few persons were at hand to promise the level.
    package let radius: [[Double?]]
    /// By how much σ' grows for real people.
    public let captured: CapturedPersons
    /// Softmax temperatures.
    package let temperature: Temperatures
    /// Which exercises remain possible for a whole set.
    public let exerciseSets: ExerciseSets
    /// Which form scores remain possible for a window.
    package let formSets: FormSets
    /// When to say "not sure".
    package let abstain: Abstention
    /// Faults that no form score may be said to cover, because a wrist cannot see them.
    package let formNotObservable: [String]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case schema
        case schemaVersion = "schema_version"
        case packageSHA256 = "package_sha256"
        case variant
        case guarantee
        case validity
        case scaleSet = "scale_set"
        case radiusSet = "radius_set"
        case sigmaScale = "sigma_scale"
        case clippedScales = "clipped_scales"
        case levels
        case radius
        case captured
        case temperature
        case exerciseSets = "exercise_sets"
        case formSets = "form_sets"
        case abstain
        case formNotObservable = "form_not_observable"
    }

    /// Decodes the profile; unknown keys are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        schema = try container.value(.schema)
        schemaVersion = try container.value(.schemaVersion)
        packageSHA256 = try container.value(.packageSHA256)
        variant = try container.value(.variant)
        guarantee = try container.value(.guarantee)
        validity = try container.value(.validity)
        scaleSet = try container.value(.scaleSet)
        radiusSet = try container.value(.radiusSet)
        sigmaScale = try container.value(.sigmaScale)
        clippedScales = try container.value(.clippedScales)
        levels = try container.value(.levels)
        radius = try container.value(.radius)
        captured = try container.value(.captured)
        temperature = try container.value(.temperature)
        exerciseSets = try container.value(.exerciseSets)
        formSets = try container.value(.formSets)
        abstain = try container.value(.abstain)
        formNotObservable = try container.value(.formNotObservable)
    }

    /// Checks digests, shapes, and that every number is finite and of the right sign.
    ///
    /// - Throws: ``DocumentError/badValue(document:key:reason:)``.
    package func validate() throws {
        guard FileRecord.isDigest(packageSHA256) else { throw Self.bad("package_sha256", "not a SHA-256 hex digest") }
        for (joint, row) in sigmaScale.enumerated() {
            guard row.count == 3, row.allSatisfy({ $0.isFinite && $0 > 0 }) else {
                throw Self.bad("sigma_scale.\(joint)", "expected three positive numbers")
            }
        }
        guard levels.allSatisfy({ $0 > 0 && $0 < 1 }), levels == levels.sorted(), Set(levels).count == levels.count
        else { throw Self.bad("levels", "expected increasing shares between 0 and 1") }
        guard radius.count == sigmaScale.count, !radius.isEmpty else {
            throw Self.bad("radius", "expected \(sigmaScale.count) rows, got \(radius.count)")
        }
        for (joint, row) in radius.enumerated() {
            guard row.count == levels.count, row.compactMap({ $0 }).allSatisfy({ $0.isFinite && $0 >= 0 }) else {
                throw Self.bad("radius.\(joint)", "expected \(levels.count) non-negative numbers or null")
            }
        }
        try captured.validate(joints: sigmaScale.count)
        try exerciseSets.validate()
        try formSets.validate()
        for (key, value) in [("exercise", temperature.exercise), ("form", temperature.form)] {
            guard value.isFinite, value > 0 else { throw Self.bad("temperature.\(key)", "expected a positive number") }
        }
        guard abstain.logSigmaThreshold.isFinite else { throw Self.bad("abstain.log_sigma_threshold", "not finite") }
        try abstain.embedding.validate("abstain.embedding")
        try abstain.input.validate("abstain.input")
    }
}
