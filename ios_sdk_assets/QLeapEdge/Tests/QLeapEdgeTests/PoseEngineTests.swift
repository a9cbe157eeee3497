import Foundation
import Synchronization
import Testing

@testable import QLeapEdge

/// From samples to results: every window, abstention, load, failure and cancellation.
@Suite struct PoseEngineTests {
    let payload: EdgePayload
    let golden: GoldenDocument

    init() throws {
        payload = try Shipped.payload()
        golden = try Shipped.golden()
    }

    /// Seven seconds of a hanging arm at 100 Hz: fourteen windows, and two more from the tail.
    static func batches(
        of size: Int = 50, failing: (any Error)? = nil
    ) -> AsyncThrowingStream<[MotionSample], any Error> {
        let samples = (0..<700).map { index in
            MotionSample(
                timestamp: Double(index) / 100, gravity: SIMD3(1, 0, 0), userAcceleration: .zero, rotationRate: .zero)
        }
        return AsyncThrowingStream { continuation in
            for start in stride(from: 0, to: samples.count, by: size) {
                continuation.yield(Array(samples[start..<min(start + size, samples.count)]))
            }
            continuation.finish(throwing: failing)
        }
    }

    func engine(_ outputs: [ModelOutputs] = []) throws -> PoseEngine {
        PoseEngine(
            wearer: try .sample(), payload: payload, predictor: try ReplayPredictor(payload: payload, outputs: outputs))
    }

    func collect(_ results: AsyncThrowingStream<PoseResult, any Error>) async throws -> [PoseResult] {
        try await results.reduce(into: []) { $0.append($1) }
    }

    @Test func theReplayPredictorKeepsWhatTheEngineReliesOn() async throws {
        try await checkPredictor(try ReplayPredictor(payload: payload), payload: payload)
    }

    private struct Careless: PosePredicting {
        let answer: PoseEstimate
        func predict(_ window: ImuWindow) -> PoseEstimate { answer }
    }

