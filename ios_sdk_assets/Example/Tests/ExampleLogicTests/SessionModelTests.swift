import ExampleLogic
import Foundation
import QLeapEdge
import QLeapEdgeMotion
import Testing

/// A whole stream, from samples to what the screen shows.
@MainActor @Suite struct SessionModelTests {
    static func samples(_ count: Int) -> [MotionSample] {
        (0..<count).map { index in
            MotionSample(
                timestamp: Double(index) / 100, gravity: SIMD3(1, 0, 0), userAcceleration: .zero, rotationRate: .zero)
        }
    }

    static func engine(statureM: Double = 1.7) throws -> PoseEngine {
        let payload = try Poses.payload()
        let wearer = try Wearer(stature: statureM, wear: WearConfiguration(wrist: .left, crown: .right))
        return PoseEngine(wearer: wearer, payload: payload, predictor: try ReplayPredictor(payload: payload))
    }

    func eventually(_ condition: () -> Bool) async throws -> Bool {
        for _ in 0..<6000 {
            if condition() { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return condition()
    }

    @Test func aLiveStreamIsShownAndStopTakesItDown() async throws {
        let model = SessionModel()
        let (stream, feed) = AsyncThrowingStream<[MotionSample], any Error>.makeStream()
        model.start(stream, engine: try Self.engine())
        #expect(model.display.content == .waiting && model.isRunning)
        feed.yield(Self.samples(600))
        #expect(try await eventually { model.display.content != .waiting })
        #expect(try await eventually { model.display.content == .waiting })  // nothing came for a second
        model.stop()
        #expect(model.display.content == .idle && !model.isRunning)
        #expect(model.repetitions == nil)  // a hanging arm repeats nothing
    }

    /// Six lifts of half a metre, three seconds each.
    static func lifts() -> [MotionSample] {
        (0..<2800).map { row in
            let timeS = Double(row) / 100
            let phase = 2 * Double.pi / 3
            let pull = (5...23).contains(timeS) ? 0.25 * phase * phase * cos(phase * (timeS - 5)) : 0
            return MotionSample(
                timestamp: timeS, gravity: SIMD3(0, 0, -1), userAcceleration: SIMD3(0, 0, -pull / 9.80665),
                rotationRate: SIMD3(0.02 * sin(3 * timeS), 0, 0))
        }
    }

    @Test func repetitionsAreCountedWithTheirVelocity() async throws {
        let model = SessionModel()
        model.start(PacedMotion(Self.lifts(), speed: 1000), engine: try Self.engine(), backlog: .everything)
        #expect(try await eventually { !model.isRunning })
        #expect(model.repetitions?.count == 6)
        // Half a metre in a second and a half, less the slow ends.
        #expect(abs((model.repetitions?.lastVelocityMps ?? 0) - 0.36) < 0.05)
    }

    @Test func aStreamThatFailsSaysWhy() async throws {
        let model = SessionModel()
        let source = AsyncThrowingStream<[MotionSample], any Error> { continuation in
            continuation.finish(throwing: MotionSourceError.notAuthorised(sensor: "device motion"))
        }
        model.start(source, engine: try Self.engine())
        #expect(try await eventually { !model.isRunning })
        let error = MotionSourceError.notAuthorised(sensor: "device motion")
        #expect(model.display.content == .failed(error.description))
    }

    @Test func gradeAndStatureAreTold() throws {
        let engine = try Self.engine()
        let manifest = engine.payload.manifest
        #expect(Notices.of(engine).contains { $0.contains(manifest.warning) } == (manifest.grade != .release))
        let covered = engine.payload.profile.validity.stature
        let within = Notices.of(try Self.engine(statureM: (covered.lowerBound + covered.upperBound) / 2))
        let outside = Notices.of(try Self.engine(statureM: covered.upperBound + 0.05))
        #expect(outside.count == within.count + 1 && outside.last?.contains("calibrated") == true)
        #expect(Notices.of(SignVerdict.reversed) != nil && Notices.of(SignVerdict.undecided) == nil)
    }

    @Test func velocitiesAreWrittenWithTwoDigits() {
        let texts = [0.5, 0.057, 1.239, -0.03, nil, .nan].map {
            RepetitionReadout(count: 1, lastVelocityMps: $0).velocityText
        }
        #expect(texts == ["0.50 m/s", "0.06 m/s", "1.24 m/s", "-0.03 m/s", "–", "–"])
    }

    @Test func aRecordingIsPlayedForTheWristThatItNames() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let wear = WearConfiguration(wrist: .right, crown: .right)
        let writer = try RecordingWriter(name: "set", in: folder, wear: wear)
        try await writer.append(Self.samples(500))
        let recording = try await writer.finish()
        let shelf = RecordingShelf(folder: folder)
        #expect(shelf.recordings.map(\.lastPathComponent) == ["set.csv"])
        var asked: Wearer?
        await shelf.play(recording.url, statureM: 1.8) { wearer in
            asked = wearer
            return try Self.engine()
        }
        #expect(asked == (try Wearer(stature: 1.8, wear: wear)) && shelf.model.isRunning)
        shelf.model.stop()
        await shelf.play(folder.appendingPathComponent("none.csv"), statureM: 1.8) { _ in try Self.engine() }
        guard case .failed = shelf.model.display.content else {
            Issue.record("\(shelf.model.display.content)")
            return
        }
        shelf.take(.refused(.size(name: "b.csv", expected: 3, got: 2)))
        #expect(shelf.message?.contains("b.csv") == true)
    }

    @Test func noStatureIsAssumed() throws {
        let defaults = try #require(UserDefaults(suiteName: UUID().uuidString))
        let settings = WearerSettings(defaults)
        #expect(settings.statureCm == nil)
        settings.statureCm = 181
        #expect(WearerSettings(defaults).statureCm == 181)
        settings.statureCm = 500
        #expect(settings.statureCm == nil)
        settings.statureCm = nil
        #expect(settings.statureCm == nil)
    }
}
