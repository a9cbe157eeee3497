#if canImport(CoreML) && os(Linux)
    import CoreML
    import Foundation
    import Synchronization
    import Testing

    @testable import QLeapEdge

    /// The actor against a stand-in Core ML that answers with golden outputs.
    @Suite struct PosePredictorTests {
        let copy: PayloadCopy
        let payload: EdgePayload
        let golden: GoldenDocument
        let model: GoldenModel
        let cache: URL

        init() throws {
            copy = try PayloadCopy()
            let shipped = try Shipped.payload()
            payload = EdgePayload(
                location: PayloadLocation(folder: copy.folder, packageName: shipped.manifest.packageName),
                manifest: shipped.manifest, contract: shipped.contract, profile: shipped.profile,
                skeleton: shipped.skeleton, selfTest: shipped.selfTest, analysis: shipped.analysis,
                verification: shipped.verification)
            golden = try Shipped.golden()
            model = try GoldenModel(payload)
            cache = copy.folder.appendingPathExtension("cache")
        }

        func predictor(_ twist: GoldenModel.Twist = .none) async throws -> PosePredictor {
            let package = try #require(payload.location.package)
            StubCoreML.register(model.stub(twist), at: package)
            return try await PosePredictor.load(payload: payload, cacheFolder: cache)
        }

        func window(_ index: Int = 0, wearer: Wearer? = nil) throws -> ImuWindow {
            ImuWindow(values: golden.windows[index].imu.map(Float.init), wearer: try wearer ?? .sample())
        }

        @Test func thePredictorKeepsWhatTheEngineReliesOn() async throws {
            try await checkPredictor(try await predictor(), payload: payload)
        }

        @Test(arguments: [GoldenModel.Twist.none, .paddedRows, .transposed])
        func predictionsMatchTheGoldenVectorsInAnyMemoryLayout(_ twist: GoldenModel.Twist) async throws {
            let predictor = try await predictor(twist)
            defer { try? FileManager.default.removeItem(at: cache) }
            let decoder = try PoseDecoder(
                contract: payload.contract, profile: payload.profile, skeleton: payload.skeleton)
            for (index, expected) in golden.windows.enumerated() {
                for decoded in expected.decoded {
                    let input = try window(index, wearer: try decoded.wearer())
                    let got = try await predictor.predict(input)
                    let direct = try decoder.decode(expected.outputs.modelOutputs, window: input)
                    #expect(got == direct)
                    #expect(got.isAbstaining == decoded.abstain)
                    #expect(got.reasons == decoded.reasons)
                    let newest = try #require(decoded.frames.last)
                    let offset = 3 * (decoded.frames.count - 1) * got.jointCount
                    for joint in 0..<got.jointCount {
                        let position = try #require(got.position(frame: newest, joint: joint))
                        for axis in 0..<3 {
                            let wanted = decoded.poseM[offset + 3 * joint + axis]
                            #expect(abs(position[axis] - wanted) <= golden.tolerance)
                        }
                    }
                }
            }
        }

        @Test func brokenAnswersAreTypedErrors() async throws {
            defer { try? FileManager.default.removeItem(at: cache) }
            func error(_ twist: GoldenModel.Twist) async -> PredictorError? {
                // The self-test asks the model.
                await #expect(throws: PredictorError.self) { try await predictor(twist) }
            }
            let names = payload.contract.outputs.map(\.name).sorted()
            let missing = await error(.without("form_logits"))
            #expect(missing == .missingFeature(name: "form_logits", available: names.filter { $0 != "form_logits" }))
            let pose = try payload.contract.output(.pose).shape
            let reshaped = await error(.reshaped("pose"))
            #expect(reshaped == .featureShape(name: "pose", expected: pose, got: pose + [1]))
            let doubled = await error(.doubled("how_embedding"))
            #expect(doubled == .featureType(name: "how_embedding", expected: "float32", got: "float64"))
            let scalar = await error(.scalar("pose"))
            #expect(scalar == .featureType(name: "pose", expected: "float32", got: "no multi-array"))
            let layout = await error(.brokenStrides("exercise_logits"))
            guard case .featureLayout("exercise_logits", _, _) = layout else {
                Issue.record("wrong error \(String(describing: layout))")
                return
            }
            let failing = await error(.failing)
            #expect(failing == .predictionFailed(reason: "the engine is on fire"))
        }

        @Test func aWindowOfAnotherSizeIsRefused() async throws {
            let predictor = try await predictor()
            await #expect(throws: PredictorError.inputSize(expected: 1200, got: 5)) {
                try await predictor.predict(ImuWindow(values: [1, 2, 3, 4, 5], wearer: try .sample()))
            }
        }

        @Test func aCancelledTaskThrowsAndAsksNothing() async throws {
            let asked = Asked()  // the first question is the self-test's
            var stub = model.stub()
            let answer = stub.answer
            stub.answer = { input in
                let isFirst = asked.count.withLock { count in
                    count += 1
                    return count == 1
                }
                if !isFirst { withUnsafeCurrentTask { $0?.cancel() } }
                return try answer(input)
            }
            let package = try #require(payload.location.package)
            StubCoreML.register(stub, at: package)
            let predictor = try await PosePredictor.load(payload: payload, cacheFolder: cache)
            let input = try window()
            let before = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await predictor.predict(input)
            }
            await #expect(throws: CancellationError.self) { try await before.value }
            #expect(asked.count.withLock { $0 } == 1)
            let during = Task { try await predictor.predict(input) }
            await #expect(throws: CancellationError.self) { try await during.value }
            #expect(asked.count.withLock { $0 } == 2)
            let loading = Task { [payload, cache] in
                withUnsafeCurrentTask { $0?.cancel() }
                return try await PosePredictor.load(payload: payload, cacheFolder: cache)
            }
            await #expect(throws: CancellationError.self) { try await loading.value }
        }

        @Test func thePackageIsCompiledOnceAndKeptUnderItsDigest() async throws {
            let package = try #require(payload.location.package)
            let first = try await predictor()
            let second = try await predictor()
            #expect(StubCoreML.compileCount(of: package) == 1)
            let kept = try FileManager.default.contentsOfDirectory(atPath: cache.path)
            #expect(Set(kept.map { URL(fileURLWithPath: $0).pathExtension }) == ["mlmodelc", "sha256"])
            #expect(kept.count == 2 && kept.allSatisfy { $0.hasPrefix(payload.manifest.packageSHA256) })
            #expect(first.source == .bundledPackage(path: package.path))
            #expect(second.source.isVerified)
        }

        @Test(arguments: ["exchanged", "damaged", "without its digest", "one that does not load"])
        func aBadCopyInTheCacheIsCompiledAgain(_ fault: String) async throws {
            let package = try #require(payload.location.package)
            _ = try await predictor()
            let kept = try CompiledModelCache(folder: cache, packageSHA256: payload.manifest.packageSHA256)
            let origin = kept.model.appendingPathComponent("stub-origin.txt")
            switch fault {
            case "exchanged": try Data("/another/model".utf8).write(to: origin)
            case "damaged": try FileManager.default.removeItem(at: origin)
            case "without its digest":
                try FileManager.default.removeItem(
                    at: kept.model.deletingPathExtension().appendingPathExtension("sha256"))
            default:
                let broken = copy.url("broken.mlmodelc")
                try FileManager.default.createDirectory(at: broken, withIntermediateDirectories: true)
                try Data("/no/model".utf8).write(to: broken.appendingPathComponent("stub-origin.txt"))
                _ = try kept.keep(broken)
            }
            let healed = try await predictor()
            #expect(StubCoreML.compileCount(of: package) == 2)
            #expect(healed.source.isVerified && kept.intactModel() != nil)
            _ = try await predictor()
            #expect(StubCoreML.compileCount(of: package) == 2)
        }

        @Test func copiesOfOtherPackagesAreRemovedAndNothingElse() async throws {
            let other = String(repeating: "a", count: 64) + "-1.2.3"
            for name in [other + ".mlmodelc", other + ".sha256", "notes.sha256", "mine.mlmodelc"] {
                let folder = cache.appendingPathComponent(name)
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            }
            _ = try await predictor()
            let kept = try FileManager.default.contentsOfDirectory(atPath: cache.path)
            #expect(kept.count == 4 && kept.contains("notes.sha256") && kept.contains("mine.mlmodelc"))
        }

        @Test func aDeviceThatComputesSomethingElseIsRefused() async throws {
            let package = try #require(payload.location.package)
            for name in OutputName.allCases {
                for value in [Float.nan, 30] {
                    StubCoreML.register(model.stub(.off(name.rawValue, by: value)), at: package)
                    let error = await #expect(throws: PredictorError.self) {
                        try await PosePredictor.load(payload: payload, cacheFolder: cache)
                    }
                    guard case .selfTestFailed(name.rawValue, let difference, let tolerance) = error else {
                        Issue.record("wrong error \(String(describing: error))")
                        return
                    }
                    #expect(difference > tolerance)
                }
            }
            StubCoreML.register(model.stub(.off("pose", by: 1e-3)), at: package)  // another order of sums
            _ = try await PosePredictor.load(payload: payload, cacheFolder: cache)
        }

        @Test func theLatencyIsMeasuredInTheFormThatTheGateReads() async throws {
            let compiled = copy.url("timed.mlmodelc")
            try FileManager.default.createDirectory(at: compiled, withIntermediateDirectories: true)
            StubCoreML.register(model.stub(), at: compiled)
            let record = try await LatencyBenchmark.run(
                computeUnits: .cpuOnly, runs: 1, payload: payload, modelURL: compiled)
            try record.validate()
            #expect(record.runs == LatencyBenchmark.fewestRuns && record.computeUnits == "cpu_only")
            #expect(record.loadMs > 0 && record.firstPredictionMs > 0 && record.memoryMegabytes > 1)
            let written = try JSONEncoder().encode(record)
            #expect(try LatencyRecord.decode(written) == record)
            let schema = URL(fileURLWithPath: #filePath).appendingPathComponent(
                "../../../../schema/latency.schema.json")
            guard let data = try? Data(contentsOf: schema.standardizedFileURL) else { return }  // not in a checkout
            let known = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            let keys = try #require(try JSONSerialization.jsonObject(with: written) as? [String: Any]).keys
            #expect(Set(keys) == Set((known["properties"] as? [String: Any] ?? [:]).keys))
        }

        @Test func theCompiledModelOfTheBundleComesBeforeThePackage() async throws {
            let compiled = copy.url(payload.manifest.modelName + ".mlmodelc")
            try FileManager.default.createDirectory(at: compiled, withIntermediateDirectories: true)
            StubCoreML.register(model.stub(), at: compiled)
            let predictor = try await PosePredictor.load(payload: payload, cacheFolder: cache)
            #expect(predictor.source == .bundledCompiled(path: compiled.path))
            #expect(!predictor.source.isVerified)
        }

        @Test func theCallersModelComesFirst() async throws {
            let compiled = copy.url("mine.mlmodelc")
            try FileManager.default.createDirectory(at: compiled, withIntermediateDirectories: true)
            StubCoreML.register(model.stub(), at: compiled)
            let predictor = try await PosePredictor.load(payload: payload, modelURL: compiled, cacheFolder: cache)
            #expect(predictor.source == .callerCompiled(path: compiled.path))

            let package = copy.url("mine.mlpackage")
            try FileManager.default.copyItem(at: try #require(payload.location.package), to: package)
            StubCoreML.register(model.stub(), at: package)
            let other = try await PosePredictor.load(payload: payload, modelURL: package, cacheFolder: cache)
            #expect(other.source == .callerPackage(path: package.path))

            try Data("stray".utf8).write(to: package.appendingPathComponent("stray"))
            let error = await #expect(throws: IntegrityError.self) {
                try await PosePredictor.load(payload: payload, modelURL: package, cacheFolder: cache)
            }
            guard case .wrongPackage = error else {
                Issue.record("wrong error \(String(describing: error))")
                return
            }
        }

        @Test func noModelAnywhereNamesThePlacesSearched() async throws {
            let gone = copy.url("gone.mlmodelc")
            await #expect(throws: PredictorError.modelNotFound(searched: [gone.path])) {
                try await PosePredictor.load(payload: payload, modelURL: gone)
            }
            try FileManager.default.removeItem(at: copy.url(payload.manifest.packageName))
            let bare = try EdgePayload.load(from: copy.folder)
            let error = await #expect(throws: PredictorError.self) { try await PosePredictor.load(payload: bare) }
            guard case .modelNotFound(let searched) = error else {
                Issue.record("wrong error \(String(describing: error))")
                return
            }
            #expect(searched.count == 2)
        }

        @Test func aModelThatBreaksTheContractIsNotLoaded() async throws {
            let compiled = copy.url("other.mlmodelc")
            try FileManager.default.createDirectory(at: compiled, withIntermediateDirectories: true)
            func error(_ change: (inout StubModel) -> Void) async throws -> PredictorError? {
                var stub = model.stub()
                change(&stub)
                StubCoreML.register(stub, at: compiled)
                return await #expect(throws: PredictorError.self) {
                    try await PosePredictor.load(payload: payload, modelURL: compiled)
                }
            }
            let outputs = payload.contract.outputs.map(\.name)
            let missing = try await error { $0.outputs.removeFirst() }
            #expect(missing == .missingFeature(name: outputs[0], available: outputs.dropFirst().sorted()))
            let shape = try await error { $0.inputs[0].shape = [1, 100, 6] }
            #expect(shape == .featureShape(name: "imu", expected: [1, 200, 6], got: [1, 100, 6]))
            let type = try await error { $0.outputs[1].dataType = .float16 }
            #expect(type == .featureType(name: outputs[1], expected: "float32", got: "float16"))
            let kind = try await error { $0.inputs[0].dataType = nil }
            #expect(kind == .featureType(name: "imu", expected: "a multi-array", got: "feature type 2"))
            var open = model.stub()
            for index in open.outputs.indices { open.outputs[index].shape = [] }
            StubCoreML.register(open, at: compiled)
            _ = try await PosePredictor.load(payload: payload, modelURL: compiled)
        }

        @Test func failuresOfCoreMLKeepTheirReason() async throws {
            let unknown = copy.url("unknown.mlmodelc")
            try FileManager.default.createDirectory(at: unknown, withIntermediateDirectories: true)
            let load = await #expect(throws: PredictorError.self) {
                try await PosePredictor.load(payload: payload, modelURL: unknown)
            }
            guard case .loadFailed(unknown.path, _) = load else {
                Issue.record("wrong error \(String(describing: load))")
                return
            }
            let compile = await #expect(throws: PredictorError.self) {
                try await PosePredictor.load(payload: payload, cacheFolder: cache)  // never registered
            }
            guard case .compilationFailed(_, let reason) = compile else {
                Issue.record("wrong error \(String(describing: compile))")
                return
            }
            #expect(reason.contains("no stub"))
        }

        @Test(arguments: [MLComputeUnits.cpuOnly, .cpuAndNeuralEngine, .all])
        func computeUnitsReachCoreML(_ units: MLComputeUnits) async throws {
            let compiled = copy.url("units.mlmodelc")
            try FileManager.default.createDirectory(at: compiled, withIntermediateDirectories: true)
            let seen = Seen()
            var stub = model.stub()
            stub.onLoad = { units in seen.units.withLock { $0 = units } }
            StubCoreML.register(stub, at: compiled)
            _ = try await PosePredictor.load(payload: payload, modelURL: compiled, computeUnits: units)
            #expect(seen.units.withLock { $0 } == units)
        }

        @Test func manyTasksMayAskAtOnce() async throws {
            let predictor = try await predictor()
            let windows = try golden.windows.indices.map { try window($0, wearer: try .sample(.right)) }
            let estimates = try await withThrowingTaskGroup(of: (Int, PoseEstimate).self) { group in
                for index in 0..<9 {
                    let input = windows[index % windows.count]
                    group.addTask { (index % windows.count, try await predictor.predict(input)) }
                }
                return try await group.reduce(into: [:]) { $0[$1.0, default: []].append($1.1) }
            }
            for (_, answers) in estimates { #expect(Set(answers.map(\.logSigma)).count == 1) }
        }

        final class Asked: Sendable {
            let count = Mutex(0)
        }

        final class Seen: Sendable {
            let units = Mutex<MLComputeUnits?>(nil)
        }
    }
#endif
