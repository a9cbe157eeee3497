import Foundation
import QLeapEdge

/// A recording that was read back, for example to run it through the engine again on a phone.
public struct RecordingFile: Equatable, Sendable {
    /// How the watch was worn.
    public let wear: WearConfiguration
    /// All samples, in the order of the file; stamps in seconds since the first one.
    public let samples: [MotionSample]

    /// Reads a file of ``RecordingWriter``.
    ///
    /// - Parameter url: the CSV file.
    /// - Throws: ``RecordingError/notARecording(path:reason:)``, with row and column.
    public init(contentsOf url: URL) throws {
        func refusal(_ reason: String) -> RecordingError { .notARecording(path: url.path, reason: reason) }
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw refusal(error.localizedDescription)
        }
        var lines = data.split(separator: UInt8(ascii: "\n"))[...]
        let header = lines.popFirst().map { String(decoding: $0, as: UTF8.self) + "\n" }
        let hasAttitude = header == RecordingFormat.header(withAttitude: true)
        guard hasAttitude || header == RecordingFormat.header(withAttitude: false) else {
            throw refusal("its first line is not the header of one")
        }
        let names = (header ?? "").dropLast().split(separator: ",").map(String.init)
        var wear: WearConfiguration?
        var samples: [MotionSample] = []
        samples.reserveCapacity(lines.count)
        for (index, line) in lines.enumerated() {
            let cells = String(decoding: line, as: UTF8.self).split(separator: ",", omittingEmptySubsequences: false)
            let row = "row \(index + 2)"
            guard cells.count == names.count else {
                throw refusal("\(row): expected \(names.count) cells, got \(cells.count)")
            }
            let count = names.count - 2
            var numbers: [Double] = []
            for (name, cell) in zip(names, cells).dropFirst().prefix(count - 1) {
                guard let number = Double(cell), number.isFinite else {
                    throw refusal("\(row), column \(name): expected a finite number, got '\(cell)'")
                }
                numbers.append(number)
            }
            guard let wrist = BodySide(rawValue: String(cells[count])),
                let crown = BodySide(rawValue: String(cells[count + 1])),
                wear == nil || wear == WearConfiguration(wrist: wrist, crown: crown)
            else {
                throw refusal("\(row): expected one wrist and one crown side throughout, left or right")
            }
            wear = WearConfiguration(wrist: wrist, crown: crown)
            samples.append(Self.sample(numbers, hasAttitude))
        }
        guard let wear else { throw refusal("it holds no row") }
        self.wear = wear
        self.samples = samples
    }

    /// A sample from the numbers of a row, without the time of day before them.
    private static func sample(_ row: [Double], _ hasAttitude: Bool) -> MotionSample {
        MotionSample(
            timestamp: row[0], gravity: SIMD3(row[4], row[5], row[6]),
            userAcceleration: SIMD3(row[7], row[8], row[9]), rotationRate: SIMD3(row[1], row[2], row[3]),
            attitude: hasAttitude ? Attitude(w: row[10], x: row[11], y: row[12], z: row[13]) : nil)
    }
}