    @Test func aPredictorThatAnswersAnythingIsFound() async throws {
        let window = ImuWindow(
            values: payload.selfTest.imu.map(Float.init), wearer: try .sample(), startTimestamp: 10, endTimestamp: 13.98
        )
        let good = try await ReplayPredictor(payload: payload).predict(window)
        await #expect(throws: PredictorCheckError.accepted("a short window")) {
            try await checkPredictor(Careless(answer: good), payload: payload)
        }
        let late = try await ReplayPredictor(payload: payload).predict(
            ImuWindow(values: window.values, wearer: window.wearer, startTimestamp: 0, endTimestamp: 1))
        let error = await #expect(throws: PredictorCheckError.self) {
            try await checkPredictor(Careless(answer: late), payload: payload)
        }
        #expect(error?.description.contains("expected the stamp 13.98 of its window, got 1.0") == true)
        #expect(try JSONDecoder().decode(PoseEstimate.self, from: JSONEncoder().encode(good)) == good)
    }

    @Test(arguments: [1, 7, 50, 700])
    func everyWindowOfARecordingHasAResult(_ size: Int) async throws {
        let results = try await collect(engine().results(from: Self.batches(of: size), backlog: .everything))
        #expect(results.count == 16)
        #expect(results.allSatisfy { $0.droppedWindows == 0 && $0.skipped.count == 0 })
        #expect(zip(results, results.dropFirst()).allSatisfy { abs($1.timestamp - $0.timestamp - 0.2) < 1e-9 })
    }

    @Test func thePoseIsTheDecodersAndAbstentionHidesIt() async throws {
        let outputs = golden.windows.map(\.outputs.modelOutputs)
        let decoder = try PoseDecoder(contract: payload.contract, profile: payload.profile, skeleton: payload.skeleton)
        var windower = MotionWindower(wearer: try .sample(), contract: payload.contract)
        var windows: [ImuWindow] = []
        for try await batch in Self.batches() { windows += try windower.append(batch) }
        windows += windower.finish()
        let results = try await collect(engine(outputs).results(from: Self.batches(), backlog: .everything))
        #expect(results.count == windows.count)
        for (index, (result, window)) in zip(results, windows).enumerated() {
            let direct = try decoder.decode(outputs[index % outputs.count], window: window)
            switch result.state {
            case .pose(let pose): #expect(pose == direct && !direct.isAbstaining)
            case .abstained(let reasons): #expect(reasons == Set(direct.reasons) && direct.isAbstaining)
            }
        }
    }

    @Test func aSlowPredictorGetsTheNewestWindow() async throws {
        let slow = SlowPredictor(try ReplayPredictor(payload: payload))
        let engine = PoseEngine(wearer: try .sample(), payload: payload, predictor: slow)
        let results = try await collect(engine.results(from: Self.batches(of: 700)))
        let last = try #require(results.last)
        #expect(results.count < 16 && results.count + last.droppedWindows >= 15)
        let every = try await collect(engine.results(from: Self.batches(of: 700), backlog: .everything))
        #expect(last.timestamp == every.last?.timestamp)
    }

    @Test func aSlowLoopGetsTheNewestResultAndTheCountOfTheOthers() async throws {
        var seen: [PoseResult] = []
        for try await result in try engine().results(from: Self.batches()) {
            seen.append(result)
            try await Task.sleep(for: .milliseconds(200))
        }
        let last = try #require(seen.last)
        // A result that the last one replaced in the queue would be counted in the next one.
        #expect((15...16).contains(last.droppedWindows + seen.count) && seen.count < 16)
    }

    @Test func failuresReachTheLoop() async throws {
        struct Unplugged: Error {}
        await #expect(throws: Unplugged.self) {
            try await collect(engine().results(from: Self.batches(failing: Unplugged()), backlog: .everything))
        }
        let short = ModelOutputs(
            pose: [1], poseLogVariance: [1], exerciseLogits: [1], formLogits: [1], whatEmbedding: [1], howEmbedding: [1]
        )
        await #expect(throws: DecodingProblem.self) { try await collect(engine([short]).results(from: Self.batches())) }
    }

    @Test func aFailedPredictionEndsTheSource() async throws {
        let ended = Mutex(false)
        let source = AsyncThrowingStream<[MotionSample], any Error> { continuation in
            continuation.onTermination = { _ in ended.withLock { $0 = true } }
            for index in 0..<500 {  // never finished, as a sensor
                let sample = MotionSample(
                    timestamp: Double(index) / 100, gravity: SIMD3(1, 0, 0), userAcceleration: .zero,
                    rotationRate: .zero)
                continuation.yield([sample])
            }
        }
        let short = ModelOutputs(
            pose: [1], poseLogVariance: [1], exerciseLogits: [1], formLogits: [1], whatEmbedding: [1], howEmbedding: [1]
        )
        await #expect(throws: DecodingProblem.self) { try await collect(engine([short]).results(from: source)) }
        try await Task.sleep(for: .milliseconds(200))
        #expect(ended.withLock { $0 })
    }

    @Test func leavingTheLoopEndsThePrediction() async throws {
        let slow = SlowPredictor(try ReplayPredictor(payload: payload))
        let engine = PoseEngine(wearer: try .sample(), payload: payload, predictor: slow)
        for try await _ in engine.results(from: Self.batches(), backlog: .everything) { break }
        try await Task.sleep(for: .milliseconds(200))
        let asked = slow.asked.withLock { $0 }
        try await Task.sleep(for: .milliseconds(200))
        #expect(slow.asked.withLock { $0 } == asked && asked < 16)
    }

    @Test func namesAreThoseOfTheDocuments() throws {
        #expect(payload.contract.exercises.map(\.name) == Exercise.allCases.map(\.rawValue))
        #expect(payload.contract.exercises.map(\.id) == Exercise.allCases.map(\.id))
        #expect(payload.skeleton.joints.map(\.name) == JointName.allCases.map(\.rawValue))
        let window = ImuWindow(values: payload.selfTest.imu.map(Float.init), wearer: try .sample())
        let decoder = try PoseDecoder(contract: payload.contract, profile: payload.profile, skeleton: payload.skeleton)
        let pose = try decoder.decode(payload.selfTest.outputs.modelOutputs, window: window)
        #expect(pose.named == Exercise.allCases[pose.exercise])
        for joint in JointName.allCases {
            #expect(pose.latest(joint) == pose.position(frame: pose.frameCount - 1, joint: joint.index))
        }
    }

    /// Needs 20 ms for a window.
    final class SlowPredictor: PosePredicting {
        let asked = Mutex(0)
        private let inner: ReplayPredictor

        init(_ inner: ReplayPredictor) {
            self.inner = inner
        }

        func predict(_ window: ImuWindow) async throws -> PoseEstimate {
            asked.withLock { $0 += 1 }
            try await Task.sleep(for: .milliseconds(20))
            return try await inner.predict(window)
        }
    }

    @Test func anEngineTellsWhetherTheCalibrationCoversTheWearer() throws {
        let payload = try Shipped.payload()
        let covered = payload.profile.validity.stature
        for (height, covers) in [(covered.lowerBound, true), (covered.upperBound, true), (1.2, false), (2.3, false)] {
            let engine = PoseEngine(
                wearer: try .sample(stature: height), payload: payload,
                predictor: try ReplayPredictor(payload: payload))
            #expect(engine.calibrationCoversWearer == covers, "\(height) m")
        }
        #expect(payload.profile.validity.rateHz == payload.contract.rateHz)
        #expect(Set(payload.profile.validity.exercises).isSubset(of: Set(Exercise.allCases)))
    }
}
