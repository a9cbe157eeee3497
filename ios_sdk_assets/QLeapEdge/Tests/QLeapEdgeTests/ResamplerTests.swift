import Foundation
import Testing

@testable import QLeapEdge

/// The live resampler against analysis, against the Python package, and against itself cut differently.
@Suite struct ResamplerTests {
    struct Fixture: Decodable {
        struct Case: Decodable {
            let rate_hz: Double
            let count: Int
            let values: [[Double]]
        }
        let origin: String
        let frequencies_hz: [Double]
        let cases: [Case]
    }

    static func stream(
        rateHz: Double, count: Int, start: Double = 0, _ channel: (_ channel: Int, _ time: Double) -> Double
    ) -> [ImuSample] {
        (0..<count).map { index in
            let time = Double(index) / rateHz
            let c = (0..<6).map { channel($0, time) }
            return ImuSample(
                timestamp: start + time, specificForce: SIMD3(c[0], c[1], c[2]),
                angularVelocity: SIMD3(c[3], c[4], c[5]))
        }
    }

    static func moved(_ sample: ImuSample, to timestamp: Double) -> ImuSample {
        ImuSample(
            timestamp: timestamp, specificForce: sample.specificForce, angularVelocity: sample.angularVelocity)
    }

    static func all(_ samples: [ImuSample]) throws -> [ResampledStep] {
        var resampler = MotionResampler()
        return try resampler.append(samples) + resampler.finish()
    }

