import Foundation
import Testing

@testable import QLeapEdge

/// Does with an accepted document what an app does, in place of the shipped one.
struct DocumentUser {
    let payload: EdgePayload
    let folder: URL
    let window: ImuWindow
    let samples: [MotionSample]
    let squats: [MotionSample]

    init() throws {
        payload = try Shipped.payload()
        squats = try GoldenSession("captured_squats_left").recording.samples
        folder = FileManager.default.temporaryDirectory  // holds none of the recorded files
        window = ImuWindow(values: payload.selfTest.imu.map(Float.init), wearer: try .sample(.right))
        samples = (0..<240).map { index in
            let time = Double(index) / 100
            return MotionSample(
                timestamp: time, gravity: SIMD3(cos(time), sin(time), 0),
                userAcceleration: SIMD3(0.1, sin(7 * time), 0),
                rotationRate: SIMD3(0, 0, 1))
        }
    }

    func use(_ contract: ContractDocument) throws {
        var windower = MotionWindower(wearer: try .sample(), contract: contract)
        let windows = try windower.append(samples) + windower.finish()
        let decoder = try PoseDecoder(contract: contract, profile: payload.profile, skeleton: payload.skeleton)
        for window in windows.prefix(1) {
            _ = try decoder.decode(payload.selfTest.outputs.modelOutputs, window: window)
        }
        try decode(decoder, payload.selfTest)
    }

    func use(_ profile: ProfileDocument) throws {
        _ = profile.validity.covers(stature: 1.7)
        for population in Population.allCases {
            try decode(
                PoseDecoder(
                    contract: payload.contract, profile: profile, skeleton: payload.skeleton, population: population),
                payload.selfTest)
        }
    }

    func use(_ skeleton: SkeletonDocument) throws {
        try decode(
            PoseDecoder(contract: payload.contract, profile: payload.profile, skeleton: skeleton), payload.selfTest)
    }

    func use(_ selfTest: SelfTestDocument) throws {
        try? selfTest.compare(payload.selfTest.outputs.modelOutputs)
        try decode(
            PoseDecoder(contract: payload.contract, profile: payload.profile, skeleton: payload.skeleton), selfTest)
    }

    /// Everything that the numbers of the analysis reach, on squats of a real person.
    func use(_ parameters: AnalysisParameters) throws {
        var stream = SetStream(parameters)
        let sets = try stream.append(squats) + stream.finish()
        for set in sets {
            let motion = WristMotion(set, wear: window.wearer.wear)
            let pattern = WristPattern(parameters: parameters.name, motion: motion)
            _ = Exercise.allCases.map(pattern.objection)
            _ = DepthModel(parameters: parameters.depth).depths(set, motion, reference: nil)
            _ = AlertJudge(parameters: parameters.alerts).results(set.repetitions, exercise: .squat)
            _ = SetVote(windows: [], pattern: pattern, sets: payload.profile.exerciseSets, declared: .squat).statement
        }
    }

    func use(_ manifest: PayloadManifest) throws {
        let location = PayloadLocation(folder: folder, packageName: manifest.packageName)
        let report = try VerificationReport.compare(manifest.documentFiles, with: empty()) { _ in false }
        #expect(report.missing.count == manifest.documentFiles.count && location.package == nil)
        for file in manifest.files { #expect(file.isContained) }
    }

    func use(_ manifest: BundleManifest) throws {
        let report = try VerificationReport.compare(manifest.files, with: empty()) { _ in false }
        #expect(report.missing.count == manifest.files.count && report.verified.isEmpty)
    }

    func use(_ signature: SignatureDocument) throws {
        guard let key = try? BundlePublicKey(base64Encoded: signature.publicKey) else { return }
        let bytes = try #require(Base64.bytes(of: signature.signature))
        #expect(!key.isValidSignature(bytes, for: Data("another text".utf8)))
    }

    func use(_ golden: GoldenDocument) throws {
        var evidence = SignEvidence(wear: WearConfiguration(wrist: golden.sign.wrist, crown: golden.sign.crown))
        for sample in golden.sign.samples() { evidence.add(sample) }
        #expect(evidence.correction?.isFinite != false && evidence.leverM.map { $0.sum().isFinite } != false)
    }

    private func decode(_ decoder: PoseDecoder, _ selfTest: SelfTestDocument) throws {
        let window = ImuWindow(values: selfTest.imu.map(Float.init), wearer: window.wearer)
        let estimate = try decoder.decode(selfTest.outputs.modelOutputs, window: window)
        let scores = [estimate.logSigma, estimate.embeddingDistance, estimate.inputDistance]
        #expect(scores.allSatisfy(\.isFinite) || estimate.isAbstaining, "no gate fires on a number that is none")
        for probabilities in [estimate.exerciseProbability, estimate.formProbability] {
            #expect(abs(probabilities.reduce(0, +) - 1) < 1e-6, "\(probabilities)")
        }
        _ = estimate.named
        _ = estimate.latest(.leftWrist)
        for level in estimate.levels { _ = estimate.ellipsoid(frame: 0, joint: 0, level: level) }
        if let range = estimate.formRange { #expect(range.contains(estimate.form ?? -1)) }
        var vote = ExerciseVote(decoder.profile.exerciseSets)
        vote.add(estimate)
        _ = vote.remaining
    }

    private func empty() throws -> URL {
        let url = folder.appendingPathComponent("qleap-empty", isDirectory: true)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        return url
    }
}
