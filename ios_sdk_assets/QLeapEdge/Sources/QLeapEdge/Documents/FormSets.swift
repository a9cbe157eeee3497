/// Which form scores remain possible for a window (conformal sets of neighbouring scores).
package struct FormSets: Codable, Equatable, Sendable {
    /// Probability that the true score remains, for a random scored window of a new person like those of the calibration.
    package let level: Double
    /// Largest probability that a grown set holds; 1: all scores remain, because there were too few persons for the level.
    package let mass: Double
    /// Persons behind the mass.
    package let subjects: Int
    /// Windows with a score behind it.
    package let windows: Int

    enum CodingKeys: String, CodingKey, CaseIterable {
        case level
        case mass
        case subjects
        case windows
    }

    /// Decodes the numbers; unknown keys are refused.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        level = try container.value(.level)
        mass = try container.value(.mass)
        subjects = try container.value(.subjects)
        windows = try container.value(.windows)
    }

    func validate() throws {
        for (key, share) in [("level", level), ("mass", mass)] {
            guard (0...1).contains(share) else { throw ProfileDocument.bad("form_sets." + key, "expected a share") }
        }
    }

    /// The scores that remain: the most probable one, then each time the more probable neighbour, of equals the lower one,
    /// as long as they hold no more than the mass.
    ///
    /// - Parameter probability: of the scores, at least one.
    func range(_ probability: [Double]) -> ClosedRange<Int> {
        let last = probability.count - 1
        if mass >= 1 { return 0...last }
        var low = probability.indices.reduce(0) { probability[$1] > probability[$0] ? $1 : $0 }
        var high = low
        var held = probability[low]
        while low > 0 || high < last {
            let below = low > 0 ? probability[low - 1] : -1
            let above = high < last ? probability[high + 1] : -1
            if held + max(above, below) > mass { break }
            if above > below { high += 1 } else { low -= 1 }
            held += max(above, below)
        }
        return low...high
    }
}
