import Foundation
import Testing

@testable import QLeapEdge

/// Sets and repetitions: known motion, streams cut anyhow, hostile samples.
@Suite struct AnalysisTests {
    let payload: EdgePayload

    init() throws {
        payload = try Shipped.payload()
    }

    /// A hand that goes up and down `count` times by `rangeM`, from `startS` on, with a still wrist around it.
    private func lifts(
        _ count: Int, rangeM: Double = 0.5, periodS: Double = 3, startS: Double = 5, rateHz: Double = 100,
        tailS: Double = 5
    ) -> [MotionSample] {
        let endS = startS + Double(count) * periodS
        return (0..<Int((endS + tailS) * rateHz)).map { row in
            let timeS = Double(row) / rateHz
            let phase = 2 * Double.pi / periodS
            let isMoving = timeS >= startS && timeS <= endS
            // Height ½ range (1 - cos); CoreMotion's user acceleration is minus the kinematic one, in g.
            let pull = isMoving ? 0.5 * rangeM * phase * phase * cos(phase * (timeS - startS)) : 0
            return MotionSample(
                timestamp: timeS, gravity: SIMD3(0, 0, -1), userAcceleration: SIMD3(0, 0, -pull / 9.80665),
                rotationRate: SIMD3(0.02 * sin(3 * timeS), 0, 0))
        }
    }

    private func sets(_ samples: [MotionSample], batch: Int = 50) throws -> [ExerciseSet] {
        var stream = SetStream(payload.analysis)
        var found: [ExerciseSet] = []
        for first in stride(from: 0, to: samples.count, by: batch) {
            found += try stream.append(Array(samples[first..<min(first + batch, samples.count)]))
        }
        return found + stream.finish()
    }

    @Test func knownLiftsAreCountedAndMeasured() throws {
        let found = try sets(lifts(8))
        #expect(found.count == 1)
        let set = try #require(found.first)
        #expect(set.repetitions.count == 8)
        #expect(set.signal == .travel)
        for one in set.repetitions {
            #expect(abs(one.rangeM.value - 0.5) < max(0.01, 3 * one.rangeM.standardDeviation))
            // The mean of a sine over the half that rises is 2/π of its peak, and the peak is π × range / period.
            #expect(abs(one.peakConcentricVelocity.value - 0.5 * .pi / 3) < 0.05)
            #expect(one.meanConcentricVelocity.value < one.peakConcentricVelocity.value)
            #expect(one.turnedDeg.value < 2)
        }
    }

    @Test func aStillWristHasNoSet() throws {
        #expect(try sets(lifts(0, tailS: 60)).isEmpty)
        #expect(try sets([]).isEmpty)
        #expect(try sets(Array(lifts(3).prefix(100))).isEmpty)
    }

    @Test(arguments: [1, 7, 100, 4096])
    func howTheStreamIsCutChangesNothing(_ batch: Int) throws {
        let samples = lifts(6) + lifts(5, startS: 50).map { $0.later(by: 30) }
        let whole = try sets(samples, batch: samples.count)
        let cut = try sets(samples, batch: batch)
        #expect(whole.map(\.repetitions) == cut.map(\.repetitions))
    }

    @Test func aGapEndsASet() throws {
        let samples = lifts(6, tailS: 0.5)
        let found = try sets(samples + samples.map { $0.later(by: 60) })
        #expect(found.map(\.repetitions.count) == [6, 6])
        #expect((found.first?.endS ?? 0) < 30)
        #expect((found.last?.startS ?? 0) > 60)
    }

