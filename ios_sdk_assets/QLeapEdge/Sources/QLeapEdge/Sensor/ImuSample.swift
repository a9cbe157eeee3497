/// One sample as the model sees it: left-arm frame C (+x to the hand, +z out of the back of the forearm, y = z × x).
package struct ImuSample: Equatable, Sendable {
    /// Seconds.
    package let timestamp: Double
    /// m/s²; at rest it points up with norm 9.80665.
    package let specificForce: SIMD3<Double>
    /// rad/s.
    package let angularVelocity: SIMD3<Double>

    /// Creates a sample.
    package init(timestamp: Double, specificForce: SIMD3<Double>, angularVelocity: SIMD3<Double>) {
        self.timestamp = timestamp
        self.specificForce = specificForce
        self.angularVelocity = angularVelocity
    }

    /// The six channels in the model's order: force x y z, angular velocity x y z.
    package var channels: [Double] {
        [
            specificForce.x, specificForce.y, specificForce.z,
            angularVelocity.x, angularVelocity.y, angularVelocity.z,
        ]
    }

    /// The six channels, packed for vector arithmetic; lanes 6 and 7 are 0.
    var packed: SIMD8<Double> {
        SIMD8(
            specificForce.x, specificForce.y, specificForce.z,
            angularVelocity.x, angularVelocity.y, angularVelocity.z, 0, 0)
    }

    init(timestamp: Double, packed: SIMD8<Double>) {
        self.init(
            timestamp: timestamp, specificForce: SIMD3(packed[0], packed[1], packed[2]),
            angularVelocity: SIMD3(packed[3], packed[4], packed[5]))
    }

    /// Whether stamp and values are numbers: a product with 0 is 0 for those only.
    var isFinite: Bool { timestamp.isFinite && (packed * 0).sum() == 0 }

    /// The largest value without its sign, m/s² or rad/s.
    var largestMagnitude: Double { max(packed.max(), -packed.min()) }
}
