import Foundation
import QLeapEdge
import Testing

@testable import QLeapEdgeMotion

/// What a recording holds, when it is whole, and what is left of one that is not.
@Suite struct RecordingWriterTests {
    let wear = WearConfiguration(wrist: .right, crown: .left)
    let clock = RecordingClock(unixNanoseconds: 1_700_000_000_000_000_000, uptimeS: 100)

    func writer(_ folder: URL, _ name: String = "set") throws -> RecordingWriter {
        try RecordingWriter(name: name, in: folder, wear: wear, clock: clock)
    }

    @Test func theRowsAreThoseOfTheFormat() async throws {
        try await withFolder { folder in
            let writer = try writer(folder)
            try await writer.append(samples(2))
            #expect(try names(in: folder) == ["set.csv.partial"])
            let finished = try await writer.finish()
            #expect(finished == FinishedRecording(url: writer.url, samples: 2, skipped: 0))
            #expect(try names(in: folder) == ["set.csv"])
            let text = try String(contentsOf: finished.url, encoding: .utf8)
            #expect(
                text == """
                    time,seconds_elapsed,rotationRateX,rotationRateY,rotationRateZ,gravityX,gravityY,gravityZ,\
                    accelerationX,accelerationY,accelerationZ,quaternionW,quaternionX,quaternionY,quaternionZ,wrist,crown
                    1700000000000000000,0.0,0.0,0.0,0.0,0.0,0.0,-1.0,0.1,-0.2,1e-17,1.0,0.0,0.0,0.0,right,left
                    1700000000010000000,0.010000000000005116,1.0,0.0,0.0,0.0,0.0,-1.0,0.1,-0.2,1e-17,1.0,0.0,0.0,0.0,\
                    right,left

                    """)
        }
    }

    @Test func aSourceWithoutAttitudeHasNoSuchColumns() async throws {
        try await withFolder { folder in
            let writer = try writer(folder)
            try await writer.append(samples(3, withAttitude: false))
            await #expect(throws: RecordingWriterError.attitudeMissing(path: writer.url.path, sample: 4)) {
                try await writer.append(samples(1, from: 3))
            }
            let text = try String(contentsOf: try await writer.finish().url, encoding: .utf8)
            #expect(!text.contains("quaternion") && text.split(separator: "\n").count == 4)
        }
    }

    @Test(arguments: [true, false]) func aRecordingReadsBackBitByBit(_ withAttitude: Bool) async throws {
        try await withFolder { folder in
            let written = samples(25, withAttitude: withAttitude)
            let writer = try writer(folder)
            try await writer.append(written)
            let read = try WatchRecording(contentsOf: try await writer.finish().url)
            #expect(read.wear == wear && read.samples.count == 25 && read.startedAt == "2023-11-14T22:13:20Z")
            for (read, sample) in zip(read.samples, written) {
                #expect(abs(read.timestamp - (sample.timestamp - 100)) < 1e-9)
                #expect(read.gravity == sample.gravity && read.rotationRate == sample.rotationRate)
                #expect(read.userAcceleration == sample.userAcceleration)
            }
        }
    }

    @Test(arguments: [
        (2, "left,left", "right and left, as in the rows above"), (1, "up,left", "left or right"),
        (1, ",", "left or right"),
    ])
    func aSideThatIsNoneOrChangesIsRefused(_ line: Int, _ sides: String, _ part: String) async throws {
        try await withFolder { folder in
            let writer = try writer(folder)
            try await writer.append(samples(3))
            let url = try await writer.finish().url
            var lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
            lines[line] = lines[line].replacingOccurrences(of: "right,left", with: sides)
            do {
                _ = try WatchRecording(Data(lines.joined(separator: "\n").utf8), name: "set.csv")
                Issue.record("read")
            } catch let error as RecordingError {
                #expect(error.description.contains(part) && error.description.contains("row \(line + 1)"), "\(error)")
            }
        }
    }

    @Test func samplesThatAreNotFiniteAreLeftOutAndCounted() async throws {
        try await withFolder { folder in
            let writer = try writer(folder)
            let bad = MotionSample(
                timestamp: .nan, gravity: .zero, userAcceleration: .zero, rotationRate: .zero)
            let worse = MotionSample(
                timestamp: 1e300, gravity: .zero, userAcceleration: .zero, rotationRate: SIMD3(0, .infinity, 0))
            try await writer.append([bad] + samples(2) + [worse])
            let finished = try await writer.finish()
            #expect((finished.samples, finished.skipped) == (2, 2))
        }
    }

    @Test func nothingIsOverwrittenAndNoNameLeadsAway() async throws {
        try await withFolder { folder in
            let first = try writer(folder)
            #expect(throws: RecordingWriterError.exists(path: first.partialURL.path)) { try writer(folder) }
            try await first.append(samples(1))
            _ = try await first.finish()
            #expect(throws: RecordingWriterError.exists(path: first.url.path)) { try writer(folder) }
            for name in ["", "../a", "a/b", ".hidden", "a b", "ä"] {
                #expect(throws: RecordingWriterError.name(got: name)) { try writer(folder, name) }
            }
            #expect(throws: RecordingWriterError.self) { try writer(folder.appendingPathComponent("nowhere"), "b") }
        }
    }

    @Test func aClosedOrEmptyRecordingSaysSo() async throws {
        try await withFolder { folder in
            let empty = try writer(folder)
            await #expect(throws: RecordingWriterError.empty(path: empty.url.path)) { try await empty.finish() }
            let discarded = try writer(folder)
            try await discarded.append(samples(1))
            await discarded.discard()
            #expect(try names(in: folder).isEmpty)
            await #expect(throws: RecordingWriterError.closed(path: discarded.url.path)) {
                try await discarded.append(samples(1))
            }
        }
    }

    @Test(arguments: [0, 1, 40, 260])
    func whatAKilledAppLeavesIsCutAtItsLastRow(_ cut: Int) async throws {
        try await withFolder { folder in
            let killed = try writer(folder)
            try await killed.append(samples(50))
            let whole = try Data(contentsOf: killed.partialURL)
            try whole.dropLast(cut).write(to: killed.partialURL)
            #expect(
                try RecordingWriter.unfinished(in: folder).map(\.lastPathComponent)
                    == [killed.partialURL.lastPathComponent])
            let recovered = try RecordingWriter.recover(killed.partialURL)
            #expect(try names(in: folder) == ["set-interrupted.csv"])
            let left = try Data(contentsOf: recovered)
            #expect(whole.starts(with: left) && left.last == UInt8(ascii: "\n"))
            let rows = { (data: Data) in data.filter { $0 == UInt8(ascii: "\n") }.count }
            #expect(rows(left) == rows(whole.dropLast(cut)) && rows(left) > 40)
        }
    }

    @Test func onlyAnUnfinishedRecordingIsRecovered() async throws {
        try await withFolder { folder in
            let header = RecordingFormat.header(withAttitude: true)
            for (name, text) in [
                ("a.csv.partial", ""), ("b.csv.partial", header), ("c.csv.partial", header + "17000"),
                ("d.csv.partial", "time,x\n1,2\n"), ("e.csv", header + "1\n"),
            ] {
                let file = folder.appendingPathComponent(name)
                try Data(text.utf8).write(to: file)
                #expect(throws: RecordingWriterError.self, "\(name)") { try RecordingWriter.recover(file) }
                #expect(try Data(contentsOf: file) == Data(text.utf8), "\(name)")
            }
        }
    }

    @Test func batchesAreWrittenBeforeTheyArePassedOn() async throws {
        try await withFolder { folder in
            let writer = try writer(folder)
            let source = AsyncThrowingStream<[MotionSample], any Error> { continuation in
                for start in [0, 10, 20] { continuation.yield(samples(10, from: start)) }
                continuation.finish()
            }
            var seen = 0
            for try await batch in source.recorded(by: writer) {
                seen += batch.count
                #expect(await writer.samples == seen)
            }
            await writer.discard()
            let again = AsyncThrowingStream<[MotionSample], any Error> { $0.yield(samples(1)) }
            await #expect(throws: RecordingWriterError.closed(path: writer.url.path)) {
                for try await _ in again.recorded(by: writer) {}
            }
        }
    }

    @Test func theClockOfNowIsThatOfTheSensor() {
        let clock = RecordingClock.now()
        let now = clock.nanoseconds(at: ProcessInfo.processInfo.systemUptime) ?? 0
        #expect(abs(Double(now) * 1e-9 - Date().timeIntervalSince1970) < 1)
    }
}
