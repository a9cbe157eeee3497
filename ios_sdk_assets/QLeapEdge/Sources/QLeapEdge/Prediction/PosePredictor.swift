#if canImport(CoreML)
    import CoreML
    import Foundation

    /// The model, one prediction at a time.
    ///
    /// The actor owns the `MLModel`, which is not safe to share; predictions queue up behind one another. A prediction
    /// occupies its thread for as long as Core ML computes.
    public actor PosePredictor: PosePredicting {
        /// Where the model came from, and whether its bytes were verified.
        public nonisolated let source: ModelSource
        /// Contract, profile, skeleton, and which payload files were verified.
        public nonisolated let payload: EdgePayload

        private let model: MLModel
        private let decoder: PoseDecoder

        /// Loads payload and model, checks the model against the contract, and runs the self-test on this device.
        ///
        /// - Parameters:
        ///   - payload: the payload to use; the package's own resource by default.
        ///   - modelURL: a `.mlmodelc` or, except on watchOS, an `.mlpackage` of the caller's. A package must be the very
        ///     one the profile was fitted on. Give it when the app is assembled without SwiftPM's resource bundle.
        ///   - computeUnits: processors Core ML may use.
        ///   - cacheFolder: where a model compiled at run time is kept; Application Support/QLeapEdge by default.
        ///   - population: for whom σ is calibrated.
        /// - Throws: ``DocumentError``, ``IntegrityError``, ``PredictorError``, `CancellationError`.
        public static func load(
            payload: EdgePayload? = nil, modelURL: URL? = nil, computeUnits: MLComputeUnits = .all,
            cacheFolder: URL? = nil, population: Population = .captured
        ) async throws -> PosePredictor {
            let payload = try payload ?? EdgePayload.bundled()
            let decoder = try PoseDecoder(
                contract: payload.contract, profile: payload.profile, skeleton: payload.skeleton,
                population: population)
            let loader = ModelLoader(payload: payload, modelURL: modelURL, cacheFolder: cacheFolder)
            var found = try await loader.compiledModel()
            try Task.checkCancellation()
            let predictor: PosePredictor
            do {
                predictor = try await load(found, decoder, payload, computeUnits)
            } catch PredictorError.loadFailed where found.isFromCache {
                found = try await loader.compiledModel(ignoringCache: true)
                predictor = try await load(found, decoder, payload, computeUnits)
            }
            try await predictor.runSelfTest()
            return predictor
        }

        /// Loads a compiled model and checks it against the contract.
        static func load(
            _ found: ModelLoader.Found, _ decoder: PoseDecoder, _ payload: EdgePayload, _ computeUnits: MLComputeUnits
        ) async throws -> PosePredictor {
            let configuration = MLModelConfiguration()
            configuration.computeUnits = computeUnits
            let url = found.url
            let model: MLModel
            do {
                model = try await MLModel.load(contentsOf: url, configuration: configuration)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                throw PredictorError.loadFailed(path: url.path, reason: error.localizedDescription)
            }
            try Task.checkCancellation()
            try checkFeatures(of: model.modelDescription, against: payload.contract)
            return PosePredictor(model: model, decoder: decoder, source: found.source, payload: payload)
        }

        /// How long one prediction takes: the window of the self-test, without decoding.
        func timedSelfTest() throws -> Duration {
            let window = payload.selfTest.imu.map(Float.init)
            return try ContinuousClock().measure { _ = try rawOutputs(of: window) }
        }

        /// Predicts the window of the self-test; it also warms the model up.
        private func runSelfTest() throws {
            try payload.selfTest.compare(try rawOutputs(of: payload.selfTest.imu.map(Float.init)))
        }

        private init(model: sending MLModel, decoder: PoseDecoder, source: ModelSource, payload: EdgePayload) {
            self.model = model
            self.decoder = decoder
            self.source = source
            self.payload = payload
        }

        /// Predicts one window and decodes the answer with the profile.
        ///
        /// - Parameter window: model input, 200 steps of left-arm frame C, with its wearer.
        /// - Returns: the estimate; show it only where ``PoseEstimate/isAbstaining`` is false.
        /// - Throws: ``PredictorError``, ``DecodingProblem``, `CancellationError` when the task has been cancelled before
        ///   or during the prediction.
        public func predict(_ window: ImuWindow) async throws -> PoseEstimate {
            try Task.checkCancellation()
            let outputs = try rawOutputs(of: window.values)
            try Task.checkCancellation()
            return try decoder.decode(outputs, window: window)
        }

        /// Asks the model.
        ///
        /// Not `async`, so that Core ML's synchronous `prediction(from:)` is meant: its asynchronous
        /// twin would take the model out of the actor's protection.
        private func rawOutputs(of values: [Float]) throws -> ModelOutputs {
            let contract = decoder.contract
            let input = contract.inputs[0]
            let array = try TensorReader.array(values, input)
            let answer: any MLFeatureProvider
            do {
                let provider = try MLDictionaryFeatureProvider(dictionary: [
                    input.name: MLFeatureValue(multiArray: array)
                ])
                answer = try model.prediction(from: provider)
            } catch {
                throw PredictorError.predictionFailed(reason: error.localizedDescription)
            }
            func read(_ name: OutputName) throws -> [Float] {
                try TensorReader.read(contract.output(name), from: answer)
            }
            return ModelOutputs(
                pose: try read(.pose), poseLogVariance: try read(.poseLogVariance),
                exerciseLogits: try read(.exerciseLogits), formLogits: try read(.formLogits),
                whatEmbedding: try read(.whatEmbedding), howEmbedding: try read(.howEmbedding))
        }

        /// Compares the model's features with the contract: names, kinds, element types, and shapes where the model
        /// states them (an ML Program may leave an output's shape open; it is checked again at every prediction).
        private static func checkFeatures(
            of description: MLModelDescription, against contract: ContractDocument
        ) throws {
            try check(contract.inputs, against: description.inputDescriptionsByName)
            try check(contract.outputs, against: description.outputDescriptionsByName)
        }

        private static func check(_ specs: [TensorSpec], against features: [String: MLFeatureDescription]) throws {
            for spec in specs {
                guard let feature = features[spec.name] else {
                    throw PredictorError.missingFeature(name: spec.name, available: features.keys.sorted())
                }
                guard feature.type == .multiArray, let constraint = feature.multiArrayConstraint else {
                    throw PredictorError.featureType(
                        name: spec.name, expected: "a multi-array", got: "feature type \(feature.type.rawValue)")
                }
                guard constraint.dataType == .float32 else {
                    throw PredictorError.featureType(
                        name: spec.name, expected: spec.dtype.rawValue, got: TensorReader.name(of: constraint.dataType))
                }
                let shape = constraint.shape.map(\.intValue)
                guard shape.isEmpty || shape == spec.shape else {
                    throw PredictorError.featureShape(name: spec.name, expected: spec.shape, got: shape)
                }
            }
        }
    }
#endif
