import Foundation
import Testing

@testable import QLeapEdge

/// What the Python package says of recordings, real ones among them, this package says too.
@Suite struct AnalysisGoldenTests {
    let payload: EdgePayload

    init() throws {
        payload = try Shipped.payload()
    }

    @Test(arguments: GoldenSession.names)
    func slowSignalsAreThoseOfPython(_ name: String) throws {
        let golden = try GoldenSession(name)
        let stretches = Self.stretches(golden.recording.samples)
        let filter = SlowSignalFilter(parameters: payload.analysis.slowSignals)
        var shown = 0
        for expected in golden.slow {
            let motion = try #require(stretches.first { abs($0.timeS[0] - expected.timeS[0]) < 0.05 })
            let startS = motion.timeS[0]
            let total = filter.totalSteps(from: startS, to: motion.timeS[motion.count - 1])
            var whole = SlowSignals()
            for part in 0...(total / payload.analysis.slowSignals.partSteps) {
                whole.append(filter.part(part, of: motion, startS: startS, total: total))
            }
            for (index, stampS) in expected.timeS.enumerated() {
                let step = 20 * index
                #expect(abs(whole.timeS[step] - stampS) < 1e-6)
                #expect(abs(whole.heightM[step] - expected.heightM[index]) < 1e-5)
                #expect((whole.up[step] - expected.up[index]).norm < 1e-5)
                shown += 1
            }
        }
        #expect(shown > 8)
    }

    @Test(arguments: GoldenSession.names)
    func sessionsAreThoseOfPython(_ name: String) async throws {
        let golden = try GoldenSession(name)
        for batch in [1, 50, 100_000] {
            let follower = golden.follower(payload)
            let samples = golden.recording.samples
            for first in stride(from: 0, to: samples.count, by: batch) {
                _ = try await follower.append(Array(samples[first..<min(first + batch, samples.count)]))
            }
            let sets = await follower.finish().compactMap { event -> SetResult? in
                if case .set(let set) = event { return set }
                return nil
            }
            let encoded = try JSONSerialization.jsonObject(with: JSONEncoder().encode(sets))
            let compared = try compare(golden.sets, encoded, at: name)
            #expect(compared >= 100)
        }
    }

    @Test(arguments: GoldenSession.names)
    func theLeverArmTestIsThatOfPython(_ name: String) throws {
        let golden = try GoldenSession(name)
        var test = LeverArmTest()
        golden.recording.samples.forEach { test.add($0) }
        let statement = test.result.statement(golden.wearer.wear)
        #expect(statement.leverArm == golden.lever.agreement)
        #expect(statement.verdict == golden.lever.verdict)
        #expect((SIMD3(statement.lever) - SIMD3(golden.lever.m)).norm < 1e-5)
        #expect((statement.r2 == nil) == (golden.lever.r2 == nil))
        #expect(abs((statement.r2 ?? 0) - (golden.lever.r2 ?? 0)) < 1e-5)
    }

    /// Compares numbers to 1e-5 of their size, and everything else exactly; returns how many values were compared.
    private func compare(_ expected: Any, _ got: Any, at place: String) throws -> Int {
        switch (expected, got) {
        case (let one as [String: Any], let other as [String: Any]):
            #expect(Set(one.keys) == Set(other.keys), "\(place)")
            return try one.reduce(0) { sum, pair in
                let value = try #require(other[pair.key], "\(place).\(pair.key)")
                return try sum + compare(pair.value, value, at: "\(place).\(pair.key)")
            }
        case (let one as [Any], let other as [Any]):
            try #require(one.count == other.count, "\(place): \(one.count) and \(other.count)")
            return try one.indices.reduce(0) { try $0 + compare(one[$1], other[$1], at: "\(place)[\($1)]") }
        case (is NSNull, is NSNull): return 1
        case (let one as String, let other as String):
            #expect(one == other, "\(place)")
            return 1
        case (let one as NSNumber, let other as NSNumber):
            let (first, second) = (one.doubleValue, other.doubleValue)
            #expect(abs(first - second) <= 1e-5 * max(1, abs(first)), "\(place): \(first) and \(second)")
            return 1
        default:
            Issue.record("\(place): \(expected) and \(got)")
            return 1
        }
    }

    private static func stretches(_ samples: [MotionSample]) -> [VerticalMotion] {
        var found: [[MotionSample]] = []
        for sample in samples {
            if let last = found.last?.last, sample.timestamp - last.timestamp <= 0.1 {
                found[found.count - 1].append(sample)
            } else {
                found.append([sample])
            }
        }
        return found.filter { $0.count > 200 }.map { part in
            let seconds = part[part.count - 1].timestamp - part[0].timestamp
            var motion = VerticalMotion(rateHz: Double(part.count - 1) / seconds)
            part.forEach { motion.append($0) }
            return motion
        }
    }
}
