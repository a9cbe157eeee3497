import Foundation
import Testing

@testable import QLeapEdge

/// A whole session through the engine, and the document that it becomes.
@Suite struct SessionTests {
    let payload: EdgePayload

    init() throws {
        payload = try Shipped.payload()
    }

    private struct Seen {
        var poses = 0
        var counts: [Int?] = []
        var sets: [SetResult] = []
        var summary: SessionSummary?
    }

    private func run(
        _ golden: GoldenSession, backlog: PoseEngine.Backlog = .everything, countingEveryS: Double? = nil
    ) async throws -> Seen {
        let predictor = try ReplayPredictor(payload: payload)
        let engine = PoseEngine(wearer: golden.wearer, payload: payload, predictor: predictor)
        var seen = Seen()
        let events = engine.session(
            from: golden.recording.batches(of: 25), exercise: golden.exercise, reference: golden.reference,
            backlog: backlog, countingEveryS: countingEveryS)
        for try await event in events {
            switch event {
            case .pose: seen.poses += 1
            case .counting(let set): seen.counts.append(set?.repetitions.count)
            case .set(let set): seen.sets.append(set)
            case .ended(let summary): seen.summary = summary
            }
        }
        return seen
    }

    @Test func aSessionGivesPosesSetsAndADocument() async throws {
        let golden = try GoldenSession("captured_squats_right")
        let seen = try await run(golden)
        let summary = try #require(seen.summary)
        #expect(seen.poses > 20)
        #expect(seen.sets.map(\.repetitions.count) == [5])
        #expect(summary.sets == seen.sets)
        let set = try #require(seen.sets.first)
        #expect(set.exercise.namedBy == .wearer)
        #expect(set.exercise.windows == summary.windows.count)
        #expect(set.repetitions.allSatisfy { $0.depth?.isByReference == true && $0.networkDepth != nil })
        // The windows are those whose middle lies in the set.
        #expect(summary.windows.allSatisfy { set.start <= $0.start + 2 && $0.start + 2 <= set.end })

        let document = summary.document(
            recording: golden.recording.name, sha256: golden.recording.sha256, startedAt: golden.recording.startedAt,
            referenceSHA256: String(repeating: "0", count: 64))
        #expect(document.reference?.wearer == "golden")
        #expect(document.grade == payload.manifest.grade)
        #expect(document.warnings.contains(payload.manifest.warning) == !payload.manifest.warning.isEmpty)
        #expect(try SessionDocument.decode(JSONEncoder().encode(document)) == document)
    }

    @Test func aCountRisesWhileTheWearerMoves() async throws {
        let seen = try await run(GoldenSession("captured_squats_left"), countingEveryS: 1)
        let counts = seen.counts.compactMap(\.self)
        #expect(seen.counts.count >= 9)
        #expect(seen.counts.first == .some(nil))
        #expect(counts == counts.sorted())
        #expect(counts.last ?? 0 >= 3)
        #expect(seen.sets.map(\.repetitions.count) == [5])
    }

    @Test func droppedWindowsLoseNoSet() async throws {
        let seen = try await run(GoldenSession("swim_40s"), backlog: .newest)
        #expect(seen.sets.map(\.repetitions.count) == [15])
    }

    @Test func aWearerOutsideTheCalibrationIsTold() async throws {
        let golden = try GoldenSession("synthetic_squats")
        let tall = try Wearer(stature: 2.4, wear: golden.wearer.wear)
        let follower = SessionFollower(
            payload: payload, wearer: tall, exercise: nil, reference: nil, rateHz: nil, countingEveryS: nil)
        _ = try await follower.append(golden.recording.samples)
        guard case .ended(let summary)? = await follower.finish().last else {
            Issue.record("the session did not end")
            return
        }
        let document = summary.document(recording: "r", sha256: "0", startedAt: nil)
        #expect(document.warnings.contains { $0.contains("2.40 m the intervals") })
        #expect(document.abstainedShare == nil)
    }

