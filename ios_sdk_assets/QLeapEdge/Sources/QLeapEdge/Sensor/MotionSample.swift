/// One CoreMotion device-motion sample, in device axes and CoreMotion's units and signs.
public struct MotionSample: Equatable, Sendable {
    /// Seconds since boot; only differences mean anything.
    public let timestamp: Double
    /// Unit vector pointing down, in g: face up on a table it is (0, 0, -1).
    public let gravity: SIMD3<Double>
    /// Total minus gravity, in g; minus the kinematic acceleration.
    public let userAcceleration: SIMD3<Double>
    /// Rad/s, right-handed about the device axes, bias removed.
    public let rotationRate: SIMD3<Double>
    /// Attitude in the reference frame that the source chose; nil where it gives none.
    ///
    /// The model does not need it.
    public let attitude: Attitude?

    /// Creates a sample.
    public init(
        timestamp: Double, gravity: SIMD3<Double>, userAcceleration: SIMD3<Double>, rotationRate: SIMD3<Double>,
        attitude: Attitude? = nil
    ) {
        self.timestamp = timestamp
        self.gravity = gravity
        self.userAcceleration = userAcceleration
        self.rotationRate = rotationRate
        self.attitude = attitude
    }
}
