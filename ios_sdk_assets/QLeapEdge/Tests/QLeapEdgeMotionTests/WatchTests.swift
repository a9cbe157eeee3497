// Against stand-ins for Apple's frameworks; without them there is nothing to compile here.
#if canImport(HealthKit) && canImport(WatchKit) && canImport(WatchConnectivity) && os(Linux)
    import Foundation
    import HealthKit
    import QLeapEdge
    import Testing
    import WatchConnectivity
    import WatchKit

    @testable import QLeapEdgeMotion

    /// Workout, wear and transfer between watch and phone.
    @Suite struct WatchTests {
        struct Refused: Error {}

        @Test func aWorkoutRunsUntilTheSystemEndsIt() async throws {
            let health = StubHealth()
            let workout = try await WorkoutSession.start(
                .functionalStrengthTraining, in: HKHealthStore(stub: health))
            #expect(workout.session.state == .running && health.activity == .functionalStrengthTraining)
            health.endBySystem()
            let states = try await workout.states.reduce(into: []) { $0.append($1) }
            #expect(states == [.ended])
        }

        @Test func aWorkoutThatDoesNotStartSaysWhy() async throws {
            await #expect(throws: WorkoutError.notAuthorised) {
                try await WorkoutSession.start(in: HKHealthStore(stub: StubHealth(status: .sharingDenied)))
            }
            for health in [
                StubHealth(start: .fails(Refused())), StubHealth(authorizationError: Refused()),
                StubHealth(sessionError: Refused()),
            ] {
                do {
                    _ = try await WorkoutSession.start(in: HKHealthStore(stub: health))
                    Issue.record("started")
                } catch WorkoutError.failed {}
            }
        }

        @Test func cancellingTheStartEndsTheWorkout() async throws {
            let health = StubHealth(start: .neverAnswers)
            let start = Task { try await WorkoutSession.start(in: HKHealthStore(stub: health)) }
            #expect(try await eventually { health.state == .notStarted })
            start.cancel()
            await #expect(throws: CancellationError.self) { try await start.value }
        }

        @Test @MainActor func wearIsWhatTheWatchSays() {
            for (wrist, crown) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
                let device = WKInterfaceDevice(
                    stubWristLocation: wrist == 0 ? .left : .right, crownOrientation: crown == 0 ? .left : .right)
                let wear = WearConfiguration(device)
                #expect(wear.wrist == (wrist == 0 ? .left : .right) && wear.crown == (crown == 0 ? .left : .right))
            }
            #expect(WearConfiguration.ofThisWatch == WearConfiguration(wrist: .left, crown: .right))
        }

        @Test func aRecordingTravelsAndIsVerified() async throws {
            try await withFolder { folder in
                let (watch, phone) = (WCSession(stubInstalled: true), WCSession(stubInstalled: true))
                watch.stubJoin(phone)
                nonisolated(unsafe) let (toWatch, toPhone) = (watch, phone)
                let inbox = folder.appendingPathComponent("inbox")
                try FileManager.default.createDirectory(at: inbox, withIntermediateDirectories: true)
                let sender = RecordingTransfer(keepingIn: folder, session: toWatch)
                let receiver = RecordingTransfer(keepingIn: inbox, session: toPhone)
                let file = folder.appendingPathComponent("set.csv")
                try Data("abc".utf8).write(to: file)
                await #expect(throws: TransferError.notActivated) { try await sender.send(file) }
                try sender.activate()
                try receiver.activate()
                await #expect(throws: TransferError.self) { try await sender.send(inbox) }

                try await sender.send(file)
                try watch.stubCarry()
                try await sender.send(file)
                try watch.stubCarry(altering: { $0 + Data("d".utf8) })
                try await sender.send(file)
                try watch.stubCarry(failing: Refused())
                #expect(try names(in: inbox) == ["set.csv"])

                var events = sender.events.makeAsyncIterator()
                #expect(await events.next() == .activated)
                #expect(await events.next() == .sent(name: "set.csv"))
                #expect(await events.next() == .sent(name: "set.csv"))
                guard case .notSent(.failed("set.csv", _)) = await events.next() else {
                    Issue.record("not told that it was not sent")
                    return
                }
                var arrivals = receiver.events.makeAsyncIterator()
                #expect(await arrivals.next() == .activated)
                #expect(await arrivals.next() == .received(inbox.appendingPathComponent("set.csv")))
                #expect(await arrivals.next() == .refused(.size(name: "set.csv", expected: 3, got: 4)))
            }
        }

        @Test func nothingIsSentToAWatchWithoutTheApp() async throws {
            nonisolated(unsafe) let session = WCSession(stubInstalled: false)
            let transfer = RecordingTransfer(keepingIn: FileManager.default.temporaryDirectory, session: session)
            try transfer.activate()
            await #expect(throws: TransferError.counterpartMissing) {
                try await transfer.send(FileManager.default.temporaryDirectory)
            }
        }
    }
#endif
