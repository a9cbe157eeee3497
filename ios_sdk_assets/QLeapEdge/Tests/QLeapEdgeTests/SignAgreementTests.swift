import Foundation
import Testing

@testable import QLeapEdge

/// The sign of the accelerometer, on arms whose motion is known; the golden vectors compare it with the Python code.
@Suite struct SignAgreementTests {
    /// A stiff arm that swings about a fixed shoulder in a vertical plane: the watch sits at the end of the lever, +x outwards.
    ///
    /// Angle from hanging φ = 0.9 sin(5t), turning about +z; force = acceleration (-l φ'², l φ'', 0) - gravity.
    func arm(leverM: Double = 0.5, sign: Double = 1, rateShare: Double = 1, steps: Int = 200) -> ImuWindow {
        ImuWindow(
            values: (0..<steps).flatMap { step in
                let time = Double(step) / 50
                let angle = 0.9 * sin(5 * time)
                let rate = 4.5 * cos(5 * time)
                let turn = -22.5 * sin(5 * time)
                let force = SIMD3(-leverM * rate * rate - 9.80665 * cos(angle), leverM * turn + 9.80665 * sin(angle), 0)
                return ImuSample(
                    timestamp: time, specificForce: sign * force, angularVelocity: SIMD3(0, 0, rateShare * rate)
                ).channels.map { Float($0) }
            })
    }

    func agreement(_ window: ImuWindow) -> Double { SignAgreement(of: window, rateHz: 50).value }

    @Test(arguments: [0.25, 0.7]) func aSwingingArmTells(leverM: Double) {
        #expect(agreement(arm(leverM: leverM)) > 0.995)
        #expect(agreement(arm(leverM: -leverM)) < -0.995, "worn the other way round")
    }

    @Test func theOtherSignNegatesTheFigureExactly() {
        #expect(agreement(arm(sign: -1)) == -agreement(arm()))
    }

    @Test func whatStandsStillTellsNeither() {
        #expect(agreement(arm(rateShare: 0)) == 0, "a dead gyroscope")
        let still: [Float] = [1.1, -2.3, 9.2, 0.7, 0, 0]
        #expect(agreement(ImuWindow(values: Array(repeating: still, count: 200).flatMap { $0 })) == 0)
    }

    @Test(arguments: [0, 1, 16, 17, 20]) func tooFewStepsTellNeither(_ steps: Int) {
        #expect(agreement(arm(steps: steps)) == 0)
    }

    @Test func theTapsSumToOneAndAreEven() {
        #expect(SignAgreement.taps.count == 17)
        #expect(abs(SignAgreement.taps.reduce(0, +) - 1) < 1e-15)
        #expect(SignAgreement.taps == SignAgreement.taps.reversed())
        #expect(abs(SignAgreement.taps[10] / SignAgreement.taps[8] - exp(-0.5)) < 1e-15)
    }
}
