#if canImport(CoreMotion) && !os(macOS)
    import CoreMotion
    import Foundation
    import QLeapEdge

    /// Device motion of `CMMotionManager` at 100 Hz, on a watch or a phone.
    ///
    /// ```swift
    /// let source = DeviceMotionSource()
    /// for try await result in engine.results(from: source.batches()) { … }
    /// ```
    ///
    /// Samples are in device axes: gravity and user acceleration in g with CoreMotion's signs, rotation rate in rad/s, stamps in
    /// seconds since boot. The attitude is relative to `xArbitraryZVertical`: z up, heading arbitrary, no magnetometer, because
    /// frames that the magnetometer corrects jump in heading.
    ///
    /// On a watch the samples stop when the wrist drops, unless a workout session runs (``WorkoutSession``). Apple advises one
    /// `CMMotionManager` an app: make one source and keep it.
    public final class DeviceMotionSource: @unchecked Sendable {
        /// Samples a second that are asked for; a device's own clock is off by up to 1 %.
        public static let rateHz = 100.0
        /// Samples of a batch: 0.1 s.
        public static let batchSamples = 10
        /// The newest batches that wait while the reader is busy: 10 s.
        public static let waitingBatches = 100
        private static let sensor = "device motion"

        private let lock = NSLock()  // guards manager and isRunning
        private let manager: CMMotionManager
        private var isRunning = false
        private let queue: OperationQueue

        /// Creates a source; nothing is started.
        ///
        /// - Parameter manager: the app's only one; it belongs to the source from now on.
        public init(manager: sending CMMotionManager = CMMotionManager()) {
            self.manager = manager
            queue = OperationQueue()
            queue.name = "QLeapEdgeMotion.device-motion"
            queue.maxConcurrentOperationCount = 1  // the order of the samples
        }

        /// Starts the sensor.
        ///
        /// - Returns: batches of ten samples until it is cancelled or left. It throws ``MotionSourceError``.
        public func batches() -> MotionStream {
            MotionStream(batchSamples: Self.batchSamples, waitingBatches: Self.waitingBatches) { feed in
                if let problem = lock.withLock({ start(feed) }) { feed.finish(throwing: problem) }
            }
        }

        private func start(_ feed: MotionFeed) -> MotionSourceError? {
            guard !isRunning else { return .alreadyRunning(sensor: Self.sensor) }
            guard manager.isDeviceMotionAvailable,
                CMMotionManager.availableAttitudeReferenceFrames().contains(.xArbitraryZVertical)
            else { return .notAvailable(sensor: Self.sensor) }
            isRunning = true
            feed.onEnd { [self] in stop() }
            manager.deviceMotionUpdateInterval = 1 / Self.rateHz
            manager.startDeviceMotionUpdates(using: .xArbitraryZVertical, to: queue) { motion, error in
                if let motion { feed.add([MotionSample(motion)]) }
                if let error { feed.finish(throwing: MotionSourceError(error, sensor: Self.sensor)) }
            }
            return nil
        }

        private func stop() {
            lock.withLock {
                manager.stopDeviceMotionUpdates()
                isRunning = false
            }
        }
    }
#endif
