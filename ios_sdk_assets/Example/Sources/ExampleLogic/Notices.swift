import QLeapEdge

/// What an app owes the wearer to say besides the pose.
public enum Notices {
    /// Sentences to show as long as this engine is used.
    ///
    /// - Parameter engine: with its release and its wearer.
    public static func of(_ engine: PoseEngine) -> [String] {
        var notices: [String] = []
        let manifest = engine.payload.manifest
        if manifest.grade != .release {
            notices.append("Release of grade \(manifest.grade.rawValue): \(manifest.warning)")
        }
        if !engine.calibrationCoversWearer {
            let heights = engine.payload.profile.validity.stature
            let range =
                "\(Int((heights.lowerBound * 100).rounded())) to \(Int((heights.upperBound * 100).rounded())) cm"
            notices.append("It was calibrated on people of \(range): for you it may be less certain than it says.")
        }
        return notices
    }

    /// What the signs of the samples show; nil while they show nothing wrong.
    public static func of(_ verdict: SignVerdict) -> String? {
        verdict == .reversed ? "The signs of the sensor are reversed: nothing that is shown here is right." : nil
    }
}
