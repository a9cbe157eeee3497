// Against stand-ins for Apple's frameworks; without them there is nothing to compile here.
#if canImport(CoreMotion) && canImport(HealthKit) && !os(macOS) && !os(iOS)
    import CoreMotion
    import Foundation
    import HealthKit
    import QLeapEdge
    import Testing

    @testable import QLeapEdgeMotion

    /// The samples of the sensors: order, batches, buffer, and the end of a stream.
    @Suite(.serialized) struct SensorTests {
        static func motions(_ count: Int, from first: Int = 0) -> [CMDeviceMotion] {
            (first..<first + count).map { index in
                CMDeviceMotion(
                    stubTimestamp: Double(index) / 100, gravity: CMAcceleration(x: 0, y: 0, z: -1),
                    userAcceleration: CMAcceleration(x: 0.1, y: 0.2, z: 0.3),
                    rotationRate: CMRotationRate(x: Double(index), y: 0, z: 0),
                    quaternion: CMQuaternion(x: 0.1, y: 0.2, z: 0.3, w: 0.9))
            }
        }

        @Test func singleSamplesComeInBatchesOfTen() async throws {
            let stub = StubMotion()
            let source = DeviceMotionSource(manager: CMMotionManager(stub: stub))
            let stream = source.batches()
            #expect(stub.starts.count == 1 && stub.starts.first?.intervalS == 0.01)
            #expect(stub.starts.first?.frame == .xArbitraryZVertical)
            stub.deliver(Self.motions(27))
            var batches: [[MotionSample]] = []
            for try await batch in stream {
                batches.append(batch)
                if batches.count == 2 { break }
            }
            #expect(batches.map(\.count) == [10, 10])
            #expect(batches.joined().map(\.rotationRate.x) == (0..<20).map(Double.init))
            let first = try #require(batches.first?.first)
            #expect(first.gravity == SIMD3(0, 0, -1) && first.userAcceleration == SIMD3(0.1, 0.2, 0.3))
            #expect(first.attitude == Attitude(w: 0.9, x: 0.1, y: 0.2, z: 0.3))
        }

        @Test func theSensorStopsWhenTheStreamIsLeftAndMayStartAgain() async throws {
            let stub = StubMotion()
            let source = DeviceMotionSource(manager: CMMotionManager(stub: stub))
            for _ in 0..<2 {
                let reader = Task {
                    for try await _ in source.batches() { break }
                }
                #expect(try await eventually { stub.isActive })
                stub.deliver(Self.motions(10))
                try await reader.value
                #expect(try await eventually { !stub.isActive })
            }
            #expect(stub.starts.count == 2)
        }

        @Test func theSensorStopsWhenTheTaskIsCancelled() async throws {
            let stub = StubMotion()
            let source = DeviceMotionSource(manager: CMMotionManager(stub: stub))
            let reader = Task {
                for try await _ in source.batches() {}
            }
            #expect(try await eventually { stub.isActive })
            reader.cancel()
            try await reader.value
            #expect(try await eventually { !stub.isActive })
        }

        @Test func theSensorStopsWhenTheEngineIsLeft() async throws {
            let payload = try EdgePayload.bundled()
            let wearer = try Wearer(stature: 1.7, wear: WearConfiguration(wrist: .left, crown: .right))
            let engine = PoseEngine(
                wearer: wearer, payload: payload, predictor: try ReplayPredictor(payload: payload))
            let stub = StubMotion()
            let source = DeviceMotionSource(manager: CMMotionManager(stub: stub))
            let reader = Task {
                for try await _ in engine.results(from: source.batches()) { break }
            }
            #expect(try await eventually { stub.isActive })
            stub.deliver(Self.motions(600))
            try await reader.value
            #expect(try await eventually { !stub.isActive })
        }

        @Test func aSlowReaderGetsTheNewestAndTheOthersAreCounted() async throws {
            let stub = StubMotion()
            let stream = DeviceMotionSource(manager: CMMotionManager(stub: stub)).batches()
            stub.deliver(Self.motions(10 * (DeviceMotionSource.waitingBatches + 3)))
            #expect(stream.droppedSamples == 30)
            stub.fail(NSError(domain: CMErrorDomain, code: Int(CMErrorUnknown.rawValue)))
            var seen: [Double] = []
            await #expect(throws: MotionSourceError.self) {
                for try await batch in stream { seen += batch.map(\.rotationRate.x) }
            }
            #expect(seen.first == 30 && seen.count == 1000)
        }

        @Test func whatWasCollectedComesBeforeTheError() async throws {
            let stub = StubMotion()
            let stream = DeviceMotionSource(manager: CMMotionManager(stub: stub)).batches()
            stub.deliver(Self.motions(13))
            stub.fail(NSError(domain: CMErrorDomain, code: Int(CMErrorNotAuthorized.rawValue)))
            var seen = 0
            await #expect(throws: MotionSourceError.notAuthorised(sensor: "device motion")) {
                for try await batch in stream { seen += batch.count }
            }
            #expect(seen == 13)
            #expect(try await eventually { !stub.isActive })
        }

        @Test(arguments: [
            (CMErrorNotAvailable, MotionSourceError.notAvailable(sensor: "device motion")),
            (CMErrorMotionActivityNotAuthorized, .notAuthorised(sensor: "device motion")),
            (CMErrorNotEntitled, .notAuthorised(sensor: "device motion")),
        ])
        func errorsAreTyped(_ code: CMError, _ expected: MotionSourceError) {
            let error = NSError(domain: CMErrorDomain, code: Int(code.rawValue))
            #expect(MotionSourceError(error, sensor: "device motion") == expected)
            let elsewhere = MotionSourceError(
                NSError(domain: "Elsewhere", code: Int(code.rawValue)), sensor: "device motion")
            guard case .failed("device motion", "Elsewhere", Int(code.rawValue), _) = elsewhere else {
                Issue.record("\(elsewhere)")
                return
            }
        }

        @Test func aSourceThatIsMissingOrBusySaysSo() async throws {
            let missing = DeviceMotionSource(manager: CMMotionManager(stub: StubMotion(isAvailable: false)))
            await #expect(throws: MotionSourceError.notAvailable(sensor: "device motion")) {
                for try await _ in missing.batches() {}
            }
            let stub = StubMotion()
            let source = DeviceMotionSource(manager: CMMotionManager(stub: stub))
            let first = source.batches()
            await #expect(throws: MotionSourceError.alreadyRunning(sensor: "device motion")) {
                for try await _ in source.batches() {}
            }
            #expect(stub.isActive)  // the stream that was refused has not stopped the other
            stub.deliver(Self.motions(10))
            for try await batch in first {
                #expect(batch.count == 10)
                break
            }
        }

        @Test func batchesOfTheWatchNeedAWorkoutThatRuns() async throws {
            let health = StubHealth()
            let workout = try await WorkoutSession.start(in: HKHealthStore(stub: health))
            let stub = StubMotion()
            let source = BatchedMotionSource(workout: workout, manager: CMBatchedSensorManager(stub: stub))
            #expect(BatchedMotionSource.isSupported && source.rateHz == 200)
            let reader = Task {
                var sizes: [Int] = []
                for try await batch in source.batches() {
                    sizes.append(batch.count)
                    if sizes.count == 2 { break }
                }
                return sizes
            }
            #expect(try await eventually { stub.isActive })
            stub.deliver(Self.motions(200))
            stub.deliver(Self.motions(199, from: 200))
            #expect(try await reader.value == [200, 199])
            #expect(try await eventually { !stub.isActive })
            workout.end()
            await #expect(throws: MotionSourceError.workoutNotRunning(state: "ended")) {
                for try await _ in source.batches() {}
            }
        }

        @Test func batchesThatAreUnsupportedOrForbiddenSaySo() async throws {
            let workout = try await WorkoutSession.start(in: HKHealthStore(stub: StubHealth()))
            let source = BatchedMotionSource(workout: workout, manager: CMBatchedSensorManager(stub: StubMotion()))
            StubMotion.authorization.set(.denied)
            await #expect(throws: MotionSourceError.notAuthorised(sensor: "batched device motion")) {
                for try await _ in source.batches() {}
            }
            StubMotion.authorization.set(.authorized)
            StubMotion.isBatchedSupported.set(false)
            await #expect(throws: MotionSourceError.notAvailable(sensor: "batched device motion")) {
                for try await _ in source.batches() {}
            }
            StubMotion.isBatchedSupported.set(true)
        }
    }
#endif
