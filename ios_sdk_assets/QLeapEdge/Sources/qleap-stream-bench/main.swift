import Foundation
import QLeapEdge

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What everything but the model costs: samples at 100 Hz through windows, evidence about the signs and decoding.
///
/// With `--sets` also through the search for sets, with `--counting` also a count once a second. A window is decoded with the recorded outputs of the self-test, as if the model had answered. `share_of_core_at_100_hz` is the
/// processor time of a sample over the 10 ms between two.
struct StreamBenchmark: Encodable {
    let samples: Int
    let batch: Int
    let windows: Int
    let secondsASample: Double
    let shareOfCore: Double
    let peakAtTenthMegabytes: Double
    let peakMegabytes: Double
    let verdict: SignVerdict
    let sets: Int?
    let keptSamples: Int?

    enum CodingKeys: String, CodingKey {
        case samples
        case batch
        case windows
        case secondsASample = "cpu_seconds_per_sample"
        case shareOfCore = "share_of_core_at_100_hz"
        case peakAtTenthMegabytes = "peak_resident_megabytes_at_tenth"
        case peakMegabytes = "peak_resident_megabytes"
        case verdict = "sign_verdict"
        case sets
        case keptSamples = "samples_in_memory"
    }

    static let rateHz = 100.0

    /// Pushes samples through, in batches as the sensor delivers them.
    static func run(samples: Int, batch: Int, findsSets: Bool, counts: Bool) throws -> StreamBenchmark {
        let payload = try EdgePayload.bundled()
        let decoder = try PoseDecoder(
            contract: payload.contract, profile: payload.profile, skeleton: payload.skeleton)
        let outputs = payload.selfTest.outputs.modelOutputs
        let wear = WearConfiguration(wrist: .left, crown: .right)
        var windower = MotionWindower(wearer: try Wearer(stature: 1.75, wear: wear), contract: payload.contract)
        var evidence = SignEvidence(wear: wear)
        let motion = ArmMotion(rateHz: rateHz)
        var (windows, waiting, peakAtTenth) = (0, [MotionSample](), 0.0)
        var stream = findsSets ? SetStream(payload: payload) : nil
        var sets = 0
        let start = Usage.now
        for number in 0..<samples {
            let sample = motion.sample(number)
            evidence.add(sample)
            waiting.append(sample)
            if waiting.count == batch || number == samples - 1 {
                for window in try windower.append(waiting) {
                    _ = try decoder.decode(outputs, window: window)
                    windows += 1
                }
                sets += try stream?.append(waiting).count ?? 0
                waiting.removeAll(keepingCapacity: true)
            }
            if counts, number % Int(rateHz) == 0 { _ = stream?.provisional.count }
            if number == samples / 10 { peakAtTenth = Usage.now.peakMegabytes }
        }
        let end = Usage.now
        let seconds = (end.seconds - start.seconds) / Double(samples)
        return StreamBenchmark(
            samples: samples, batch: batch, windows: windows, secondsASample: seconds, shareOfCore: seconds * rateHz,
            peakAtTenthMegabytes: peakAtTenth, peakMegabytes: end.peakMegabytes, verdict: evidence.verdict,
            sets: stream.map { _ in sets }, keptSamples: stream?.keptSamples)
    }
}

/// A stiff arm that turns about a fixed joint and repeats after 20 s, so that a sample costs no more than a look-up.
struct ArmMotion {
    private let period: [MotionSample]
    private let rateHz: Double

    init(rateHz: Double) {
        self.rateHz = rateHz
        let count = Int(20 * rateHz)
        period = (0..<count).map { number in
            let angle = { (cycles: Double) in 2 * Double.pi * cycles * Double(number) / Double(count) }
            let tilt = 0.6 * sin(angle(9))
            return MotionSample(
                timestamp: 0, gravity: SIMD3(-cos(tilt), 0, -sin(tilt)),
                userAcceleration: SIMD3(0.2 * cos(angle(18)), 0.05 * sin(angle(7)), 0.3 * sin(angle(9))),
                rotationRate: SIMD3(1.7 * cos(angle(7)), 2.2 * cos(angle(9)), 1.5 * cos(angle(12))))
        }
    }

    func sample(_ number: Int) -> MotionSample {
        let sample = period[number % period.count]
        return MotionSample(
            timestamp: 100 + Double(number) / rateHz, gravity: sample.gravity,
            userAcceleration: sample.userAcceleration, rotationRate: sample.rotationRate)
    }
}

/// Processor time and peak resident memory of this process.
struct Usage {
    let seconds: Double
    let peakMegabytes: Double

    static var now: Usage {
        var usage = rusage()
        #if canImport(Darwin)
            getrusage(RUSAGE_SELF, &usage)
            let bytes = Double(usage.ru_maxrss)
        #else
            getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
            let bytes = Double(usage.ru_maxrss) * 1024  // Linux counts in KiB
        #endif
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
        return Usage(seconds: seconds(usage.ru_utime) + seconds(usage.ru_stime), peakMegabytes: bytes / 1e6)
    }
}

/// Writes a line to standard error and ends.
func stop(_ line: String, code: Int32) -> Never {
    FileHandle.standardError.write(Data((line + "\n").utf8))
    exit(code)
}

let options = CommandLine.arguments.dropFirst().filter { $0.hasPrefix("--") }
let arguments = CommandLine.arguments.dropFirst().filter { !$0.hasPrefix("--") }
let numbers = arguments.compactMap { Int($0) }
guard arguments.count <= 2, numbers.count == arguments.count, numbers.allSatisfy({ $0 > 0 }),
    options.allSatisfy({ ["--sets", "--counting"].contains($0) })
else {
    stop("usage: qleap-stream-bench [SAMPLES [BATCH]] [--sets] [--counting]", code: 2)
}
do {
    let measured = try StreamBenchmark.run(
        samples: numbers.first ?? 1_000_000, batch: numbers.count > 1 ? numbers[1] : 1,
        findsSets: !options.isEmpty, counts: options.contains("--counting"))
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    print(String(decoding: try encoder.encode(measured), as: UTF8.self))
} catch {
    stop(explained(error), code: 3)
}
