import Foundation
import Testing

@testable import QLeapEdge

/// The sign of the acceleration over a stream, on motion whose lever is known; the golden case compares it with the Python code.
@Suite struct SignEvidenceTests {
    static let lever = SIMD3(0.3, 0.02, 0.04)
    let wear = WearConfiguration(wrist: .left, crown: .right)

    /// A stiff arm that turns about a fixed joint; gravity follows the user acceleration a little, as CoreMotion's does.
    func arm(seconds: Double, gravitySign: Double = 1, userSign: Double = 1) -> [MotionSample] {
        let step = 0.01
        var gravity = SIMD3(-1.0, 0, 0)
        var before = SIMD3<Double>.zero
        return (0..<Int(seconds / step)).map { number in
            let time = Double(number) * step
            let rate = SIMD3(1.7 * cos(2.1 * time), 2.2 * cos(2.9 * time + 0.4), 1.5 * cos(3.7 * time + 1))
            let turn = SIMD3(
                -3.57 * sin(2.1 * time), -6.38 * sin(2.9 * time + 0.4), -5.55 * sin(3.7 * time + 1))
            let acceleration = turn.cross(Self.lever) + rate.cross(rate.cross(Self.lever))
            let user = acceleration / -9.80665
            if number > 0 {
                let across = user - gravity * user.dot(gravity)
                gravity = gravity.rotated(by: (before + rate) * (-0.5 * step)) + across * (0.05 * step)
                gravity /= gravity.norm
            }
            before = rate
            return MotionSample(
                timestamp: 100 + time, gravity: gravity * gravitySign, userAcceleration: user * userSign,
                rotationRate: rate)
        }
    }

    func evidence(_ samples: [MotionSample], wear: WearConfiguration? = nil) -> SignEvidence {
        var found = SignEvidence(wear: wear ?? self.wear)
        for sample in samples { found.add(sample) }
        return found
    }

    @Test func theLeverIsFound() throws {
        let found = evidence(arm(seconds: 20))
        let lever = try #require(found.leverM)
        #expect((lever - Self.lever).norm < 0.003, "\(lever)")
        #expect(try #require(found.explainedShare) > 0.99)
        #expect(found.verdict == .consistent)
    }

    @Test(arguments: [(-1.0, -1.0), (1, -1), (-1, 1)])
    func everyTurnedColumnIsFound(gravitySign: Double, userSign: Double) {
        let found = evidence(arm(seconds: 20, gravitySign: gravitySign, userSign: userSign))
        #expect(found.verdict == .reversed)
    }

    @Test func aShortOrStillStreamLeavesItOpen() {
        #expect(evidence([]).verdict == .undecided)
        #expect(evidence(arm(seconds: 3)).leverM == nil)
        let still = (0..<3000).map {
            MotionSample(
                timestamp: 0.01 * Double($0), gravity: SIMD3(0, 0, -1), userAcceleration: .zero, rotationRate: .zero)
        }
        let found = evidence(still)
        #expect(found.blocks == 0 && found.correction == nil && found.verdict == .undecided)
    }

    @Test func anAxisThatTheTurningDoesNotShowHasNoDirection() throws {
        let flat = arm(seconds: 20).map { sample in
            let rate = sample.rotationRate.z
            return MotionSample(
                timestamp: sample.timestamp, gravity: SIMD3(0, 0, -1),
                userAcceleration: SIMD3(0.3 * rate * rate / 9.80665, 0, 0), rotationRate: SIMD3(0, 0, rate))
        }
        let found = evidence(flat)
        #expect(abs(try #require(found.leverM).z) < SignEvidence.leastLeverM)
        #expect(found.verdict == .undecided)
    }

    @Test func theOtherCrownLeavesTheSwingOpen() {
        let found = evidence(arm(seconds: 20), wear: WearConfiguration(wrist: .left, crown: .left))
        #expect(found.verdict == .undecided)
    }

    @Test func gapsAndBadSamplesStartANewStretchAndRepeatsAreDropped() throws {
        let samples = arm(seconds: 20)
        let late = samples.map {
            MotionSample(
                timestamp: $0.timestamp + 50, gravity: $0.gravity, userAcceleration: $0.userAcceleration,
                rotationRate: $0.rotationRate)
        }
        let twice = evidence(samples + late)
        let once = evidence(samples)
        #expect(twice.blocks == 2 * once.blocks && twice.spans == 2 * once.spans)
        let bad = MotionSample(
            timestamp: samples[999].timestamp, gravity: SIMD3(.nan, 0, 0), userAcceleration: .zero, rotationRate: .zero)
        let broken = evidence(samples[..<1000] + [bad] + samples[1000...])
        #expect(broken.spans < once.spans && broken.verdict == .consistent)
        #expect(evidence(samples.flatMap { [$0, $0] }).leverM == once.leverM)
    }

    /// Before: the square of such a value stayed in the sums for ever, and the verdict open.
    @Test(arguments: [1e5, 1e155, -1e300, .greatestFiniteMagnitude])
    func aValueThatNoSensorGivesDoesNotEndTheEvidence(_ value: Double) {
        let samples = arm(seconds: 20)
        for field in 0..<3 {
            func vector(_ number: Int) -> SIMD3<Double> { number == field ? SIMD3(0, value, 0) : SIMD3(0, 0, -1) }
            let bad = MotionSample(
                timestamp: samples[500].timestamp, gravity: vector(0), userAcceleration: vector(1),
                rotationRate: vector(2))
            let found = evidence(samples[..<500] + [bad] + samples[500...])
            #expect(found.verdict == .consistent && found.leverM.map { ($0 - Self.lever).norm < 0.003 } == true)
        }
    }

    @Test func vectorsTurnByRodriguesFormula() {
        let turned = SIMD3(1.0, 0, 0).rotated(by: SIMD3(0, 0, Double.pi / 2))
        #expect((turned - SIMD3(0, 1, 0)).norm < 1e-15)
        #expect(SIMD3(1.0, 2, 3).rotated(by: .zero) == SIMD3(1, 2, 3))
    }
}
