/// One CoreMotion sample and the model input it must become.
package struct CoreMotionVector: Codable, Equatable, Sendable {
    /// The wrist the watch is worn on.
    package let wrist: BodySide
    /// The side of the case that carries the crown.
    package let crown: BodySide
    /// Gravity in g, device axes, pointing down.
    package let gravity: [Double]
    /// User acceleration in g, device axes, CoreMotion's sign.
    package let userAcceleration: [Double]
    /// Rotation rate in rad/s, device axes.
    package let rotationRate: [Double]
    /// (6): specific force m/s² and angular velocity rad/s, left-arm frame C.
    package let imu: [Double]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case wrist
        case crown
        case gravity
        case userAcceleration = "user_acceleration"
        case rotationRate = "rotation_rate"
        case imu
    }

    /// Decodes the vector; unknown keys are refused.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        wrist = try container.value(.wrist)
        crown = try container.value(.crown)
        gravity = try container.value(.gravity)
        userAcceleration = try container.value(.userAcceleration)
        rotationRate = try container.value(.rotationRate)
        imu = try container.value(.imu)
    }

    var hasRightShape: Bool {
        gravity.count == 3 && userAcceleration.count == 3 && rotationRate.count == 3 && imu.count == 6
    }
}
