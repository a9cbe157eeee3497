#if canImport(CoreML) && os(Linux)
    import CoreML
    import Foundation
    import Testing

    @testable import QLeapEdge

    /// The README's sample runs: samples in, estimates out.
    @Suite struct ReadmeTests {
        @Test func theSampleFollowsAStream() async throws {
            let payload = try Shipped.payload()
            let golden = try Shipped.golden()
            let first = try #require(golden.windows.first)
            var stub = try GoldenModel(payload).stub()
            let answer = stub.answer
            let spec = payload.contract.inputs[0]
            stub.answer = { _ in  // a stream is no golden input: answer as for the first golden window
                let array = try TensorReader.array(first.imu.map(Float.init), spec)
                return try answer(
                    MLDictionaryFeatureProvider(dictionary: [spec.name: MLFeatureValue(multiArray: array)]))
            }
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString + ".mlmodelc")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            StubCoreML.register(stub, at: folder)
            let predictor = try await PosePredictor.load(modelURL: folder)
            let samples = (0..<700).map { index in
                MotionSample(
                    timestamp: Double(index) / 100, gravity: SIMD3(1, 0, 0), userAcceleration: .zero,
                    rotationRate: .zero)
            }
            let batches = AsyncThrowingStream<[MotionSample], any Error> { continuation in
                for start in stride(from: 0, to: samples.count, by: 50) {
                    continuation.yield(Array(samples[start..<start + 50]))
                }
                continuation.finish()
            }
            var shown: [PoseEstimate?] = []
            try await follow(
                batches, wear: WearConfiguration(wrist: .left, crown: .right), statureM: 1.7, predictor: predictor
            ) { shown.append($0) }
            // 7 s of samples less the delay of 0.3 s give 336 steps: windows end at steps 199, 209, ..., 329.
            #expect(shown.count == 14)
        }
    }
#endif