    @Test func matchesThePythonAlignment() throws {
        let url = try #require(
            Bundle.module.url(forResource: "resample", withExtension: "json", subdirectory: "Fixtures"))
        let fixture = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
        for expected in fixture.cases {
            let samples = (0..<expected.count).map { index -> ImuSample in
                let time = Double(index) / expected.rate_hz + 2e-6 * sin(1.7 * Double(index))
                let c = fixture.frequencies_hz.enumerated().map { channel, frequency in
                    Double(channel + 1) * sin(2 * Double.pi * frequency * time + 0.3 * Double(channel))
                        + 0.5 * Double(channel)
                }
                return ImuSample(
                    timestamp: time, specificForce: SIMD3(c[0], c[1], c[2]), angularVelocity: SIMD3(c[3], c[4], c[5]))
            }
            let steps = try Self.all(samples)
            #expect(steps.count == expected.values.count)
            for (step, row) in zip(steps, expected.values) {
                let worst = zip(step.sample.channels, row).map { abs($0 - $1) }.max() ?? 0
                #expect(worst < 2e-5, "\(expected.rate_hz) Hz, step \(step.index): off by \(worst)")
            }
        }
    }

    @Test(arguments: [99.27, 100.0, 100.81, 200.723])
    func aBandLimitedSignalComesThrough(_ rateHz: Double) throws {
        func signal(_ channel: Int, _ time: Double) -> Double {
            sin(2 * Double.pi * (1 + 1.5 * Double(channel)) * time) + Double(channel)
        }
        let steps = try Self.all(Self.stream(rateHz: rateHz, count: Int(5 * rateHz), signal))
        for step in steps where step.index >= 20 && step.index < steps.count - 20 {
            for (channel, got) in step.sample.channels.enumerated() {
                #expect(abs(got - signal(channel, Double(step.index) / 50)) < 5e-3)
            }
        }
    }

    @Test func whatFiftyHertzCannotCarryIsRemoved() throws {
        let steps = try Self.all(Self.stream(rateHz: 100, count: 500) { _, time in sin(2 * Double.pi * 35 * time) })
        let middle = steps.dropFirst(30).dropLast(30)
        #expect(!middle.isEmpty)
        #expect(middle.allSatisfy { abs($0.sample.specificForce.x) < 0.01 })
    }

    @Test func aConstantAndARampPassUnchanged() throws {
        let steps = try Self.all(Self.stream(rateHz: 99.5, count: 400) { $0 == 0 ? 9.80665 : 3 * $1 })
        for step in steps {
            #expect(abs(step.sample.specificForce.x - 9.80665) < 1e-9)
            #expect(abs(step.sample.angularVelocity.z - 3 * Double(step.index) / 50) < 1e-9)
        }
    }

    @Test func equalRateIsTheIdentity() throws {
        let samples = Self.stream(rateHz: 50, count: 150) { sin(Double($0 + 1) * $1 * 9) }
        let steps = try Self.all(samples)
        #expect(steps.count == samples.count)
        for (step, sample) in zip(steps, samples) {
            #expect(abs(step.sample.specificForce.y - sample.specificForce.y) < 1e-9)
        }
    }

    @Test(arguments: [1, 3, 10, 97, 200])
    func cuttingTheStreamIntoBatchesChangesNothing(_ size: Int) throws {
        var samples = Self.stream(rateHz: 99.5, count: 450) { sin(Double($0 + 2) * $1 * 5) }
        samples += Self.stream(rateHz: 99.5, count: 300, start: 20) { cos(Double($0 + 1) * $1 * 3) }
        let whole = try Self.all(samples)
        var resampler = MotionResampler()
        var parts: [ResampledStep] = []
        for start in stride(from: 0, to: samples.count, by: size) {
            parts += try resampler.append(Array(samples[start..<min(start + size, samples.count)]))
        }
        parts += resampler.finish()
        #expect(parts == whole)
        #expect(Set(whole.map(\.segment)) == [0, 1])
    }

    @Test func aGapEndsTheSegmentAndBridgesNothing() throws {
        let first = Self.stream(rateHz: 100, count: 301) { channel, _ in Double(channel) }
        let second = Self.stream(rateHz: 100, count: 201, start: 3.2) { channel, _ in Double(channel) + 10 }
        let steps = try Self.all(first + second)
        #expect(steps.filter { $0.segment == 0 }.count == 151)
        #expect(steps.filter { $0.segment == 1 }.count == 101)
        #expect(steps.first { $0.segment == 1 }?.sample.timestamp == 3.2)
        for step in steps {
            #expect(abs(step.sample.specificForce.y - (step.segment == 0 ? 1 : 11)) < 1e-9)
        }
        let short = Self.stream(rateHz: 100, count: 200, start: 3.09) { channel, _ in Double(channel) }
        #expect(Set(try Self.all(first + short).map(\.segment)) == [0])
    }

    @Test func theDelayIsTheDocumentedOne() throws {
        var resampler = MotionResampler()
        let samples = Self.stream(rateHz: 100, count: 1000) { _, time in time }
        #expect(try resampler.append(Array(samples[..<90])).isEmpty)
        #expect(resampler.delayS == nil)
        var newest = try resampler.append(Array(samples[90..<200])).last?.sample.timestamp ?? 0
        let delay = try #require(resampler.delayS)
        #expect(delay < 0.31)
        for sample in samples[200...] {
            newest = try resampler.append([sample]).last?.sample.timestamp ?? newest
            #expect(sample.timestamp - newest <= delay + 1e-9)
        }
    }

    @Test func badSamplesAreSkippedAndCounted() throws {
        let samples = Self.stream(rateHz: 100, count: 400) { sin(Double($0) + $1 * 7) }
        var resampler = MotionResampler()
        var steps = try resampler.append(Array(samples[..<200]))
        let nan = ImuSample(timestamp: 1.999, specificForce: SIMD3(.nan, 0, 0), angularVelocity: .zero)
        let timeless = ImuSample(timestamp: .nan, specificForce: .zero, angularVelocity: .zero)
        let close = Self.moved(samples[200], to: samples[199].timestamp + 1e-6)
        steps += try resampler.append([nan, samples[150], timeless, close, samples[199]] + Array(samples[200...]))
        steps += resampler.finish()
        #expect(steps == (try Self.all(samples)), "an exact repeat is dropped and is no bad sample")
        var wanted = SkippedSamples()
        (wanted.notFinite, wanted.notIncreasing, wanted.tooClose) = (2, 1, 1)
        #expect(resampler.skipped == wanted && resampler.skipped.count == 4)
    }

    /// Before: one such sample made every window that held it one of infinite numbers, and ended the engine's loop.
    @Test(arguments: [1.001 * MotionResampler.maximumMagnitude, 3.5e38, 1e300, .greatestFiniteMagnitude])
    func aValueThatNoSensorGivesIsSkipped(_ value: Double) throws {
        let samples = Self.stream(rateHz: 100, count: 400) { sin(Double($0) + $1 * 7) }
        for sign in [1.0, -1] {
            let force = ImuSample(
                timestamp: 1.995, specificForce: SIMD3(0, sign * value, 0), angularVelocity: .zero)
            let rate = ImuSample(
                timestamp: 1.995, specificForce: .zero, angularVelocity: SIMD3(0, 0, sign * value))
            var resampler = MotionResampler()
            var steps = try resampler.append(samples[..<200] + [force, rate] + samples[200...])
            steps += resampler.finish()
            #expect(steps == (try Self.all(samples)))
            #expect(resampler.skipped.outOfRange == 2 && resampler.skipped.count == 2)
        }
    }

    @Test func theFastestSensorsOfAWatchAreInRange() throws {
        let widest = Self.stream(rateHz: 100, count: 300) { channel, _ in channel < 3 ? 256 * 9.80665 : 70 }
        var resampler = MotionResampler()
        #expect(try !resampler.append(widest).isEmpty && resampler.skipped.count == 0)
    }

    /// A dead sensor, and a clock that was set back: the error comes after a second, and the stream is as it was.
    @Test func aStreamOfBadSamplesIsAnError() throws {
        var resampler = MotionResampler()
        _ = try resampler.append(Self.stream(rateHz: 100, count: 50, start: 9) { _, _ in 1 })
        let back = Self.stream(rateHz: 100, count: MotionResampler.mostBadSamples) { _, _ in 2 }
        let error = #expect(throws: StreamError.self) { try resampler.append(back) }
        let last = SampleProblem.timestampNotIncreasing(previous: 9.49, got: 0.99)
        guard case .badSamples(MotionResampler.mostBadSamples, let newest) = error else {
            Issue.record("wrong error \(String(describing: error))")
            return
        }
        #expect(newest == last && error?.description.contains("expected a stamp after 9.49 s") == true)
        #expect(resampler.skipped.count == 0)
        _ = try resampler.append(Array(back.dropLast()))
        #expect(resampler.skipped.notIncreasing == MotionResampler.mostBadSamples - 1)
    }

    @Test func tooFewSamplesASecondAreRefused() throws {
        var resampler = MotionResampler()
        let error = #expect(throws: StreamError.self) {
            try resampler.append(Self.stream(rateHz: 20, count: 100) { _, time in time })
        }
        guard case .rateTooLow(49, let got) = error else {
            Issue.record("wrong error \(String(describing: error))")
            return
        }
        #expect(abs(got - 20) < 1e-6)
    }

    @Test func tinySegmentsDoNotStopTheStream() throws {
        let lonely = Self.stream(rateHz: 20, count: 2) { _, _ in 1 }
        let rest = Self.stream(rateHz: 100, count: 201, start: 5) { _, _ in 2 }
        let steps = try Self.all(lonely + rest)
        #expect(steps.count == 101)
        #expect(steps.allSatisfy { $0.segment == 1 })
        var empty = MotionResampler()
        #expect(empty.finish().isEmpty)
        #expect(try empty.append([]).isEmpty)
    }

    /// Before: a stall of seconds, a crash by recursion, memory without end, a trap; the shorter the step, the worse.
    @Test(arguments: [1e-5, 1e-6, 1e-12, 1e-300])
    func samplesTooCloseAreSkippedAtOnce(_ step: Double) throws {
        var resampler = MotionResampler()
        let first = Self.stream(rateHz: 100, count: 1) { channel, _ in Double(channel) }
        let second = Self.moved(first[0], to: first[0].timestamp + step)
        _ = try resampler.append(first + [second])
        #expect(resampler.skipped.tooClose == 1)
        #expect(resampler.finish().isEmpty)
    }

    /// Two samples at the shortest step, then the end of the segment: few samples are reflected many times over.
    @Test func aSegmentOfTwoSamplesIsCompletedWithoutRecursion() throws {
        var resampler = MotionResampler()
        let samples = Self.stream(rateHz: 1900, count: 2) { channel, _ in Double(channel) }
        #expect(try resampler.append(samples).isEmpty)
        let steps = resampler.finish()
        #expect(steps.allSatisfy { $0.sample.isFinite })
    }

    @Test func aRateThatNoWatchHasIsRefused() throws {
        let samples = Self.stream(rateHz: 5000, count: 5100) { _, time in sin(time) }
        let error = #expect(throws: StreamError.self) { try Self.all(samples) }
        guard case .rateTooHigh(MotionResampler.maximumRateHz, let got) = error else {
            Issue.record("unexpected \(String(describing: error))")
            return
        }
        #expect(abs(got - 5000) < 1)
    }

    @Test(arguments: [("milliseconds", 1e3), ("microseconds", 1e6), ("nanoseconds", 1e9)])
    func stampsInAnotherUnitAreNamed(_ unit: String, _ perSecond: Double) throws {
        var resampler = MotionResampler()
        let error = #expect(throws: StreamError.self) {
            for sample in Self.stream(rateHz: 100, count: 200, { channel, _ in Double(channel) }) {
                _ = try resampler.append([Self.moved(sample, to: sample.timestamp * perSecond)])
            }
        }
        #expect(error?.description.contains("these look like \(unit)") == true)
    }

    /// Pauses, however many, are no error while a motion lies between them.
    @Test func pausesBetweenMotionsAreNoError() throws {
        var resampler = MotionResampler()
        for pause in 0..<30 {
            let start = Double(pause) * 1000
            _ = try resampler.append(Self.stream(rateHz: 100, count: 3, start: start) { channel, _ in Double(channel) })
        }
        #expect(resampler.segment == 29)
    }
}
