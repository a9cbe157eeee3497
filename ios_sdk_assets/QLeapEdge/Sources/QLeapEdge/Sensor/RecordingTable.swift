import Foundation

/// The cells of a recording: columns found by their names, rows read as numbers without copying them into strings.
struct RecordingTable {
    /// Date and time of the first row that holds a reading.
    private(set) var startedAt: String?
    /// How the watch was worn; nil where the file has no columns `wrist` and `crown`.
    private(set) var wear: WearConfiguration?

    private let name: String
    private let data: Data
    private let layout: Layout
    private let columns: [Int]  // of stamp, rotation rate, gravity, user acceleration
    private let wearColumns: [Int]  // of wrist and crown, or none
    private let width: Int
    private let body: Int  // offset of the first row

    /// Names of the columns.
    private struct Layout {
        let stamp: String
        let prefix: String
        let isNanoseconds: Bool

        static let all = [
            Layout(stamp: "time", prefix: "", isNanoseconds: true),
            Layout(stamp: "secondsElapsed", prefix: "wristMotion_", isNanoseconds: false),
        ]

        var names: [String] {
            let sensors = ["rotationRate", "gravity", "acceleration"].flatMap { sensor in
                ["X", "Y", "Z"].map { prefix + sensor + $0 }
            }
            return [stamp] + sensors
        }
    }

    private static let newline = UInt8(ascii: "\n")
    private static let comma = UInt8(ascii: ",")
    private static let longestCell = 64
    private static let mostRepeats = 3
    private static let normTolerance = 0.05

    init(_ data: Data, name: String) throws(RecordingError) {
        self.name = name
        self.data = data
        let end = data.firstIndex(of: Self.newline) ?? data.endIndex
        let line = String(decoding: data[data.startIndex..<end], as: UTF8.self)
            .trimmingCharacters(in: CharacterSet(charactersIn: "\u{FEFF}\r "))
        let header = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        let found = Layout.all.first { header.contains($0.names[1]) } ?? Layout.all[0]
        var places: [Int] = []
        for column in found.names {
            guard let place = header.firstIndex(of: column) else {
                throw .missingColumn(file: name, column: column)
            }
            places.append(place)
        }
        layout = found
        columns = places
        let sides = ["wrist", "crown"].compactMap(header.firstIndex(of:))
        wearColumns = sides.count == 2 ? sides : []
        width = header.count
        body = min(end + 1, data.endIndex)
    }

    /// Every row that holds a reading, and how many do not.
    mutating func readSamples() throws(RecordingError) -> (samples: [MotionSample], emptyRows: Int) {
        var samples: [MotionSample] = []
        var (row, emptyRows) = (1, 0)
        var firstStamp: (whole: Int64, seconds: Double)?
        var begin = body
        while begin < data.endIndex {
            let end = data[begin...].firstIndex(of: Self.newline) ?? data.endIndex
            row += 1
            if let all = try cells(begin..<end, row) {
                try takeWear(all.dropFirst(columns.count), row)
                let cells = Array(all.prefix(columns.count))
                if cells.dropFirst().contains(where: \.isEmpty) {
                    emptyRows += 1
                } else {
                    let numbers = try numbers(cells, row)
                    let stamp = (whole: try nanoseconds(cells[0], row), seconds: numbers[0])
                    let origin = firstStamp ?? stamp
                    firstStamp = origin
                    samples.append(sample(numbers, at: seconds(stamp, since: origin)))
                }
            }
            begin = end + 1
        }
        guard let origin = firstStamp else { throw .noSamples(file: name) }
        samples = try inCoreMotionUnits(samples)
        startedAt = layout.isNanoseconds ? Self.date(origin.whole) : nil
        guard !layout.isNanoseconds else { return (samples, emptyRows) }
        let kept = Self.withoutHeldRows(samples)
        return (kept, emptyRows + samples.count - kept.count)
    }

    /// The samples in g with Apple's signs, as gravity's own norm tells the unit: an app may write m/s² with physical sign.
    private func inCoreMotionUnits(_ samples: [MotionSample]) throws(RecordingError) -> [MotionSample] {
        let norm = samples.map { $0.gravity.norm }.median
        if abs(norm - 1) <= Self.normTolerance { return samples }
        let unit = ForearmFrame.standardGravity
        guard abs(norm / unit - 1) <= Self.normTolerance else { throw .unknownUnit(file: name, gravityNorm: norm) }
        return samples.map {
            MotionSample(
                timestamp: $0.timestamp, gravity: $0.gravity / -unit, userAcceleration: $0.userAcceleration / -unit,
                rotationRate: $0.rotationRate)
        }
    }

