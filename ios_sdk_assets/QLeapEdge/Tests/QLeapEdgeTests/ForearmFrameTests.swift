import Testing

@testable import QLeapEdge

#if canImport(CoreMotion) && !os(macOS)
    import CoreMotion
#endif

/// Static poses in frame C, whatever way the watch is worn.
@Suite struct ForearmFrameTests {
    static let wears = BodySide.allCases.flatMap { wrist in
        BodySide.allCases.map { WearConfiguration(wrist: wrist, crown: $0) }
    }

    /// The device-frame gravity of a watch whose forearm-frame down direction is `down` (before mirroring).
    func sample(down: SIMD3<Double>, _ wear: WearConfiguration) -> MotionSample {
        let turn: SIMD3<Double> = wear.xPointsDistal ? SIMD3(1, 1, 1) : SIMD3(-1, -1, 1)
        return MotionSample(timestamp: 0, gravity: down * turn, userAcceleration: .zero, rotationRate: .zero)
    }

    @Test(arguments: wears)
    func restingPoses(_ wear: WearConfiguration) {
        let g = ForearmFrame.standardGravity
        let hanging = ForearmFrame.imu(from: sample(down: SIMD3(1, 0, 0), wear), wear: wear)
        #expect(hanging.specificForce == SIMD3(-g, 0, 0))
        let palmDown = ForearmFrame.imu(from: sample(down: SIMD3(0, 0, -1), wear), wear: wear)
        #expect(palmDown.specificForce == SIMD3(0, 0, g))
        // Forearm level, thumb up: y is ulnar on a left arm and radial on a right one, but both are the same to the model.
        let ulnarIsDown: SIMD3<Double> = wear.wrist == .left ? SIMD3(0, 1, 0) : SIMD3(0, -1, 0)
        let thumbUp = ForearmFrame.imu(from: sample(down: ulnarIsDown, wear), wear: wear)
        #expect(thumbUp.specificForce == SIMD3(0, -g, 0))
    }

    @Test(arguments: wears)
    func freeFallFeelsNoForce(_ wear: WearConfiguration) {
        let gravity = SIMD3(0.6, 0, -0.8)
        let falling = MotionSample(
            timestamp: 1, gravity: gravity, userAcceleration: -gravity, rotationRate: SIMD3(1, 2, 3))
        let got = ForearmFrame.imu(from: falling, wear: wear)
        #expect(got.specificForce == .zero)
        #expect(got.timestamp == 1)
    }

    @Test func xIsDistalExactlyWhenTheCrownIsOnTheOtherSide() {
        #expect(WearConfiguration(wrist: .left, crown: .right).xPointsDistal)
        #expect(WearConfiguration(wrist: .right, crown: .left).xPointsDistal)
        #expect(!WearConfiguration(wrist: .left, crown: .left).xPointsDistal)
        #expect(!WearConfiguration(wrist: .right, crown: .right).xPointsDistal)
    }

    @Test func angularVelocityIsMirroredAsAnAxialVector() {
        let sample = ImuSample(timestamp: 0, specificForce: SIMD3(1, 2, 3), angularVelocity: SIMD3(4, 5, 6))
        let mirrored = ForearmFrame.mirrored(sample)
        #expect(mirrored.channels == [1, -2, 3, -4, 5, -6])
        #expect(ForearmFrame.mirrored(mirrored) == sample)
    }

    #if canImport(CoreMotion) && os(Linux)
        @Test func coreMotionFieldsAreCopiedAsTheyAre() {
            let motion = CMDeviceMotion(
                stubTimestamp: 12.5, gravity: CMAcceleration(x: 0.1, y: 0.2, z: 0.3),
                userAcceleration: CMAcceleration(x: 0.4, y: 0.5, z: 0.6),
                rotationRate: CMRotationRate(x: 0.7, y: 0.8, z: 0.9),
                quaternion: CMQuaternion(x: 0.1, y: 0.2, z: 0.3, w: 0.927))
            #expect(
                MotionSample(motion)
                    == MotionSample(
                        timestamp: 12.5, gravity: SIMD3(0.1, 0.2, 0.3), userAcceleration: SIMD3(0.4, 0.5, 0.6),
                        rotationRate: SIMD3(0.7, 0.8, 0.9), attitude: Attitude(w: 0.927, x: 0.1, y: 0.2, z: 0.3)))
        }
    #endif
}
