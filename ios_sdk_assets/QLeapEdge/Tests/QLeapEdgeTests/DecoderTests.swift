import Foundation
import Testing

@testable import QLeapEdge

/// What the golden vectors leave open: refusals, radii, mirroring, gates.
@Suite struct DecoderTests {
    let payload: EdgePayload
    let decoder: PoseDecoder
    let window: GoldenWindow

    init() throws {
        payload = try Shipped.payload()
        decoder = try PoseDecoder(contract: payload.contract, profile: payload.profile, skeleton: payload.skeleton)
        window = try #require(try Shipped.golden().windows.first)
    }

    func estimate(_ wrist: BodySide, outputs: ModelOutputs? = nil, imu: [Float]? = nil) throws -> PoseEstimate {
        try decoder.decode(
            outputs ?? window.outputs.modelOutputs,
            window: ImuWindow(values: imu ?? window.imu.map(Float.init), wearer: try .sample(wrist, stature: 1.8)))
    }

    @Test func aRightWristIsTheMirrorImage() throws {
        let left = try estimate(.left)
        let right = try estimate(.right)
        for joint in payload.skeleton.joints {
            let mine = try #require(right.position(frame: 199, joint: joint.index))
            let other = try #require(left.position(frame: 199, joint: joint.mirrored))
            #expect(mine == other * SIMD3(1, -1, 1))
            #expect(right.sigma(frame: 199, joint: joint.index) == left.sigma(frame: 199, joint: joint.mirrored))
            #expect(right.radii[joint.index] == left.radii[joint.mirrored])
        }
        #expect(left.reasons == right.reasons)
    }

    @Test func onlySigmaDependsOnThePopulation() throws {
        let synthetic = try PoseDecoder(
            contract: payload.contract, profile: payload.profile, skeleton: payload.skeleton, population: .synthetic)
        for wrist in [BodySide.left, .right] {
            let wide = try estimate(wrist)
            let narrow = try synthetic.decode(
                window.outputs.modelOutputs,
                window: ImuWindow(values: window.imu.map(Float.init), wearer: try .sample(wrist, stature: 1.8)))
            for joint in payload.skeleton.joints {
                let source = wrist == .right ? joint.mirrored : joint.index
                let factor = payload.profile.captured.widening[source]
                let expected = try #require(narrow.sigma(frame: 7, joint: joint.index)) * factor
                let got = try #require(wide.sigma(frame: 7, joint: joint.index))
                #expect((0..<3).allSatisfy { abs(got[$0] - expected[$0]) <= 1e-12 })
                #expect(factor >= 1)
            }
            #expect(wide.positions == narrow.positions && wide.radii == narrow.radii)
            #expect(wide.logSigma == narrow.logSigma && wide.reasons == narrow.reasons)
        }
    }

    private func decoder(_ change: (inout [String: Any]) -> Void) throws -> PoseDecoder {
        let profile = try ProfileDocument.decode(PayloadCopy().edited("profile.json", change))
        return try PoseDecoder(contract: payload.contract, profile: profile, skeleton: payload.skeleton)
    }

    /// Before: two infinite logits made probabilities that were no numbers, and the range of form scores ran on without end.
    @Test(arguments: [Double.leastNonzeroMagnitude, 1e-300, 1e-38, 1e300])
    func anyPositiveTemperatureGivesProbabilities(_ temperature: Double) throws {
        let decoder = try decoder { $0["temperature"] = ["exercise": temperature, "form": temperature] }
        let imu = ImuWindow(values: window.imu.map(Float.init), wearer: try .sample())
        let estimate = try decoder.decode(window.outputs.modelOutputs, window: imu)
        for (probability, logits) in [
            (estimate.exerciseProbability, window.outputs.exerciseLogits),
            (estimate.formProbability, window.outputs.formLogits),
        ] {
            #expect(abs(probability.reduce(0, +) - 1) < 1e-12)
            let largest = try #require(logits.max())
            #expect(probability[try #require(logits.firstIndex(of: largest))] == probability.max())
        }
        let range = decoder.profile.formSets.range(estimate.formProbability)
        #expect(range.lowerBound >= 0 && range.upperBound < estimate.formProbability.count)
    }

    /// Before: a distance that overflowed to no number was below every threshold.
    @Test(arguments: ["embedding", "input"])
    func aScoreThatOverflowsFires(_ gate: String) throws {
        let decoder = try decoder { profile in
            var abstain = profile["abstain"] as? [String: Any] ?? [:]
            var changed = abstain[gate] as? [String: Any] ?? [:]
            let factor = changed["precision_factor"] as? [Double] ?? []
            changed["precision_factor"] = factor.indices.map { $0 % 2 == 0 ? 1e308 : -1e308 }
            changed["centres"] = [
                [Double](repeating: -1e308, count: (changed["centres"] as? [[Double]])?.first?.count ?? 0)
            ]
            abstain[gate] = changed
            profile["abstain"] = abstain
        }
        let imu = ImuWindow(values: window.imu.map(Float.init), wearer: try .sample())
        let estimate = try decoder.decode(window.outputs.modelOutputs, window: imu)
        let score = gate == "input" ? estimate.inputDistance : estimate.embeddingDistance
        #expect(score.isNaN && estimate.reasons.contains(gate == "input" ? .input : .embedding))
    }

