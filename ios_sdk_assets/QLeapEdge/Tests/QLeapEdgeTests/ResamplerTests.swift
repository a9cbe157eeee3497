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

    @Test func badSamplesAreRefusedAndChangeNothing() throws {
        let samples = Self.stream(rateHz: 100, count: 400) { sin(Double($0) + $1 * 7) }
        var resampler = MotionResampler()
        var steps = try resampler.append(Array(samples[..<200]))
        let nan = ImuSample(timestamp: 2.01, specificForce: SIMD3(.nan, 0, 0), angularVelocity: .zero)
        #expect(throws: StreamError.notFinite(index: 1)) { try resampler.append([samples[200], nan]) }
        let back = samples[150]
        #expect(
            throws: StreamError.timestampNotIncreasing(index: 1, previous: samples[200].timestamp, got: back.timestamp)
        ) { try resampler.append([samples[200], back]) }
        steps += try resampler.append([samples[199]] + Array(samples[200...]))  // an exact repeat is dropped
        steps += resampler.finish()
        #expect(steps == (try Self.all(samples)))
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
}
