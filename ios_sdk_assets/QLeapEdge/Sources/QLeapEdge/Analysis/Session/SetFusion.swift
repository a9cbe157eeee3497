import Foundation

/// One set of the wrist and the network's answers for it become one statement, each part with its source.
///
/// Physics says how many repetitions, how far and how fast; the network says which exercise, and what the rest of the body may
/// have done. Where both say something about the same quantity and differ, the difference is reported, and physics stands.
struct SetFusion {
    let payload: EdgePayload
    let wearer: Wearer
    let declared: Exercise?
    let reference: WatchReference?

    private var analysis: AnalysisParameters { payload.analysis }
    private var rateHz: Double { payload.contract.rateHz }

    /// Everything that is said about one set.
    ///
    /// - Parameters:
    ///   - set: the repetitions of the wrist.
    ///   - windows: those whose middle lies in the set, in the order of time.
    ///   - originS: stamp from which the times of the result count.
    func result(_ set: ExerciseSet, _ windows: [WindowRecord], from originS: Double) -> SetResult {
        let motion = WristMotion(set, wear: wearer.wear)
        let pattern = WristPattern(parameters: analysis.name, motion: motion)
        let statement = SetVote(
            windows: windows, pattern: pattern, sets: payload.profile.exerciseSets, declared: declared
        ).statement
        let exercise = Exercise(rawValue: statement.name)
        let isSquat = exercise == .squat
        let track = PelvisTrack(windows, rateHz: rateHz)
        let falls = set.repetitions.map { isSquat ? track.fall($0.startS, $0.endS) : nil }
        let depths = depths(set, motion, exercise)
        let oneArm = analysis.name.oneArmAtATime.contains(statement.name)
        return SetResult(
            start: set.startS - originS, end: set.endS - originS, signal: set.signal, tilt: "core-motion",
            isWatchArmOnly: set.isWatchArmOnly && oneArm, agreement: set.agreement, elevation: motion.elevationDeg,
            exercise: statement, form: isSquat ? form(windows, set.repetitions) : nil,
            repetitions: set.repetitions.indices.map { index in
                repetition(set.repetitions[index], depths[index], falls[index], statement.namedBy, originS)
            },
            velocityLossPercent: AlertJudge.velocityLoss(set.repetitions).map {
                measure(Estimate(100 * $0.value, 100 * $0.standardDeviation), most: 100)
            },
            alerts: AlertJudge(parameters: analysis.alerts).results(set.repetitions, exercise: exercise),
            disagreements: disagreements(set, track, statement) + apart(depths, falls))
    }

    /// What is said about one window of a set.
    func window(_ record: WindowRecord, number: Int, of set: ExerciseSet, _ result: SetResult, _ originS: Double)
        -> WindowResult
    {
        let named = Exercise.allCases[record.exercise]
        let isScored = named == .squat && shows(record, set.repetitions)
        var reasons = record.reasons
        if result.exercise.name == "unknown" {
            reasons.append("set_unknown")
        } else if result.exercise.name != named.rawValue {
            reasons.append("outvoted")
        }
        let form = record.formProbability.indices.firstMaximum { record.formProbability[$0] } ?? 0
        return WindowResult(
            start: record.startS - originS, end: record.endS - originS, setNumber: number,
            isAbstaining: !reasons.isEmpty, reasons: reasons, exercise: named,
            exerciseProbability: record.exerciseProbability[record.exercise], form: isScored ? form : nil,
            formProbability: isScored ? record.formProbability[form] : nil, sigma: 1000 * record.sigmaM,
            embeddingDistance: record.embeddingDistance, maskedShare: record.maskedShare)
    }

    private func depths(_ set: ExerciseSet, _ motion: WristMotion, _ exercise: Exercise?) -> [DepthModel.Depth?] {
        let model = DepthModel(parameters: analysis.depth)
        let fitting = reference.flatMap { given in
            given.exercise == (exercise?.rawValue ?? "unknown") && model.mayBe(given.posture, motion.elevationDeg)
                ? given : nil
        }
        guard exercise == .squat || fitting != nil else { return set.repetitions.map { _ in nil } }
        return model.depths(set, motion, reference: fitting)
    }

    private func measure(_ estimate: Estimate, most: Double = .infinity) -> Measure {
        let half = analysis.measures.intervalSd * estimate.standardDeviation
        return Measure(
            value: estimate.value, low: max(0, estimate.value - half), high: min(most, estimate.value + half),
            source: .physics)
    }

