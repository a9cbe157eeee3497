/// Attitude of the device as a unit quaternion: it turns device axes into the reference frame, whose z points up.
///
/// No model input is computed from it; recordings keep it, because `qleap watch inspect` compares it with gravity.
public struct Attitude: Equatable, Sendable {
    /// Scalar part.
    public let w: Double
    /// Part along the device's x axis.
    public let x: Double
    /// Part along the device's y axis.
    public let y: Double
    /// Part along the device's z axis.
    public let z: Double

    /// Creates an attitude.
    public init(w: Double, x: Double, y: Double, z: Double) {
        (self.w, self.x, self.y, self.z) = (w, x, y, z)
    }
}
