import Foundation
import QLeapEdge

/// Writes a line to standard error and ends.
func stop(_ line: String, code: Int32) -> Never {
    FileHandle.standardError.write(Data((line + "\n").utf8))
    exit(code)
}

let usage = "usage: qleap-bench [RUNS [cpu_only|cpu_and_gpu|cpu_and_neural_engine|all]]"
#if canImport(CoreML)
    import CoreML

    let units: [String: MLComputeUnits] = [
        "cpu_only": .cpuOnly, "cpu_and_gpu": .cpuAndGPU, "cpu_and_neural_engine": .cpuAndNeuralEngine, "all": .all,
    ]
    let arguments = CommandLine.arguments.dropFirst()
    let name = arguments.count > 1 ? arguments.last ?? "" : "cpu_and_neural_engine"
    guard arguments.count <= 2, let runs = Int(arguments.first ?? "300"), let allowed = units[name],
        runs >= LatencyBenchmark.fewestRuns
    else { stop("\(usage)\nat least \(LatencyBenchmark.fewestRuns) runs", code: 2) }
    do {
        let record = try await LatencyBenchmark.run(computeUnits: allowed, runs: runs)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(record), as: UTF8.self))
    } catch {
        stop(explained(error), code: 3)
    }
#else
    stop("qleap-bench: Core ML is not on this system; run it on a Mac, or LatencyBenchmark.run in an app", code: 3)
#endif
