import Foundation

/// Products and rotation of vectors in device axes.
extension SIMD3 where Scalar == Double {
    func dot(_ other: SIMD3<Double>) -> Double { (self * other).sum() }

    func cross(_ other: SIMD3<Double>) -> SIMD3<Double> {
        SIMD3(y * other.z - z * other.y, z * other.x - x * other.z, x * other.y - y * other.x)
    }

    var norm: Double { dot(self).squareRoot() }

    /// The vector turned about `rotation` by its length in rad (Rodrigues' formula).
    func rotated(by rotation: SIMD3<Double>) -> SIMD3<Double> {
        let angle = rotation.norm
        guard angle > 1e-12 else { return self + rotation.cross(self) }
        let axis = rotation / angle
        return self * cos(angle) + axis.cross(self) * sin(angle) + axis * (axis.dot(self) * (1 - cos(angle)))
    }
}
