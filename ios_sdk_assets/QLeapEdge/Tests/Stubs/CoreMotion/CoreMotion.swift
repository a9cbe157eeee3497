// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Stand-in for the part of Apple's Core Motion that QLeapEdge calls, for platforms without it. Test use only; the package
// manifest adds this target on Linux alone, so it is in no product on an Apple platform.
//
// Signatures follow https://developer.apple.com/documentation/coremotion: CMAcceleration, CMRotationRate,
// CMLogItem.timestamp, CMDeviceMotion.gravity, .userAcceleration, .rotationRate. `CMDeviceMotion(...)` below does not exist
// there: the framework alone makes samples.
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

    /// Only in this stand-in.
    public init(
        stubTimestamp: TimeInterval, gravity: CMAcceleration, userAcceleration: CMAcceleration,
        rotationRate: CMRotationRate
    ) {
        self.gravity = gravity
        self.userAcceleration = userAcceleration
        self.rotationRate = rotationRate
        super.init(timestamp: stubTimestamp)
    }
}