    private func depthMeasure(
        _ depth: DepthModel.Depth?, _ quantity: ReferenceQuantity, _ namedBy: NamedBy
    ) -> DepthMeasure? {
        guard let depth, depth.quantity == quantity else { return nil }
        let half = analysis.measures.intervalSd * depth.standardDeviationM
        return DepthMeasure(
            value: depth.valueM, low: max(0, depth.valueM - half), high: depth.valueM + half,
            source: namedBy == .network ? .both : .physics, biasStandardDeviation: depth.biasSDM,
            spreadStandardDeviation: depth.spreadSDM,
            isByReference: depth.isReferenced)
    }

    private func repetition(
        _ one: Repetition, _ depth: DepthModel.Depth?, _ fall: Double?, _ namedBy: NamedBy, _ originS: Double
    ) -> RepetitionResult {
        RepetitionResult(
            start: one.startS - originS, turn: one.turnS - originS, end: one.endS - originS,
            isPartial: one.isPartial, rangeOfMotion: measure(one.rangeM), turned: measure(one.turnedDeg),
            meanConcentricVelocity: measure(one.meanConcentricVelocity),
            peakConcentricVelocity: measure(one.peakConcentricVelocity), eccentricDuration: measure(one.eccentricS),
            concentricDuration: measure(one.concentricS), pauseAtTurn: measure(one.pauseTurnS),
            pauseBefore: one.pauseBeforeS.map { measure($0) }, depth: depthMeasure(depth, .depth, namedBy),
            referencedRange: depthMeasure(depth, .rangeOfMotion, namedBy), networkDepth: fall)
    }

    /// The mean of the windows that vote and show a repetition: the network has not learnt to score the form of others.
    private func form(_ windows: [WindowRecord], _ repetitions: [Repetition]) -> FormStatement? {
        let chosen = windows.filter { $0.votes && shows($0, repetitions) }
        guard let first = chosen.first else { return nil }
        let mean = first.formProbability.indices.map { score in chosen.map { $0.formProbability[score] }.mean }
        guard let score = mean.indices.firstMaximum({ mean[$0] }) else { return nil }
        return FormStatement(score: score, probability: mean[score], source: .network)
    }

    /// Whether a window holds the turning point of a repetition and the whole way down, or the whole way up.
    private func shows(_ window: WindowRecord, _ repetitions: [Repetition]) -> Bool {
        let steps = payload.contract.windowSteps
        let (before, after) = (analysis.name.beforeTurnSteps, analysis.name.afterTurnSteps)
        return repetitions.contains { one in
            let places = [one.startS, one.turnS, one.endS].map {
                Int((($0 - window.startS) * rateHz).rounded(.toNearestOrEven))
            }
            return (places[0] >= 0 && places[1] + after < steps) || (places[1] - before >= 0 && places[2] < steps)
        }
    }

    private func disagreements(_ set: ExerciseSet, _ track: PelvisTrack, _ statement: ExerciseStatement)
        -> [Disagreement]
    {
        var found: [Disagreement] = []
        if let first = statement.candidates.first {
            if let contradiction = first.contradiction {
                found.append(
                    Disagreement(
                        about: "exercise", repetition: nil, physics: nil, network: first.probability,
                        message: "the network says \(first.exercise.inWords), but \(contradiction)"))
            }
            if statement.namedBy == .wearer, let declared, first.exercise != declared {
                let message = "the wearer names \(declared.inWords), the network says \(first.exercise.inWords)"
                found.append(
                    Disagreement(
                        about: "exercise", repetition: nil, physics: nil, network: first.probability, message: message))
            }
        }
        guard statement.name == Exercise.squat.rawValue, !track.timeS.isEmpty else { return found }
        let falls = track.repetitionCount(stature: wearer.stature, rateHz: rateHz, analysis.name)
        let count = set.repetitions.count
        if falls != count {
            let message = "the wrist makes \(count) repetitions, the network's pelvis falls \(falls) times"
            found.append(
                Disagreement(
                    about: "repetitions", repetition: nil, physics: Double(count), network: Double(falls),
                    message: message))
        }
        return found
    }

    /// The repetitions whose depth by the network's pose lies outside the 90 % interval of physics.
    private func apart(_ depths: [DepthModel.Depth?], _ falls: [Double?]) -> [Disagreement] {
        zip(depths, falls).enumerated().compactMap { index, pair in
            guard let depth = pair.0, let fall = pair.1, depth.quantity == .depth else { return nil }
            let half = analysis.measures.intervalSd * depth.standardDeviationM
            guard abs(depth.valueM - fall) > half else { return nil }
            let message = String(
                format: "the wrist gives a depth of %.2f ± %.2f m, the network's pelvis falls %.2f m", depth.valueM,
                half,
                fall)
            return Disagreement(
                about: "depth", repetition: index + 1, physics: depth.valueM, network: fall, message: message)
        }
    }
}
