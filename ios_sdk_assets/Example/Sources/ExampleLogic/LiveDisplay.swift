import QLeapEdge

/// What the screen shows of the pose: never one that is older than ``staleAfterS``, and none while the engine abstains.
public struct LiveDisplay: Equatable, Sendable {
    /// What there is to see.
    public enum Content: Equatable, Sendable {
        /// Nothing runs.
        case idle
        /// It runs, but no window is complete yet, or none came for a while.
        case waiting
        /// A pose, and the exercise it is taken for; nil for one that this code does not know.
        case pose(SkeletonFigure, Exercise?)
        /// "Not sure", with the reasons in words.
        case notSure([String])
        /// It has ended with an error, in words.
        case failed(String)
    }

    /// Age at which a pose or a "not sure" is taken down, seconds: five windows without an answer.
    public static let staleAfterS = 1.0

    /// What there is to see now.
    public private(set) var content = Content.idle
    private var shownAtS = 0.0

    /// Nothing runs yet.
    public init() {}

    /// A stream began.
    public mutating func start() { content = .waiting }

    /// A window was answered.
    ///
    /// - Parameters:
    ///   - result: of the engine.
    ///   - skeleton: of the payload.
    ///   - statureM: of the wearer, metres.
    ///   - nowS: on any clock that runs on, the same one as for ``expire(nowS:)``.
    public mutating func take(_ result: PoseResult, skeleton: SkeletonDocument, statureM: Double, nowS: Double) {
        shownAtS = nowS
        switch result.state {
        case .pose(let estimate):
            let figure = SkeletonFigure(estimate, skeleton: skeleton, statureM: statureM)
            content =
                figure.map { .pose($0, estimate.named) } ?? .failed("The pose has not the joints of the skeleton.")
        case .abstained(let reasons):
            content = .notSure(reasons.sentences)
        }
    }

    /// Takes down what is too old: the sensor has stopped, or there is a gap.
    public mutating func expire(nowS: Double) {
        switch content {
        case .pose, .notSure: if nowS - shownAtS > Self.staleAfterS { content = .waiting }
        case .idle, .waiting, .failed: break
        }
    }

    /// The stream ended, with an error or without.
    public mutating func end(_ error: (any Error)? = nil) {
        if let error {
            content = .failed(error.localizedDescription)
        } else {
            content = .idle
        }
    }
}
