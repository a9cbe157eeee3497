/// A session that is over, and the document that it becomes.
public struct SessionSummary: Sendable {
    /// Its sets, in the order of time; seconds count from the first sample.
    public let sets: [SetResult]
    /// Its windows whose middle lies in a set.
    public let windows: [WindowResult]
    /// From the first sample to the last one, seconds.
    public let duration: Double
    /// Samples that were skipped.
    public let skipped: SkippedSamples

    private let payload: EdgePayload
    private let wearer: Wearer
    private let exercise: Exercise?
    private let reference: WatchReference?
    private let lever: LeverArmTest.Result

    init(
        _ log: SessionLog, duration: Double, skipped: SkippedSamples, payload: EdgePayload, wearer: Wearer,
        exercise: Exercise?, reference: WatchReference?, lever: LeverArmTest.Result
    ) {
        sets = log.sets
        windows = log.windows
        self.duration = duration
        self.skipped = skipped
        self.payload = payload
        self.wearer = wearer
        self.exercise = exercise
        self.reference = reference
        self.lever = lever
    }

    /// The document that `qleap watch analyze` writes, with the recording that the samples came from.
    ///
    /// Its warnings are those of the release and of the wearer; the checks of a recording are those of `qleap watch inspect`.
    ///
    /// - Parameters:
    ///   - recording: name of the file.
    ///   - sha256: digest of the file, 64 hexadecimal digits.
    ///   - startedAt: date and time (UTC, ISO 8601) of the first sample; nil: not known.
    ///   - referenceSHA256: digest of the reference's file; it is named only with it.
    public func document(
        recording: String, sha256: String, startedAt: String?, referenceSHA256: String? = nil
    ) -> SessionDocument {
        let named = reference.flatMap { given in
            referenceSHA256.map {
                ReferenceStatement(
                    sha256: $0, wearer: given.wearer, exercise: given.exercise, posture: given.posture,
                    known: given.known)
            }
        }
        let validity = payload.profile.validity
        let warnings = [payload.manifest.warning, validity.doubt(stature: wearer.stature) ?? ""]
        return SessionDocument(
            recording: recording, recordingSHA256: sha256, startedAt: startedAt, duration: duration,
            packageSHA256: payload.manifest.packageSHA256, grade: payload.manifest.grade, stature: wearer.stature,
            statureSource: "given", wear: lever.statement(wearer.wear), activePart: nil, declaredExercise: exercise,
            reference: named, warnings: warnings.filter { !$0.isEmpty }, sets: sets, windows: windows,
            abstainedShare: windows.isEmpty ? nil : windows.map { $0.isAbstaining ? 1 : 0 }.mean)
    }
}
