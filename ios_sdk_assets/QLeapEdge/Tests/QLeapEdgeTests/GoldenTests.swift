import Foundation
import Testing

@testable import QLeapEdge

/// Every golden vector, to the tolerance that the file states.
@Suite struct GoldenTests {
    let payload: EdgePayload
    let golden: GoldenDocument
    let decoder: PoseDecoder

    init() throws {
        payload = try Shipped.payload()
        golden = try Shipped.golden()
        decoder = try PoseDecoder(contract: payload.contract, profile: payload.profile, skeleton: payload.skeleton)
    }

    @Test func coreMotionSamplesBecomeModelInput() {
        for vector in golden.coreMotion {
            let sample = MotionSample(
                timestamp: 0, gravity: SIMD3(vector.gravity), userAcceleration: SIMD3(vector.userAcceleration),
                rotationRate: SIMD3(vector.rotationRate))
            let wear = WearConfiguration(wrist: vector.wrist, crown: vector.crown)
            expectClose(ForearmFrame.imu(from: sample, wear: wear).channels, vector.imu, "\(wear)")
        }
        #expect(Set(golden.coreMotion.map { "\($0.wrist) \($0.crown)" }).count == 4)
    }

    @Test func everyWindowAndWristDecodesToTheExpectation() throws {
        for (number, window) in golden.windows.enumerated() {
            for expected in window.decoded {
                let input = ImuWindow(values: window.imu.map(Float.init), wearer: try expected.wearer())
                let estimate = try decoder.decode(window.outputs.modelOutputs, window: input)
                check(estimate, expected, "window \(number), \(expected.wrist) wrist")
            }
            #expect(Set(window.decoded.map(\.wrist)) == [.left, .right])
        }
    }

    @Test func theWindowsVoteAsExpected() throws {
        var vote = ExerciseVote(payload.profile.exerciseSets)
        #expect(vote.remaining.isEmpty && vote.probability.isEmpty)
        for window in golden.windows {
            let expected = try #require(window.decoded.first)
            let input = ImuWindow(values: window.imu.map(Float.init), wearer: try expected.wearer())
            vote.add(try decoder.decode(window.outputs.modelOutputs, window: input))
        }
        #expect(vote.windows == golden.windows.count && vote.voting == golden.vote.voting)
        expectClose(vote.probability, golden.vote.probability, "vote")
        #expect(vote.remaining == golden.vote.remaining)
    }

    @Test func theGoldenVectorsAreOfThisPackage() {
        #expect(golden.packageSHA256 == payload.manifest.packageSHA256)
    }

    @Test func theLastWindowMustBeTurnedAway() throws {
        let last = try #require(golden.windows.last)
        #expect(last.decoded.allSatisfy { $0.abstain && $0.reasons.contains(.input) })
    }

    @Test func theSamplesOfARecordingAddUpToTheExpectedEvidence() throws {
        let expected = golden.sign
        for (sign, verdict) in [(1.0, expected.verdict), (-1.0, expected.verdictReversed)] {
            var evidence = SignEvidence(wear: WearConfiguration(wrist: expected.wrist, crown: expected.crown))
            for sample in expected.samples(sign: sign) { evidence.add(sample) }
            #expect(evidence.blocks == expected.blocks && evidence.spans == expected.spans)
            let lever = try #require(evidence.leverM)
            expectClose([lever.x, lever.y, lever.z], expected.leverM.map { sign * $0 }, "lever")
            expectClose([try #require(evidence.explainedShare)], [expected.r2], "share")
            expectClose([try #require(evidence.correction)], [expected.correction], "correction")
            #expect(evidence.verdict == verdict)
        }
        #expect(expected.verdictReversed == .reversed)
    }

    private func check(_ estimate: PoseEstimate, _ expected: GoldenDecoded, _ label: String) {
        let points = expected.frames.flatMap { frame in
            (0..<estimate.jointCount).map { frame * estimate.jointCount + $0 }
        }
        func flat(_ vectors: [SIMD3<Double>]) -> [Double] {
            points.flatMap { [vectors[$0].x, vectors[$0].y, vectors[$0].z] }
        }
        expectClose(flat(estimate.positions), expected.poseM, label + " pose")
        expectClose(flat(estimate.sigmas), expected.sigmaM, label + " sigma")
        #expect(estimate.radii == expected.radius, "\(label)")
        expectClose(estimate.exerciseProbability, expected.exerciseProbability, label + " exercise")
        expectClose(estimate.formProbability, expected.formProbability, label + " form")
        expectClose([estimate.logSigma], [expected.logSigma], label + " log sigma")
        expectClose([estimate.embeddingDistance], [expected.embeddingDistance], label + " embedding distance")
        expectClose([estimate.inputDistance], [expected.inputDistance], label + " input distance")
        #expect(estimate.exercise == expected.exercise, "\(label)")
        #expect(estimate.form == expected.form, "\(label)")
        let range = payload.profile.formSets.range(estimate.formProbability)
        #expect([range.lowerBound, range.upperBound] == expected.formRange, "\(label)")
        #expect(estimate.formRange == (expected.form == nil ? nil : range), "\(label)")
        #expect(estimate.isAbstaining == expected.abstain, "\(label)")
        #expect(estimate.reasons == expected.reasons, "\(label)")
    }

    private func expectClose(_ got: [Double], _ expected: [Double], _ label: String) {
        #expect(got.count == expected.count, "\(label)")
        let worst = zip(got, expected).map { abs($0 - $1) }.max() ?? 0
        #expect(worst <= golden.tolerance, "\(label): off by \(worst)")
    }
}