    /// Leaves out rows that repeat the one before, where more than three do so in a run: nothing came from the watch then.
    ///
    /// A slower watch on the app's clock repeats single rows; noise never repeats a whole row four times.
    private static func withoutHeldRows(_ samples: [MotionSample]) -> [MotionSample] {
        var kept: [MotionSample] = []
        var run: [MotionSample] = []
        for sample in samples {
            if let last = run.last ?? kept.last, sample.repeats(last) {
                run.append(sample)
                continue
            }
            if run.count <= mostRepeats { kept += run }
            run = []
            kept.append(sample)
        }
        return run.count <= mostRepeats ? kept + run : kept
    }

    /// Seconds of a stamp; nanoseconds are subtracted as integers, because a double cannot hold those since 1970.
    private func seconds(
        _ stamp: (whole: Int64, seconds: Double), since origin: (whole: Int64, seconds: Double)
    ) -> Double {
        layout.isNanoseconds ? Double(stamp.whole - origin.whole) * 1e-9 : stamp.seconds - origin.seconds
    }

    private func sample(_ numbers: [Double], at timestamp: Double) -> MotionSample {
        MotionSample(
            timestamp: timestamp, gravity: SIMD3(numbers[4], numbers[5], numbers[6]),
            userAcceleration: SIMD3(numbers[7], numbers[8], numbers[9]),
            rotationRate: SIMD3(numbers[1], numbers[2], numbers[3]))
    }

    /// The cells of the columns that are read; nil for a blank line.
    private func cells(_ range: Range<Int>, _ row: Int) throws(RecordingError) -> [Data.SubSequence]? {
        let line = data[range].last == UInt8(ascii: "\r") ? data[range].dropLast() : data[range]
        guard !line.isEmpty else { return nil }
        let cells = line.split(separator: Self.comma, maxSplits: width, omittingEmptySubsequences: false)
        guard cells.count == width else {
            throw .badRow(
                file: name, row: row, expected: "\(width) cells", got: cells.count > width ? "more" : "\(cells.count)")
        }
        return (columns + wearColumns).map { cells[$0] }
    }

    /// Takes wrist and crown of a row; they must be those of the rows above.
    private mutating func takeWear(_ cells: ArraySlice<Data.SubSequence>, _ row: Int) throws(RecordingError) {
        guard let wristCell = cells.first, let crownCell = cells.last else { return }
        let (wristText, crownText) = (text(wristCell), text(crownCell))
        let sides = (wrist: BodySide(rawValue: wristText), crown: BodySide(rawValue: crownText))
        guard let wrist = sides.wrist, let crown = sides.crown,
            wear == nil || wear == WearConfiguration(wrist: wrist, crown: crown)
        else {
            let expected = wear.map { "\($0.wrist.rawValue) and \($0.crown.rawValue), as in the rows above" }
            throw .badRow(
                file: name, row: row, expected: "wrist and crown " + (expected ?? "left or right"),
                got: "\(wristText) and \(crownText)")
        }
        wear = WearConfiguration(wrist: wrist, crown: crown)
    }

    private func numbers(_ cells: [Data.SubSequence], _ row: Int) throws(RecordingError) -> [Double] {
        var found: [Double] = []
        for cell in cells {
            guard let value = Double(text(cell)), value.isFinite else {
                throw .badRow(file: name, row: row, expected: "a finite number", got: "\"\(text(cell))\"")
            }
            found.append(value)
        }
        return found
    }

    private func nanoseconds(_ cell: Data.SubSequence, _ row: Int) throws(RecordingError) -> Int64 {
        guard layout.isNanoseconds else { return 0 }
        guard let value = Int64(text(cell)), value > 0, value <= 1 << 62 else {
            throw .badRow(file: name, row: row, expected: "nanoseconds since 1970", got: "\"\(text(cell))\"")
        }
        return value
    }

    private func text(_ cell: Data.SubSequence) -> String {
        String(decoding: cell.prefix(Self.longestCell), as: UTF8.self)
    }

    private static func date(_ nanoseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(nanoseconds / 1_000_000_000)).formatted(.iso8601)
    }
}

extension MotionSample {
    /// Whether the readings are the same, whatever the stamps are.
    fileprivate func repeats(_ other: MotionSample) -> Bool {
        gravity + userAcceleration == other.gravity + other.userAcceleration && rotationRate == other.rotationRate
    }
}
