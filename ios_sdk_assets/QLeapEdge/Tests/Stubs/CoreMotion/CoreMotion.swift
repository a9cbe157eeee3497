// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Stand-in for the part of Apple's Core Motion that QLeapEdge calls, for platforms without it. Test use only; the package
// manifest adds this target on Linux alone, so it is in no product on an Apple platform.
//
// Signatures follow https://developer.apple.com/documentation/coremotion: CMAcceleration, CMRotationRate, CMQuaternion,
// CMAttitude.quaternion, CMLogItem.timestamp, CMDeviceMotion.gravity, .userAcceleration, .rotationRate, .attitude.
// `CMDeviceMotion(...)` below does not exist there: the framework alone makes samples. The managers are in
// `CoreMotionManagers.swift`.
import Foundation

/// A 3-axis acceleration in g.
public struct CMAcceleration: Sendable {
    public var x: Double
    public var y: Double
    public var z: Double

    public init(x: Double, y: Double, z: Double) {
        (self.x, self.y, self.z) = (x, y, z)
    }
}

/// A 3-axis rotation rate in rad/s.
public struct CMRotationRate: Sendable {
    public var x: Double
    public var y: Double
    public var z: Double

    public init(x: Double, y: Double, z: Double) {
        (self.x, self.y, self.z) = (x, y, z)
    }
}

/// A unit quaternion.
public struct CMQuaternion: Sendable {
    public var x: Double
    public var y: Double
    public var z: Double
    public var w: Double

    public init(x: Double, y: Double, z: Double, w: Double) {
        (self.x, self.y, self.z, self.w) = (x, y, z, w)
    }
}

/// The orientation of the device.
open class CMAttitude: NSObject {
    public let quaternion: CMQuaternion

    init(quaternion: CMQuaternion) {
        self.quaternion = quaternion
    }
}

/// The base of Core Motion's samples.
open class CMLogItem: NSObject {
    /// Seconds since boot.
    public let timestamp: TimeInterval

    init(timestamp: TimeInterval) {
        self.timestamp = timestamp
    }
}

/// One device-motion sample.
open class CMDeviceMotion: CMLogItem {
    public let gravity: CMAcceleration
    public let userAcceleration: CMAcceleration
    public let rotationRate: CMRotationRate
    public let attitude: CMAttitude

    /// Only in this stand-in.
    public init(
        stubTimestamp: TimeInterval, gravity: CMAcceleration, userAcceleration: CMAcceleration,
        rotationRate: CMRotationRate, quaternion: CMQuaternion = CMQuaternion(x: 0, y: 0, z: 0, w: 1)
    ) {
        self.gravity = gravity
        self.userAcceleration = userAcceleration
        self.rotationRate = rotationRate
        attitude = CMAttitude(quaternion: quaternion)
        super.init(timestamp: stubTimestamp)
    }
}
