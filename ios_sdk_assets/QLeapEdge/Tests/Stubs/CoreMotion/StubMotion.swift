// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Only in this stand-in: what a test does in place of a sensor.
import Foundation

/// The sensor behind a manager.
public final class StubMotion: @unchecked Sendable {
    public typealias Handler = ([CMDeviceMotion]?, (any Error)?) -> Void

    public static let authorization = StubSetting(CMAuthorizationStatus.authorized)
    public static let isBatchedSupported = StubSetting(true)

    public let isAvailable: Bool
    private let lock = NSLock()
    private var handler: Handler?
    private var queue = OperationQueue()
    private var started: [(intervalS: Double, frame: CMAttitudeReferenceFrame)] = []

    public init(isAvailable: Bool = true) {
        self.isAvailable = isAvailable
    }

    public var isActive: Bool { lock.withLock { handler != nil } }
    /// Interval and frame of each start, oldest first.
    public var starts: [(intervalS: Double, frame: CMAttitudeReferenceFrame)] { lock.withLock { started } }

    func start(intervalS: Double, frame: CMAttitudeReferenceFrame, queue: OperationQueue, _ handler: @escaping Handler)
    {
        lock.withLock {
            self.handler = handler
            self.queue = queue
            started.append((intervalS, frame))
        }
    }

    func stop() { lock.withLock { handler = nil } }

    /// Hands samples to the handler on its queue and waits until it is done; does nothing while the manager is stopped.
    public func deliver(_ motions: [CMDeviceMotion]) { call(motions, nil) }

    /// Hands an error to the handler.
    public func fail(_ error: any Error) { call(nil, error) }

    private func call(_ motions: [CMDeviceMotion]?, _ error: (any Error)?) {
        let (handler, queue) = lock.withLock { (self.handler, self.queue) }
        guard let handler else { return }
        nonisolated(unsafe) let work = { handler(motions, error) }
        let operation = BlockOperation { work() }
        queue.addOperations([operation], waitUntilFinished: true)
    }
}

/// A value that a test sets.
public final class StubSetting<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) {
        self.value = value
    }

    public func get() -> Value { lock.withLock { value } }
    public func set(_ new: Value) { lock.withLock { value = new } }
}
