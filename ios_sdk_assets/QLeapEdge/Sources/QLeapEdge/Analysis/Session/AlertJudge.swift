/// Alerts about a set: a repetition that is short, a weight that is lowered fast, velocity that is lost.
///
/// The distance of a value from its limit, in standard deviations, decides between "alert", "fine" and "not sure".
struct AlertJudge {
    let parameters: AlertParameters

    /// What every rule that is on says about a set.
    func results(_ repetitions: [Repetition], exercise: Exercise?) -> [AlertResult] {
        let usual = repetitions.map(\.rangeM.value).median
        guard repetitions.count >= parameters.leastRepetitions, usual >= parameters.leastRangeM else { return [] }
        return parameters.rules.compactMap { rule in
            if let spoken = rule.exercises, exercise.map(spoken.contains) != true { return nil }
            let values = values(rule.name, repetitions, usual)
            guard !values.isEmpty else { return nil }
            return AlertResult(
                name: rule.name, limit: rule.limit, answers: values.map { answer(rule, $0) },
                missRateAtMost: rule.missRateAtMost)
        }
    }

    /// By which share the last repetition is slower than the fastest one; nil with fewer than two repetitions.
    ///
    /// Source: velocity loss in a set, Sánchez-Medina and González-Badillo 2011, Med. Sci. Sports Exerc. 43(9), 1725-1734.
    static func velocityLoss(_ repetitions: [Repetition]) -> Estimate? {
        let velocities = repetitions.map(\.meanConcentricVelocity)
        guard velocities.count > 1, let last = velocities.last,
            let place = velocities.indices.firstMaximum({ velocities[$0].value })
        else { return nil }
        let fastest = velocities[place]
        guard fastest.value > 0 else { return nil }
        let kept = last.value / fastest.value
        if place == velocities.count - 1 { return Estimate(1 - kept, 0) }
        let (own, other) = (last.standardDeviation, kept * fastest.standardDeviation)
        return Estimate(1 - kept, (own * own + other * other).squareRoot() / fastest.value)
    }

    private func values(_ name: String, _ repetitions: [Repetition], _ usual: Double) -> [Estimate] {
        switch name {
        case "short_repetition":
            repetitions.map { Estimate($0.rangeM.value / usual, $0.rangeM.standardDeviation / usual) }
        case "fast_lowering": repetitions.map(\.eccentricS)
        case "velocity_loss": Self.velocityLoss(repetitions).map { [$0] } ?? []
        default: []
        }
    }

    private func answer(_ rule: AlertRuleParameters, _ value: Estimate) -> AlertAnswer {
        let beyond = rule.name == "velocity_loss" ? value.value - rule.limit : rule.limit - value.value
        let excess = beyond / max(value.standardDeviation, 1e-9)
        return excess < -rule.fineMargin ? .fine : excess > rule.alertMargin ? .alert : .notSure
    }
}
