// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Stand-ins for Core Motion's two managers; see `CoreMotion.swift`. Signatures follow
// https://developer.apple.com/documentation/coremotion: CMMotionManager, CMBatchedSensorManager, CMAttitudeReferenceFrame,
// CMAuthorizationStatus, CMError and CMErrorDomain. The managers are not Sendable, which is the strictest reading of Apple's
// headers. What they deliver, a test says through ``StubMotion``.
import Foundation

/// The frame of ``CMDeviceMotion/attitude``; raw values as in CMAttitude.h.
public struct CMAttitudeReferenceFrame: OptionSet, Sendable {
    public let rawValue: UInt

    public init(rawValue: UInt) {
        self.rawValue = rawValue
    }

    public static let xArbitraryZVertical = CMAttitudeReferenceFrame(rawValue: 1)
    public static let xArbitraryCorrectedZVertical = CMAttitudeReferenceFrame(rawValue: 2)
    public static let xMagneticNorthZVertical = CMAttitudeReferenceFrame(rawValue: 4)
    public static let xTrueNorthZVertical = CMAttitudeReferenceFrame(rawValue: 8)
}

/// Whether the app may read motion data.
public enum CMAuthorizationStatus: Int, Sendable {
    case notDetermined = 0
    case restricted = 1
    case denied = 2
    case authorized = 3
}

/// Domain of Core Motion's errors.
public let CMErrorDomain = "CMErrorDomain"

/// Code of a Core Motion error; raw values as in CMError.h.
public struct CMError: RawRepresentable, Equatable, Sendable {
    public var rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }
}

public let CMErrorUnknown = CMError(rawValue: 103)
public let CMErrorMotionActivityNotAvailable = CMError(rawValue: 104)
public let CMErrorMotionActivityNotAuthorized = CMError(rawValue: 105)
public let CMErrorMotionActivityNotEntitled = CMError(rawValue: 106)
public let CMErrorNotAvailable = CMError(rawValue: 109)
public let CMErrorNotEntitled = CMError(rawValue: 110)
public let CMErrorNotAuthorized = CMError(rawValue: 111)

public typealias CMDeviceMotionHandler = (CMDeviceMotion?, (any Error)?) -> Void

/// Delivers single samples.
open class CMMotionManager: NSObject {
    private let stub: StubMotion

    override public convenience init() {
        self.init(stub: StubMotion())
    }

    /// Only in this stand-in.
    public init(stub: StubMotion) {
        self.stub = stub
    }

    open var isDeviceMotionAvailable: Bool { stub.isAvailable }
    open var isDeviceMotionActive: Bool { stub.isActive }
    open var deviceMotionUpdateInterval: TimeInterval = 0.01

    open class func availableAttitudeReferenceFrames() -> CMAttitudeReferenceFrame { [.xArbitraryZVertical] }

    open func startDeviceMotionUpdates(
        using referenceFrame: CMAttitudeReferenceFrame, to queue: OperationQueue,
        withHandler handler: @escaping CMDeviceMotionHandler
    ) {
        stub.start(intervalS: deviceMotionUpdateInterval, frame: referenceFrame, queue: queue) { motions, error in
            if let error { handler(nil, error) }
            for motion in motions ?? [] { handler(motion, nil) }
        }
    }

    open func stopDeviceMotionUpdates() { stub.stop() }
}

/// Delivers batches, on watchOS.
open class CMBatchedSensorManager: NSObject {
    private let stub: StubMotion

    override public convenience init() {
        self.init(stub: StubMotion())
    }

    /// Only in this stand-in.
    public init(stub: StubMotion) {
        self.stub = stub
    }

    open class var authorizationStatus: CMAuthorizationStatus { StubMotion.authorization.get() }
    open class var isDeviceMotionSupported: Bool { StubMotion.isBatchedSupported.get() }
    open var deviceMotionDataFrequency: Int { 200 }
    open var isDeviceMotionActive: Bool { stub.isActive }

    open func startDeviceMotionUpdates(handler: @escaping ([CMDeviceMotion]?, (any Error)?) -> Void) {
        stub.start(intervalS: 0.005, frame: [], queue: OperationQueue(), handler)
    }

    open func stopDeviceMotionUpdates() { stub.stop() }
}
