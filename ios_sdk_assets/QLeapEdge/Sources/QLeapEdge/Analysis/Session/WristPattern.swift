import Foundation

/// What the wrist must do in each exercise: a set that breaks these rules is not that exercise, whatever the network says.
struct WristPattern {
    let parameters: NameParameters
    let motion: WristMotion

    /// Why the network's name is not taken over; nil if it may be.
    func objection(to exercise: Exercise) -> String? {
        contradiction(of: exercise) ?? ambiguity(of: exercise)
    }

    /// Why the motion of the wrist rules an exercise out; nil if it does not.
    func contradiction(of exercise: Exercise) -> String? {
        guard let pattern = parameters.patterns.first(where: { $0.exercise == exercise }) else {
            return "it is not an exercise that is repeated in sets"
        }
        func text(_ format: String, _ value: Double) -> String { String(format: format, value) }
        let rows: [(value: Double, limits: [Double?], said: String, unit: String)] = [
            (motion.travelM, pattern.travelM, "the wrist travels %.2f m up and down", "%.2f m"),
            (motion.turnedDeg, pattern.turnedDeg, "the forearm turns by %.0f degrees", "%.0f degrees"),
            (
                motion.elevationDeg, pattern.elevationDeg, "the forearm points %.0f degrees above the horizontal",
                "%.0f degrees"
            ),
            (motion.periodS, pattern.periodS, "a repetition takes %.1f s", "%.1f s"),
        ]
        for row in rows {
            if let least = row.limits[0], row.value < least {
                return "\(text(row.said, row.value)); at least \(text(row.unit, least)) are expected"
            }
            if let most = row.limits[1], row.value > most {
                return "\(text(row.said, row.value)); at most \(text(row.unit, most)) are expected"
            }
        }
        return nil
    }

    /// Why a wrist cannot tell an exercise from others; nil if it can.
    func ambiguity(of exercise: Exercise) -> String? {
        let isLikeAPress = parameters.patterns.contains { $0.exercise == exercise && $0.likeAPress }
        guard isLikeAPress, motion.elevationDeg >= parameters.uprightDeg else { return nil }
        let (own, limit) = (
            String(format: "%.0f", motion.elevationDeg), String(format: "%.0f", parameters.uprightDeg)
        )
        return "the forearm points \(own) degrees above the horizontal; from \(limit) degrees on, "
            + "presses and pull-downs look the same to a wrist"
    }
}

extension Exercise {
    /// The name as a reader knows it.
    var inWords: String { rawValue.replacingOccurrences(of: "_", with: " ") }
}
