/// For whom σ is calibrated.
public enum Population: String, CaseIterable, Sendable {
    /// Real people: σ is widened until it covered people whose motion was captured (``CapturedPersons``). The default.
    case captured
    /// Synthetic persons like those of the training data: for comparison with the figures of the reports.
    case synthetic
}