    @Test func setsComeBeforeTheStreamEndsAndMemoryIsBounded() throws {
        var stream = SetStream(payload.analysis)
        var seen: [(endS: Double, atS: Double)] = []
        for round in 0..<12 {
            let samples = lifts(6, tailS: 120).map { $0.later(by: 143.0 * Double(round)) }
            for first in stride(from: 0, to: samples.count, by: 100) {
                let batch = Array(samples[first..<min(first + 100, samples.count)])
                for set in try stream.append(batch) {
                    seen.append((set.endS, try #require(batch.last).timestamp))
                }
            }
        }
        #expect(seen.count == 12)
        // Up to a set's own windows, which begin to repeat up to 14 s after its end.
        #expect(seen.allSatisfy { $0.atS - $0.endS < stream.delayS + 14 })
        #expect(stream.keptSamples < 60_000)
        #expect(stream.finish().isEmpty)
    }

    @Test func whatRepeatsForTenMinutesComesInPartsAndNothingTwice() throws {
        var stream = SetStream(payload.analysis)
        let samples = lifts(220, rateHz: 50, tailS: 20)
        var found: [ExerciseSet] = []
        for first in stride(from: 0, to: samples.count, by: 500) {
            found += try stream.append(Array(samples[first..<min(first + 500, samples.count)]))
        }
        let early = found.count
        found += stream.finish()
        #expect(early >= 1 && found.count > early)
        let turns = found.flatMap { $0.repetitions.map(\.turnS) }
        #expect(turns.count >= 210 && turns.count <= 220)
        #expect(zip(turns, turns.dropFirst()).allSatisfy { $1 - $0 > 2 })
    }

    @Test func theProvisionalSetIsTheOneThatAnEndWouldGive() throws {
        var stream = SetStream(payload.analysis)
        let samples = lifts(8)
        _ = try stream.append(Array(samples[..<1700]))
        let now = stream.provisional
        #expect(now.first?.repetitions.count == 4)
        var copy = stream
        #expect(copy.finish().map(\.repetitions) == now.map(\.repetitions))
        _ = try stream.append(Array(samples[1700...]))
        #expect(stream.finish().map(\.repetitions) == (try sets(samples)).map(\.repetitions))
    }

    @Test func badSamplesAreSkippedAndCounted() throws {
        var samples = lifts(6)
        let clean = try sets(samples)
        samples.insert(samples[900], at: 901)  // an exact repeat is dropped, not counted
        samples.insert(samples[500], at: 600)
        samples.insert(samples[700].with(userAcceleration: SIMD3(.nan, 0, 0)), at: 701)
        samples.insert(samples[800].later(by: 1e-6), at: 801)
        var stream = SetStream(payload.analysis)
        let found = try stream.append(samples) + stream.finish()
        #expect(found.map(\.repetitions) == clean.map(\.repetitions))
        #expect(stream.skipped.notFinite == 1)
        #expect(stream.skipped.notIncreasing == 1)
        #expect(stream.skipped.tooClose == 1)
    }

    @Test(arguments: [10.0, 40.0, 3000.0])
    func ratesThatNoWatchHasAreRefused(_ rateHz: Double) throws {
        var stream = SetStream(payload.analysis)
        let samples = (0..<Int(3 * rateHz)).map { row in
            MotionSample(
                timestamp: Double(row) / rateHz, gravity: SIMD3(0, 0, -1), userAcceleration: .zero, rotationRate: .zero)
        }
        if rateHz > 11 {
            #expect(throws: StreamError.self) { try stream.append(samples) }
        } else {
            #expect(try stream.append(samples).isEmpty)  // every step is a gap
        }
    }

    @Test func peaksAreThoseOfTheirDefinition() {
        let wave = (0..<200).map { sin(Double($0) / 8) }
        #expect(PeakFinder.peaks(wave, prominence: 0.5, distance: 1).count == 4)
        #expect(PeakFinder.peaks([0, 1, 1, 1, 0], prominence: 0.5, distance: 1) == [2])
        #expect(PeakFinder.peaks([0, 3, 2, 4, 0], prominence: 0.5, distance: 3) == [3])
        #expect(PeakFinder.peaks([0, 3, 2.9, 4, 0], prominence: 0.5, distance: 1) == [3])
        #expect(PeakFinder.peaks([1, 1], prominence: 0, distance: 1).isEmpty)
    }

    @Test func theNumericsAreThoseOfTheirDefinition() {
        let numbers = [3.0, 1, 2, 10]
        #expect(numbers.median == 2.5)
        #expect(numbers.percentile(25) == 1.75)
        #expect([Double]().median == 0)
        #expect([0.0, 1, 1, 2].firstIndex(notBefore: 1) == 1)
        #expect([0.0, 1, 1, 2].firstIndex(after: 1) == 3)
        var matrix = BandedMatrix(size: 4, diagonal: 2)
        matrix.add([1, -2, 1], at: 1, weight: 0.5)
        let solved = matrix.solved([1, 2, 3, 4])
        let rows: [[Double]] = [[2, 0, 0, 0], [0, 2.5, -1, 0.5], [0, -1, 4, -1], [0, 0.5, -1, 2.5]]
        for (row, right) in zip(rows, [1.0, 2, 3, 4]) {
            #expect(abs(zip(row, solved).reduce(0) { $0 + $1.0 * $1.1 } - right) < 1e-12)
        }
        let axis = PrincipalAxis.of([SIMD3(1, 2, 0), SIMD3(-1, -2, 0), SIMD3(0, 0, 0.1), SIMD3(0.1, -0.05, 0)])
        #expect(abs(abs(axis.dot(SIMD3(1, 2, 0)) / 5.0.squareRoot()) - 1) < 1e-3)
        let level = ZeroPhaseFilter(cutoffHz: 2, rateHz: 100, .low).filtered([Double](repeating: 3, count: 40))
        #expect(level.allSatisfy { abs($0 - 3) < 1e-12 })
        #expect(ZeroPhaseFilter(cutoffHz: 2, rateHz: 100, .high).filtered([1, 2]) == [1, 2])
    }
}

extension MotionSample {
    fileprivate func later(by seconds: Double) -> MotionSample {
        MotionSample(
            timestamp: timestamp + seconds, gravity: gravity, userAcceleration: userAcceleration,
            rotationRate: rotationRate)
    }

    fileprivate func with(userAcceleration: SIMD3<Double>) -> MotionSample {
        MotionSample(
            timestamp: timestamp, gravity: gravity, userAcceleration: userAcceleration, rotationRate: rotationRate)
    }
}
