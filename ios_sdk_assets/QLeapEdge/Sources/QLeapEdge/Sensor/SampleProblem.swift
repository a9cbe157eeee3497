/// Why a single sample is skipped.
public enum SampleProblem: Equatable, Sendable {
    /// A stamp or value is not a finite number.
    case notFinite
    /// A value is larger than any sensor of a watch gives, in m/s² or rad/s.
    case outOfRange(most: Double, got: Double)
    /// The stamp does not come after that of the sample before; both in seconds.
    case timestampNotIncreasing(previous: Double, got: Double)
    /// It lies closer to the sample before than any sensor's: no spline through both is sound. Both steps in seconds.
    case tooClose(least: Double, got: Double)
}

extension SampleProblem: CustomStringConvertible {
    /// What was expected and got, in words.
    public var description: String {
        switch self {
        case .notFinite: "a value is not a finite number"
        case .outOfRange(let most, let got): "expected values of at most \(most) m/s² or rad/s, got \(got)"
        case .timestampNotIncreasing(let previous, let got): "expected a stamp after \(previous) s, got \(got) s"
        case .tooClose(let least, let got): "expected a step of at least \(least) s, got \(got) s"
        }
    }
}

/// How many samples of a stream were skipped, by reason; an exact repeat of a sample is none of them.
public struct SkippedSamples: Equatable, Sendable {
    /// With a stamp or value that is not a finite number.
    public internal(set) var notFinite = 0
    /// With a value that no sensor gives.
    public internal(set) var outOfRange = 0
    /// With a stamp that does not come after the one before.
    public internal(set) var notIncreasing = 0
    /// Too close to the sample before.
    public internal(set) var tooClose = 0

    /// None.
    public init() {}

    /// All of them.
    public var count: Int { notFinite + outOfRange + notIncreasing + tooClose }

    mutating func add(_ problem: SampleProblem) {
        switch problem {
        case .notFinite: notFinite += 1
        case .outOfRange: outOfRange += 1
        case .timestampNotIncreasing: notIncreasing += 1
        case .tooClose: tooClose += 1
        }
    }
}
