// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Stand-in for the part of Apple's HealthKit that QLeapEdgeMotion calls, for platforms without it. Test use only; the package
// manifest adds this target on Linux alone, so it is in no product on an Apple platform.
//
// Signatures follow https://developer.apple.com/documentation/healthkit: HKHealthStore, HKObjectType.workoutType(),
// HKWorkoutConfiguration, HKWorkoutSession (watchOS), HKWorkoutSessionDelegate. The classes are not Sendable, which is the
// strictest reading of Apple's headers. What they answer, a test says through ``StubHealth``.
import Foundation

public enum HKAuthorizationStatus: Int, Sendable {
    case notDetermined = 0
    case sharingDenied = 1
    case sharingAuthorized = 2
}

/// Raw values as in HKWorkout.h.
public enum HKWorkoutActivityType: UInt, Sendable {
    case functionalStrengthTraining = 20
    case traditionalStrengthTraining = 50
    case other = 3000
}

public enum HKWorkoutSessionLocationType: Int, Sendable {
    case unknown = 1
    case indoor = 2
    case outdoor = 3
}

/// Raw values as in HKWorkoutSession.h.
public enum HKWorkoutSessionState: Int, Sendable {
    case notStarted = 1
    case running = 2
    case ended = 3
    case paused = 4
    case prepared = 5
    case stopped = 6
}

open class HKObjectType: NSObject {
    open class func workoutType() -> HKWorkoutType { HKWorkoutType() }
}

open class HKSampleType: HKObjectType {}

public final class HKWorkoutType: HKSampleType {
    override public func isEqual(_ object: Any?) -> Bool { object is HKWorkoutType }
    override public var hash: Int { 1 }
}

open class HKWorkoutConfiguration: NSObject {
    public var activityType: HKWorkoutActivityType = .other
    public var locationType: HKWorkoutSessionLocationType = .unknown

    override public init() {}
}

open class HKHealthStore: NSObject {
    let stub: StubHealth

    override public convenience init() {
        self.init(stub: StubHealth())
    }

    /// Only in this stand-in.
    public init(stub: StubHealth) {
        self.stub = stub
    }

    open class func isHealthDataAvailable() -> Bool { true }

    open func requestAuthorization(
        toShare typesToShare: Set<HKSampleType>, read typesToRead: Set<HKObjectType>
    ) async throws {
        if let error = stub.authorizationError { throw error }
    }

    open func authorizationStatus(for type: HKObjectType) -> HKAuthorizationStatus { stub.status }
}

public protocol HKWorkoutSessionDelegate: NSObjectProtocol {
    func workoutSession(
        _ workoutSession: HKWorkoutSession, didChangeTo toState: HKWorkoutSessionState,
        from fromState: HKWorkoutSessionState, date: Date)
    func workoutSession(_ workoutSession: HKWorkoutSession, didFailWithError error: any Error)
}

open class HKWorkoutSession: NSObject {
    public let workoutConfiguration: HKWorkoutConfiguration
    public weak var delegate: (any HKWorkoutSessionDelegate)?
    private let stub: StubHealth
    private let lock = NSLock()
    private var current = HKWorkoutSessionState.notStarted

    public init(healthStore: HKHealthStore, configuration workoutConfiguration: HKWorkoutConfiguration) throws {
        if let error = healthStore.stub.sessionError { throw error }
        self.workoutConfiguration = workoutConfiguration
        stub = healthStore.stub
        super.init()
        stub.remember(self)
    }

    open var state: HKWorkoutSessionState { lock.withLock { current } }

    open func startActivity(with date: Date?) {
        switch stub.start {
        case .runs: change(to: .running)
        case .fails(let error): delegate?.workoutSession(self, didFailWithError: error)
        case .neverAnswers: break
        }
    }

    open func end() { change(to: .ended) }

    func change(to new: HKWorkoutSessionState) {
        let old = lock.withLock {
            defer { current = new }
            return current
        }
        delegate?.workoutSession(self, didChangeTo: new, from: old, date: Date())
    }
}