    private struct SensorFailed: Error {}

    /// What a session says of a recording whose source does not end by itself.
    private func endless(
        _ golden: GoldenSession, failing: Bool, control: SessionControl? = nil
    ) async throws -> (sets: [Int], ended: Int, failed: Bool) {
        let (source, feed) = AsyncThrowingStream<[MotionSample], any Error>.makeStream()
        feed.yield(golden.recording.samples)
        if failing { feed.finish(throwing: SensorFailed()) }
        let engine = PoseEngine(
            wearer: golden.wearer, payload: payload, predictor: try ReplayPredictor(payload: payload))
        var (sets, ended, failed) = ([Int](), 0, false)
        do {
            for try await event in engine.session(from: source, control: control, backlog: .everything) {
                switch event {
                case .pose: control?.end()
                case .set(let set): sets.append(set.repetitions.count)
                case .ended: ended += 1
                case .counting: break
                }
            }
        } catch is SensorFailed {
            failed = true
        }
        return (sets, ended, failed)
    }

    @Test func aSensorIsEndedWithItsLastSet() async throws {
        let seen = try await endless(GoldenSession("swim_16s"), failing: false, control: SessionControl())
        #expect(seen.sets == [5] && seen.ended == 1 && !seen.failed)
    }

    @Test func anEndedControlEndsAtOnce() async throws {
        let control = SessionControl()
        control.end()
        control.end()
        let seen = try await endless(GoldenSession("swim_16s"), failing: false, control: control)
        #expect(seen.ended == 1 && !seen.failed)
    }

    @Test func whatWasMeasuredIsSaidBeforeAFailure() async throws {
        let seen = try await endless(GoldenSession("swim_16s"), failing: true)
        #expect(seen.sets == [5] && seen.ended == 1 && seen.failed)
    }

    @Test(arguments: [1e5, 1e20, 1e308]) func oneSampleThatNoSensorGivesLosesNoSet(_ value: Double) async throws {
        let golden = try GoldenSession("swim_40s")
        var samples = golden.recording.samples
        let bad = samples[2000]
        samples[2000] = MotionSample(
            timestamp: bad.timestamp, gravity: bad.gravity, userAcceleration: SIMD3(value, 0, 0),
            rotationRate: bad.rotationRate)
        samples.insert(samples[1000], at: 1001)  // a repeat is none of the skipped ones
        let follower = golden.follower(payload)
        _ = try await follower.append(samples)
        guard case .ended(let summary)? = await follower.finish().last else {
            Issue.record("the session did not end")
            return
        }
        #expect(summary.sets.map(\.repetitions.count) == [15])
        #expect(summary.skipped.outOfRange == 1 && summary.skipped.count == 1)
        let document = summary.document(recording: "r", sha256: "0", startedAt: nil)
        #expect(throws: Never.self) { try JSONEncoder().encode(document) }
    }

    @Test func badStreamsEndTheSession() async throws {
        let engine = PoseEngine(
            wearer: try .sample(), payload: payload, predictor: try ReplayPredictor(payload: payload))
        let slow = (0..<300).map { row in
            MotionSample(
                timestamp: Double(row) / 20, gravity: SIMD3(0, 0, -1), userAcceleration: .zero, rotationRate: .zero)
        }
        let source = AsyncStream<[MotionSample]> { continuation in
            continuation.yield(slow)
            continuation.finish()
        }
        await #expect(throws: StreamError.self) {
            for try await _ in engine.session(from: source) {}
        }
    }
}

/// Files of recordings, good and bad.
@Suite struct WatchRecordingTests {
    private static let header =
        "time,seconds_elapsed,rotationRateX,rotationRateY,rotationRateZ,gravityX,gravityY,gravityZ,"
        + "accelerationX,accelerationY,accelerationZ"
    private static let merged =
        "secondsElapsed,wristMotion_rotationRateX,wristMotion_rotationRateY,wristMotion_rotationRateZ,"
        + "wristMotion_gravityX,wristMotion_gravityY,wristMotion_gravityZ,wristMotion_accelerationX,"
        + "wristMotion_accelerationY,wristMotion_accelerationZ"

