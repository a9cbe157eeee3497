import Foundation

/// Why a recording cannot be read.
public enum RecordingError: QLeapEdgeError, Equatable {
    /// The file is not there, no regular file, or too large.
    case unreadable(path: String, reason: String)
    /// The header lacks a column.
    case missingColumn(file: String, column: String)
    /// A row has another number of cells than the header, or a cell is not a number.
    case badRow(file: String, row: Int, expected: String, got: String)
    /// Gravity is neither in g nor in m/s².
    case unknownUnit(file: String, gravityNorm: Double)
    /// The header is there, and no row holds a reading.
    case noSamples(file: String)
}

extension RecordingError {
    /// One sentence: what, where, expected, got.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
        case .missingColumn(let file, let column):
            "\(file) has no column \(column); expected WristMotion.csv of Sensor Logger or its merged export (`qleap watch` reads "
                + "more formats)"
        case .badRow(let file, let row, let expected, let got):
            "\(file), row \(row): expected \(expected), got \(got)"
        case .unknownUnit(let file, let norm):
            "\(file): expected gravity of norm 1 (g) or 9.8 (m/s²), got \(norm)"
        case .noSamples(let file): "\(file) holds no reading"
        }
    }

    /// The next step.
    public var recoverySuggestion: String? {
        switch self {
        case .unreadable:
            "Give the path of a WristMotion.csv that the app may read."
        case .missingColumn:
            "Export it again from Sensor Logger, or convert it with `qleap watch mapping`."
        case .badRow, .noSamples:
            "Export it again from the app that recorded it."
        case .unknownUnit:
            "Record gravity in g or in m/s²."
        }
    }
}
