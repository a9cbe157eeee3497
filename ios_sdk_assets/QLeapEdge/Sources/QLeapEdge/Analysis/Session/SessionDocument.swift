/// The result of `qleap watch analyze`.
public struct SessionDocument: Document {
    /// The only value of the key `schema`.
    package static let schemaName = "qleap.session"
    /// The only value of the key `schema_version`.
    package static let schemaVersion = 5
    /// The usual file name.
    package static let fileName = "session.json"

    /// The key `schema`.
    package let schema: String
    /// The key `schema_version`.
    package let schemaVersion: Int
    /// Path of the file.
    public let recording: String
    /// SHA-256 of the file.
    public let recordingSHA256: String
    /// Date and time (UTC, ISO 8601) of the first row; nil where the file does not tell.
    public let startedAt: String?
    /// From the first row to the last one, seconds.
    public let duration: Double
    /// Digest of the package that ran.
    public let packageSHA256: String
    /// Of the bundle; every grade but `release` comes with a warning.
    public let grade: Grade
    /// The wearer's height, metres.
    public let stature: Double
    /// `assumed`: the wearer's height was not given.
    public let statureSource: String
    /// Wrist and crown side.
    public let wear: WearStatement
    /// Start and end of the part in which exercise is known to have taken place; nil: the whole recording was searched, seconds.
    public let activePart: [Double]?
    /// The exercise that the wearer names; nil: none was given.
    public let declaredExercise: Exercise?
    /// The reference set that removes the bias of the depth; nil: none was given.
    public let reference: ReferenceStatement?
    /// Of the checks of the recording, of the grade, and of the wearer's height where the calibration does not cover it.
    public let warnings: [String]
    /// In the order of time.
    public let sets: [SetResult]
    /// One for every 0.2 s whose middle lies in a set.
    public let windows: [WindowResult]
    /// Share of these windows that are abstained from; nil without any.
    public let abstainedShare: Double?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case schema
        case schemaVersion = "schema_version"
        case recording
        case recordingSHA256 = "recording_sha256"
        case startedAt = "started_at"
        case duration = "duration_s"
        case packageSHA256 = "package_sha256"
        case grade
        case stature = "stature_m"
        case statureSource = "stature_source"
        case wear
        case activePart = "active_s"
        case declaredExercise = "declared_exercise"
        case reference
        case warnings
        case sets
        case windows
        case abstainedShare = "abstained_share"
    }

    /// Decodes the keys; unknown ones are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        schema = try container.value(.schema)
        schemaVersion = try container.value(.schemaVersion)
        recording = try container.value(.recording)
        recordingSHA256 = try container.value(.recordingSHA256)
        startedAt = try container.value(.startedAt)
        duration = try container.value(.duration)
        packageSHA256 = try container.value(.packageSHA256)
        grade = try container.value(.grade)
        stature = try container.value(.stature)
        statureSource = try container.value(.statureSource)
        wear = try container.value(.wear)
        activePart = try container.value(.activePart)
        declaredExercise = try container.value(.declaredExercise)
        reference = try container.value(.reference)
        warnings = try container.value(.warnings)
        sets = try container.value(.sets)
        windows = try container.value(.windows)
        abstainedShare = try container.value(.abstainedShare)
    }

    /// Encodes every key; one without a value is null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(schema, forKey: .schema)
        try container.encode(schemaVersion, forKey: .schemaVersion)
        try container.encode(recording, forKey: .recording)
        try container.encode(recordingSHA256, forKey: .recordingSHA256)
        try container.encode(startedAt, forKey: .startedAt)
        try container.encode(duration, forKey: .duration)
        try container.encode(packageSHA256, forKey: .packageSHA256)
        try container.encode(grade, forKey: .grade)
        try container.encode(stature, forKey: .stature)
        try container.encode(statureSource, forKey: .statureSource)
        try container.encode(wear, forKey: .wear)
        try container.encode(activePart, forKey: .activePart)
        try container.encode(declaredExercise, forKey: .declaredExercise)
        try container.encode(reference, forKey: .reference)
        try container.encode(warnings, forKey: .warnings)
        try container.encode(sets, forKey: .sets)
        try container.encode(windows, forKey: .windows)
        try container.encode(abstainedShare, forKey: .abstainedShare)
    }

    init(
        recording: String, recordingSHA256: String, startedAt: String?, duration: Double, packageSHA256: String,
        grade: Grade, stature: Double, statureSource: String, wear: WearStatement, activePart: [Double]?,
        declaredExercise: Exercise?, reference: ReferenceStatement?, warnings: [String], sets: [SetResult],
        windows: [WindowResult], abstainedShare: Double?
    ) {
        schema = Self.schemaName
        schemaVersion = Self.schemaVersion
        self.recording = recording
        self.recordingSHA256 = recordingSHA256
        self.startedAt = startedAt
        self.duration = duration
        self.packageSHA256 = packageSHA256
        self.grade = grade
        self.stature = stature
        self.statureSource = statureSource
        self.wear = wear
        self.activePart = activePart
        self.declaredExercise = declaredExercise
        self.reference = reference
        self.warnings = warnings
        self.sets = sets
        self.windows = windows
        self.abstainedShare = abstainedShare
    }

    /// Every value that the types allow is accepted.
    package func validate() throws {}
}