    private func read(_ lines: [String]) throws -> WatchRecording {
        try WatchRecording(Data((lines.joined(separator: "\r\n") + "\r\n").utf8), name: "r.csv")
    }

    private func row(_ nanoseconds: Int, gravityZ: Double = -1, turn: Double = 0.1) -> String {
        "\(nanoseconds),0,\(turn),0,0,0,0,\(gravityZ),0,0,0.5"
    }

    @Test func bothLayoutsAreRead() throws {
        let logger = try read([Self.header] + (1...5).map { row(1_700_000_000_000_000_000 + 10_000_000 * $0) })
        #expect(logger.samples.count == 5)
        #expect(abs(logger.samples[4].timestamp - 0.04) < 1e-12)
        #expect(logger.startedAt == "2023-11-14T22:13:20Z")
        let rows = (0..<5).map { "\(Double($0) / 100),0.\($0),0,0,0,0,9.80665,0,0,-4.903325" }
        let si = try read([Self.merged, "0.0,,,,,,,,,"] + rows)
        #expect(si.startedAt == nil)
        #expect(si.rowsWithoutReading == 1)
        #expect(si.samples.allSatisfy { abs($0.gravity.z + 1) < 1e-12 && abs($0.userAcceleration.z - 0.5) < 1e-12 })
    }

    @Test func rowsThatOnlyRepeatTheLastAreLeftOut() throws {
        let held = (0..<40).map { "\(Double($0) / 100),0.5,0,0,0,0,-1,0,0,0" }
        let moving = (40..<50).map { "\(Double($0) / 100),0.\($0),0,0,0,0,-1,0,0,0" }
        let twice = ["0.5,0.49,0,0,0,0,-1,0,0,0", "0.51,0.7,0,0,0,0,-1,0,0,0"]
        let recording = try read([Self.merged] + held + moving + twice)
        #expect(recording.samples.count == 13)
        #expect(recording.rowsWithoutReading == 39)
    }

    @Test func badFilesAreTypedErrors() throws {
        func error(_ lines: [String]) -> RecordingError? {
            #expect(throws: RecordingError.self) { try read(lines) }
        }
        let stamp = 1_700_000_000_000_000_000
        #expect(error(["a,b"]) == .missingColumn(file: "r.csv", column: "time"))
        #expect(error([Self.header]) == .noSamples(file: "r.csv"))
        #expect(error([Self.header, "1,2"]) == .badRow(file: "r.csv", row: 2, expected: "11 cells", got: "2"))
        #expect(
            error([Self.header, row(stamp) + ",7"]) == .badRow(file: "r.csv", row: 2, expected: "11 cells", got: "more")
        )
        #expect(
            error([Self.header, row(-5)])
                == .badRow(file: "r.csv", row: 2, expected: "nanoseconds since 1970", got: "\"-5\""))
        #expect(
            error([Self.header, row(stamp), row(stamp + 1, turn: .nan)])
                == .badRow(file: "r.csv", row: 3, expected: "a finite number", got: "\"nan\""))
        #expect(error([Self.header, row(stamp, gravityZ: -5)]) == .unknownUnit(file: "r.csv", gravityNorm: 5))
        let missing = #expect(throws: RecordingError.self) {
            try WatchRecording(contentsOf: URL(fileURLWithPath: "/no/such/file.csv"))
        }
        #expect(missing?.description.contains("/no/such/file.csv cannot be read") == true)
        let folder = #expect(throws: RecordingError.self) {
            try WatchRecording(contentsOf: URL(fileURLWithPath: "/tmp"))
        }
        #expect(folder?.description.contains("no regular file") == true)
    }
}
