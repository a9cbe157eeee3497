#if canImport(HealthKit) && (os(watchOS) || os(Linux))
    import Foundation
    import HealthKit

    /// A workout that keeps the sensors and the app running while the wrist is down.
    ///
    /// It saves nothing to Health and reads nothing from it; an app that wants a saved workout adds an
    /// `HKLiveWorkoutBuilder` to ``session``. The watch app needs the capability HealthKit (entitlement
    /// `com.apple.developer.healthkit`), the background mode `workout-processing` (`WKBackgroundModes`), and
    /// `NSHealthShareUsageDescription` and `NSHealthUpdateUsageDescription`: without these texts the system ends the app when
    /// permission is asked for.
    public final class WorkoutSession: @unchecked Sendable {
        /// HealthKit's session.
        public let session: HKWorkoutSession
        /// States after the start, until the session ends, by this app or by the system; for one reader.
        ///
        /// It throws ``WorkoutError``.
        public let states: AsyncThrowingStream<HKWorkoutSessionState, any Error>
        private let observer: Observer  // HealthKit holds its delegate weakly

        private init(_ session: HKWorkoutSession) {
            let (states, continuation) = AsyncThrowingStream<HKWorkoutSessionState, any Error>.makeStream()
            self.session = session
            self.states = states
            observer = Observer(continuation)
            session.delegate = observer
        }

        /// Asks for permission where it was not given yet, starts an indoor workout and waits until it runs.
        ///
        /// Cancelling the task ends the session.
        ///
        /// - Parameters:
        ///   - activity: the kind of workout, for which the watch tunes its sensors.
        ///   - store: the app's health store.
        /// - Throws: ``WorkoutError``, or `CancellationError`.
        public static func start(
            _ activity: HKWorkoutActivityType = .traditionalStrengthTraining,
            in store: sending HKHealthStore = HKHealthStore()
        ) async throws -> WorkoutSession {
            guard HKHealthStore.isHealthDataAvailable() else { throw WorkoutError.notAvailable }
            let workouts = HKObjectType.workoutType()
            do {
                try await store.requestAuthorization(toShare: [workouts], read: [])
            } catch {
                throw WorkoutError(error)
            }
            guard store.authorizationStatus(for: workouts) == .sharingAuthorized else {
                throw WorkoutError.notAuthorised
            }
            let configuration = HKWorkoutConfiguration()
            configuration.activityType = activity
            configuration.locationType = .indoor
            let workout: WorkoutSession
            do {
                workout = WorkoutSession(try HKWorkoutSession(healthStore: store, configuration: configuration))
            } catch {
                throw WorkoutError(error)
            }
            do {
                try await workout.run()
            } catch {
                workout.end()
                throw error
            }
            return workout
        }

        /// Ends the workout; a source that needs it stops delivering.
        public func end() { session.end() }

        private func run() async throws {
            session.startActivity(with: Date())
            for try await state in states where state == .running { return }
            try Task.checkCancellation()
            throw WorkoutError.ended
        }

        /// A state in words.
        static func name(of state: HKWorkoutSessionState) -> String {
            let names: [HKWorkoutSessionState: String] = [
                .notStarted: "not started", .running: "running", .ended: "ended", .paused: "paused",
                .prepared: "prepared", .stopped: "stopped",
            ]
            return names[state] ?? "in state \(state.rawValue)"
        }

        /// Passes on what HealthKit reports, from whichever thread.
        private final class Observer: NSObject, HKWorkoutSessionDelegate, Sendable {
            private let continuation: AsyncThrowingStream<HKWorkoutSessionState, any Error>.Continuation

            init(_ continuation: AsyncThrowingStream<HKWorkoutSessionState, any Error>.Continuation) {
                self.continuation = continuation
            }

            func workoutSession(
                _ workoutSession: HKWorkoutSession, didChangeTo toState: HKWorkoutSessionState,
                from fromState: HKWorkoutSessionState, date: Date
            ) {
                continuation.yield(toState)
                if toState == .ended { continuation.finish() }
            }

            func workoutSession(_ workoutSession: HKWorkoutSession, didFailWithError error: any Error) {
                continuation.finish(throwing: WorkoutError(error))
            }
        }
    }
#endif
