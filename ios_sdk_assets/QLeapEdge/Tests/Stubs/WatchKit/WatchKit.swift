// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Stand-in for the part of Apple's WatchKit that QLeapEdgeMotion calls, for platforms without it. Test use only; the package
// manifest adds this target on Linux alone, so it is in no product on an Apple platform.
//
// Signatures follow https://developer.apple.com/documentation/watchkit: WKInterfaceDevice.current(), .wristLocation,
// .crownOrientation. The class is bound to the main actor, which is the strictest reading of Apple's headers.
import Foundation

public enum WKInterfaceDeviceWristLocation: Int, Sendable {
    case left = 0
    case right = 1
}

public enum WKInterfaceDeviceCrownOrientation: Int, Sendable {
    case left = 0
    case right = 1
}

@MainActor
open class WKInterfaceDevice: NSObject {
    public let wristLocation: WKInterfaceDeviceWristLocation
    public let crownOrientation: WKInterfaceDeviceCrownOrientation

    /// Only in this stand-in.
    public init(
        stubWristLocation: WKInterfaceDeviceWristLocation, crownOrientation: WKInterfaceDeviceCrownOrientation
    ) {
        wristLocation = stubWristLocation
        self.crownOrientation = crownOrientation
    }

    open class func current() -> WKInterfaceDevice {
        WKInterfaceDevice(stubWristLocation: .left, crownOrientation: .right)
    }
}