    @Test func ellipsoidsAreRadiusTimesSigma() throws {
        let got = try estimate(.left)
        for joint in 0..<got.jointCount {
            for (column, level) in got.levels.enumerated() {
                let expected = got.radii[joint][column].flatMap { radius in
                    got.sigma(frame: 5, joint: joint).map { $0 * radius }
                }
                #expect(got.ellipsoid(frame: 5, joint: joint, level: level) == expected)
            }
        }
        #expect(got.ellipsoid(frame: 5, joint: 1, level: 0.123) == nil)
        #expect(got.position(frame: 200, joint: 0) == nil)
        #expect(got.position(frame: 0, joint: 17) == nil)
    }

    @Test func onlyAnExerciseWithARubricHasAFormScore() throws {
        let raw = window.outputs.modelOutputs
        for exercise in payload.contract.exercises {
            var logits = [Float](repeating: 0, count: payload.contract.exercises.count)
            logits[exercise.id] = 20
            let outputs = ModelOutputs(
                pose: raw.pose, poseLogVariance: raw.poseLogVariance, exerciseLogits: logits,
                formLogits: raw.formLogits,
                whatEmbedding: raw.whatEmbedding, howEmbedding: raw.howEmbedding)
            let got = try estimate(.left, outputs: outputs)
            #expect(got.exercise == exercise.id)
            #expect((got.form != nil) == payload.contract.form.exercises.contains(exercise.name), "\(exercise.name)")
        }
        #expect(payload.contract.form.exercises == ["squat"])
    }

    @Test func hugeSignalsMakeItAbstain() throws {
        let wild = try estimate(.left, imu: window.imu.map { Float($0 * 1e4 + 1e5) })
        #expect(wild.isAbstaining)
        #expect(wild.reasons.contains(.input))
    }

    @Test func numbersThatAreNotFiniteAreRefused() throws {
        var imu = window.imu.map(Float.init)
        imu[7] = .nan
        #expect(throws: DecodingProblem.notFinite(name: "imu", index: 7)) { try estimate(.left, imu: imu) }
        var logits = window.outputs.exerciseLogits.map(Float.init)
        logits[1] = .infinity
        let raw = window.outputs.modelOutputs
        let broken = ModelOutputs(
            pose: raw.pose, poseLogVariance: raw.poseLogVariance, exerciseLogits: logits, formLogits: raw.formLogits,
            whatEmbedding: raw.whatEmbedding, howEmbedding: raw.howEmbedding)
        #expect(throws: DecodingProblem.notFinite(name: "exercise_logits", index: 1)) {
            try estimate(.left, outputs: broken)
        }
    }

    @Test func wrongSizesAreRefused() throws {
        #expect(throws: DecodingProblem.elementCount(name: "imu", expected: 1200, got: 3)) {
            try estimate(.left, imu: [1, 2, 3])
        }
        #expect(throws: DecodingProblem.stature(got: 168)) { try Wearer.sample(stature: 168) }
        #expect(throws: DecodingProblem.stature(got: 0)) { try Wearer.sample(stature: 0) }
    }

    @Test func theCentreOfAGateHasDistanceZero() throws {
        let gate = payload.profile.abstain.input
        #expect(try gate.distance(of: try #require(gate.centres.first)) == 0)
        #expect(gate.centres.count == 1 && payload.profile.abstain.embedding.centres.count > 1)
        for centre in payload.profile.abstain.embedding.centres {
            #expect(try payload.profile.abstain.embedding.distance(of: centre) == 0)
        }
        #expect(throws: DecodingProblem.featureCount(expected: gate.featureCount, got: 1)) {
            try gate.distance(of: [1])
        }
    }

    @Test func inputFeaturesOfAKnownSignal() throws {
        let pair: [Float] = [3, 1, 2, 3, 4, 5, -1, 1, 2, 3, 4, 5]
        let values = Array(repeating: pair, count: 100).flatMap { $0 }
        let features = PoseDecoder.inputFeatures(ImuWindow(values: values, wearer: try .sample()))
        let dead = log(PoseDecoder.still)
        let norm = log((14.0.squareRoot() + 6.0.squareRoot()) / 2 + PoseDecoder.still)
        let expected: [Double] = [1, 1, 2, 3, 4, 5, log(2 + PoseDecoder.still), dead, dead, dead, dead, dead, norm]
        #expect(features.count == PoseDecoder.inputFeatureCount && expected.count == features.count)
        for (got, wanted) in zip(features, expected) {
            #expect(abs(got - wanted) < 1e-9)
        }
    }
}
