#if canImport(CoreML)
    import CoreML
    import Foundation

    #if canImport(Darwin)
        import Darwin
    #else
        import Glibc
    #endif

    /// Measures the released model on this device: call it from a debug screen on the watch, or run `qleap-bench` on a Mac.
    public enum LatencyBenchmark {
        /// Fewest steady runs: with fewer, the 99th percentile is the slowest run alone.
        package static let fewestRuns = 100

        /// Loads the model and predicts the window of the self-test again and again.
        ///
        /// - Parameters:
        ///   - computeUnits: processors Core ML may use.
        ///   - runs: steady predictions, at least 100; with fewer, the 99th percentile is the slowest run alone.
        ///   - payload: the package's own resource by default.
        ///   - modelURL: as for ``PosePredictor/load(payload:modelURL:computeUnits:cacheFolder:population:)``.
        /// - Returns: what `qleap benchmark latency --measured` reads; write it with `JSONEncoder`.
        /// - Throws: as ``PosePredictor/load(payload:modelURL:computeUnits:cacheFolder:population:)``.
        public static func run(
            computeUnits: MLComputeUnits = .cpuAndNeuralEngine, runs: Int = 300, payload: EdgePayload? = nil,
            modelURL: URL? = nil
        ) async throws -> LatencyRecord {
            let payload = try payload ?? EdgePayload.bundled()
            let before = thermalState
            let loader = ModelLoader(payload: payload, modelURL: modelURL, cacheFolder: nil)
            let found = try await loader.compiledModel()
            let decoder = try PoseDecoder(
                contract: payload.contract, profile: payload.profile, skeleton: payload.skeleton)
            let clock = ContinuousClock()
            let start = clock.now
            let predictor = try await PosePredictor.load(found, decoder, payload, computeUnits)
            let load = clock.now - start
            let first = try await predictor.timedSelfTest()
            var steady: [Duration] = []
            for _ in 0..<max(runs, fewestRuns) {
                try Task.checkCancellation()
                steady.append(try await predictor.timedSelfTest())
            }
            steady.sort()
            func percentile(_ share: Double) -> Double {
                milliseconds(steady[min(steady.count - 1, Int((share * Double(steady.count)).rounded(.up)) - 1)])
            }
            return LatencyRecord(
                schema: LatencyRecord.schemaName, schemaVersion: LatencyRecord.schemaVersion,
                packageSHA256: payload.manifest.packageSHA256, deviceModel: deviceModel, osVersion: osVersion,
                computeUnits: name(of: computeUnits), loadMs: milliseconds(load),
                firstPredictionMs: milliseconds(first), p50Ms: percentile(0.5), p95Ms: percentile(0.95),
                p99Ms: percentile(0.99), runs: steady.count, memoryMegabytes: peakMegabytes,
                thermalStateBefore: before, thermalStateAfter: thermalState,
                measuredOn: String(Date.now.ISO8601Format().prefix(10)))
        }

        private static func milliseconds(_ duration: Duration) -> Double {
            let parts = duration.components
            return Double(parts.seconds) * 1e3 + Double(parts.attoseconds) * 1e-15
        }

        private static func name(of units: MLComputeUnits) -> String {
            switch units {
            case .cpuOnly: "cpu_only"
            case .cpuAndGPU: "cpu_and_gpu"
            case .cpuAndNeuralEngine: "cpu_and_neural_engine"
            default: "all"
            }
        }

        private static var thermalState: String {
            #if canImport(Darwin)
                switch ProcessInfo.processInfo.thermalState {
                case .fair: return "fair"
                case .serious: return "serious"
                case .critical: return "critical"
                default: return "nominal"
                }
            #else
                return "nominal"  // only our tests come here
            #endif
        }

        private static var peakMegabytes: Double {
            var usage = rusage()
            #if canImport(Darwin)
                getrusage(RUSAGE_SELF, &usage)
                return Double(usage.ru_maxrss) / 1e6
            #else
                getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
                return Double(usage.ru_maxrss) * 1024 / 1e6  // Linux counts in KiB
            #endif
        }

        private static var osVersion: String {
            let version = ProcessInfo.processInfo.operatingSystemVersion
            #if os(watchOS)
                let system = "watchOS"
            #elseif os(iOS)
                let system = "iOS"
            #elseif os(macOS)
                let system = "macOS"
            #else
                let system = "Linux"
            #endif
            return "\(system) \(version.majorVersion).\(version.minorVersion).\(version.patchVersion)"
        }

        private static var deviceModel: String {
            #if canImport(Darwin)
                #if os(macOS)
                    let key = "hw.model"
                #else
                    let key = "hw.machine"
                #endif
                var size = 0
                sysctlbyname(key, nil, &size, nil, 0)
                var bytes = [UInt8](repeating: 0, count: size)
                sysctlbyname(key, &bytes, &size, nil, 0)
                return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            #else
                return "Linux"
            #endif
        }
    }
#endif
