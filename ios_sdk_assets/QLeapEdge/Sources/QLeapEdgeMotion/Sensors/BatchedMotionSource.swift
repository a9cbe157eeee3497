// CMBatchedSensorManager is for watchOS; Linux is where our own tests compile it against stand-ins.
#if canImport(CoreMotion) && canImport(HealthKit) && (os(watchOS) || os(Linux))
    import CoreMotion
    import Foundation
    import HealthKit
    import QLeapEdge

    /// Device motion of `CMBatchedSensorManager`: about 200 Hz, in one batch a second, from the watches that support it.
    ///
    /// It needs a workout session that runs (``WorkoutSession``). Where ``isSupported`` is false, or the stream throws, an app
    /// may choose ``DeviceMotionSource`` in its place; nothing here does so by itself. A live display is then a second late.
    /// Units, axes and signs are those of ``DeviceMotionSource``.
    public final class BatchedMotionSource: @unchecked Sendable {
        /// The newest batches that wait while the reader is busy: about 10 s.
        public static let waitingBatches = 10
        private static let sensor = "batched device motion"

        private let lock = NSLock()  // guards everything below
        private let manager: CMBatchedSensorManager
        private let workout: HKWorkoutSession
        private var isRunning = false

        /// Whether this watch has it.
        public static var isSupported: Bool { CMBatchedSensorManager.isDeviceMotionSupported }

        /// Samples a second that the watch says it delivers.
        public var rateHz: Int { lock.withLock { manager.deviceMotionDataFrequency } }

        /// Creates a source; nothing is started.
        ///
        /// - Parameters:
        ///   - workout: the session that must run while samples are wanted; only its state is read.
        ///   - manager: it belongs to the source from now on.
        public init(
            workout: WorkoutSession, manager: sending CMBatchedSensorManager = CMBatchedSensorManager()
        ) {
            self.workout = workout.session
            self.manager = manager
        }

        /// Starts the sensor.
        ///
        /// - Returns: the batches of the watch, until it is cancelled or left. It throws ``MotionSourceError``.
        public func batches() -> MotionStream {
            MotionStream(batchSamples: 1, waitingBatches: Self.waitingBatches) { feed in
                if let problem = lock.withLock({ start(feed) }) { feed.finish(throwing: problem) }
            }
        }

        private func start(_ feed: MotionFeed) -> MotionSourceError? {
            guard !isRunning else { return .alreadyRunning(sensor: Self.sensor) }
            guard Self.isSupported else { return .notAvailable(sensor: Self.sensor) }
            switch CMBatchedSensorManager.authorizationStatus {
            case .denied, .restricted: return .notAuthorised(sensor: Self.sensor)
            default: break  // while undecided, the system asks when the sensor starts
            }
            guard workout.state == .running else {
                return .workoutNotRunning(state: WorkoutSession.name(of: workout.state))
            }
            isRunning = true
            feed.onEnd { [self] in stop() }
            manager.startDeviceMotionUpdates { motions, error in
                if let motions { feed.add(motions.map { MotionSample($0) }) }
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
