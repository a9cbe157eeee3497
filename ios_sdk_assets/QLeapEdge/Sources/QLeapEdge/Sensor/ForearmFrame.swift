/// From device axes to the forearm frame C, and from a right arm to the left arm that the model takes.
package enum ForearmFrame {
    /// m/s² in one g, exact by definition (3rd CGPM, 1901).
    package static let standardGravity = 9.80665

    /// Converts a sample: sign and unit, wear rotation, mirroring.
    ///
    /// - Parameters:
    ///   - sample: a CoreMotion sample in device axes.
    ///   - wear: wrist and crown side.
    /// - Returns: specific force -(gravity + userAcceleration) × 9.80665 in m/s² and angular velocity in rad/s, left-arm
    ///   frame C. A watch at rest gives a force of norm 9.80665 that points up.
    package static func imu(from sample: MotionSample, wear: WearConfiguration) -> ImuSample {
        let force = -(sample.gravity + sample.userAcceleration) * standardGravity
        let inForearm = ImuSample(
            timestamp: sample.timestamp, specificForce: rotated(force, wear),
            angularVelocity: rotated(sample.rotationRate, wear))
        return wear.wrist == .right ? mirrored(inForearm) : inForearm
    }

    /// Reflects a sample in y: the left-arm signal of the mirrored motion.
    ///
    /// Twice is the identity. Force is a polar vector, (x, -y, z); angular velocity an axial one, (-x, y, -z).
    package static func mirrored(_ sample: ImuSample) -> ImuSample {
        ImuSample(
            timestamp: sample.timestamp, specificForce: sample.specificForce * SIMD3(1, -1, 1),
            angularVelocity: sample.angularVelocity * SIMD3(-1, 1, -1))
    }

    /// The identity, or half a turn about z when the case's x axis points to the elbow.
    private static func rotated(_ vector: SIMD3<Double>, _ wear: WearConfiguration) -> SIMD3<Double> {
        wear.xPointsDistal ? vector : vector * SIMD3(-1, -1, 1)
    }
}
