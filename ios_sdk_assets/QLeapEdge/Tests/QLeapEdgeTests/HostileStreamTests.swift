import Foundation
import Testing

@testable import QLeapEdge

/// Streams with stamps and values that no sensor delivers: typed errors or windows of finite numbers, and no end of the evidence.
@Suite struct HostileStreamTests {
    static let seed: UInt64 = 31_415_926

    static let hostile: [Double] = [
        .nan, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1e300, -1e200, 1e155, -1e154,
        3.5e38,
        -1e39, 1e20, 1e6, -1e5, .leastNonzeroMagnitude, .leastNormalMagnitude, -0.0, 0,
    ]

    /// How a stream is broken.
    struct Recipe {
        let rateHz: Double
        let start: Double
        let unit: Double
        let stampShare: Double
        let valueShare: Double
        let count: Int

        init(using random: inout SplitMix64) {
            rateHz = random.pick([1, 10, 48.9, 50, 50, 52, 99.5, 100, 100, 100, 200, 800, 1999, 2500])
            start = random.pick([0, 0, 0, 1e3, -5, 1e9, 1e12, 1e15, 1e17, -1e16, 1e300, -1e300, .leastNonzeroMagnitude])
            unit = random.pick([1, 1, 1, 1, 1, 1e3, 1e6, 1e9, 1e-3])
            stampShare = random.pick([0, 0, 0.002, 0.02, 0.2, 0.9])
            valueShare = random.pick([0, 0.002, 0.002, 0.02, 0.2, 0.9])
            count = random.pick([3, 50, 300, 600])
        }
    }

    static func samples(_ recipe: Recipe, using random: inout SplitMix64) -> [MotionSample] {
        var time = recipe.start
        return (0..<recipe.count).map { index in
            let step = recipe.unit / recipe.rateHz
            time += step
            if random.chance(recipe.stampShare) { time = stamp(after: time, step, using: &random) }
            let stamp = time
            if !time.isFinite || abs(time) > 1e17 { time = recipe.start + Double(index) * step }
            func vector(_ scale: Double) -> SIMD3<Double> {
                var value = SIMD3(sin(0.07 * Double(index)), cos(0.05 * Double(index)), 0.3) * scale
                if random.chance(recipe.valueShare) {
                    value[Int.random(in: 0..<3, using: &random)] = random.pick(hostile)
                }
                return value
            }
            return MotionSample(
                timestamp: stamp, gravity: vector(0.9), userAcceleration: vector(0.4), rotationRate: vector(3))
        }
    }

    private static func stamp(after time: Double, _ step: Double, using random: inout SplitMix64) -> Double {
        switch Int.random(in: 0..<9, using: &random) {
        case 0: random.pick(hostile)
        case 1: time - step  // an exact repeat of the stamp before
        case 2: time - random.pick([1e-9, 0.5, 10, 1e6]) * step
        case 3: time.nextUp
        case 4: time - step + 1e-5
        case 5: time + random.pick([0.05, 0.099, 0.101, 1, 1e6, 1e15])
        case 6: -time
        case 7: time * 1e3
        default: time + Double.random(in: -2...2, using: &random) * step
        }
    }

    @Test func hostileStreamsAreRefusedOrHarmless() throws {
        let payload = try Shipped.payload()
        let decoder = try PoseDecoder(
            contract: payload.contract, profile: payload.profile, skeleton: payload.skeleton)
        let outputs = payload.selfTest.outputs.modelOutputs
        var (samples, refusedBatches, windows, skipped) = (0, 0, 0, 0)
        var (longestBatch, longestSample, longestEnd, longestWindow) = (Longest(), Longest(), Longest(), Longest())
        for number in 0..<FuzzSize.streams {
            FuzzSize.begin("stream", number)
            var random = SplitMix64(seed: Self.seed, number: number)
            let stream = Self.samples(Recipe(using: &random), using: &random)
            samples += stream.count
            let wearer = try Wearer.sample(random.pick(BodySide.allCases))
            var windower = MotionWindower(wearer: wearer, contract: payload.contract)
            var evidence = SignEvidence(wear: wearer.wear)
            var search = SetStream(payload.analysis)
            var lever = LeverArmTest()
            var sets: [ExerciseSet] = []
            var found: [ImuWindow] = []
            let single = random.chance(0.5)
            var rest = stream[...]
            while !rest.isEmpty {
                let batch = rest.prefix(single ? 1 : Int.random(in: 0...60, using: &random))
                rest = rest.dropFirst(max(1, batch.count))
                do {
                    func add() throws -> [ImuWindow] {
                        for sample in batch {
                            evidence.add(sample)
                            lever.add(sample)
                        }
                        sets += try search.append(Array(batch))
                        return try windower.append(Array(batch))
                    }
                    let what = "stream \(number), \(batch.count) samples"
                    found +=
                        single ? try longestSample.measure(what, add) : try longestBatch.measure(what, add)
                } catch is StreamError {
                    refusedBatches += 1
                }
            }
            found += longestEnd.measure("stream \(number)") { windower.finish() }
            sets += search.finish()
            for one in sets.flatMap(\.repetitions) {
                let numbers = [one.rangeM, one.meanConcentricVelocity, one.peakConcentricVelocity, one.turnedDeg]
                #expect(numbers.allSatisfy { $0.value.isFinite && $0.standardDeviation.isFinite }, "stream \(number)")
            }
            let fitted = lever.result
            #expect(fitted.leverM.sum().isFinite && fitted.r2?.isFinite != false, "stream \(number)")
            windows += found.count
            skipped += windower.skipped.count
            for window in found {
                #expect(window.values.count == 1200 && window.values.allSatisfy(\.isFinite), "stream \(number)")
                #expect(
                    window.endTimestamp > window.startTimestamp || abs(window.endTimestamp) > 1e12, "stream \(number)")
            }
            if let window = found.last {
                let estimate = try longestWindow.measure("stream \(number)") {
                    try decoder.decode(outputs, window: window)
                }
                #expect(estimate.inputDistance.isFinite, "stream \(number)")
            }
            #expect(evidence.correction?.isFinite != false, "stream \(number)")
            #expect(evidence.leverM.map { $0.sum().isFinite } != false, "stream \(number)")
        }
        FuzzSize.report(
            "\(FuzzSize.streams) streams, \(samples) samples: \(windows) windows, \(skipped) samples skipped, "
                + "\(refusedBatches) batches refused")
        for (what, longest) in [
            ("sample", longestSample), ("batch", longestBatch), ("end", longestEnd), ("window", longestWindow),
        ] {
            FuzzSize.report("longest \(what): \(longest.duration), \(longest.what)")
        }
        #expect(windows > 0 && refusedBatches > 0 && skipped > 0)
    }
}
