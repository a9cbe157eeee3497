import Foundation

/// How many hostile cases are tried: a few in every run of the tests, all with `QLEAP_EDGE_FUZZ=full`.
///
/// `QLEAP_EDGE_FUZZ=trace` tries all of them and writes the number of each case to standard error before it begins: after a trap, the
/// last number is the one to look at.
enum FuzzSize {
    private static let mode = ProcessInfo.processInfo.environment["QLEAP_EDGE_FUZZ"]
    static let isFull = mode == "full" || mode == "trace"
    static let documents = isFull ? 50_000 : 400
    static let streams = isFull ? 10_000 : 100

    static func begin(_ what: String, _ number: Int) {
        if mode == "trace" { FileHandle.standardError.write(Data("\(what) \(number)\n".utf8)) }
    }

    /// Prints figures of a full run.
    static func report(_ line: String) {
        if isFull { print(line) }
    }
}

/// The longest of several durations.
struct Longest {
    private(set) var duration = Duration.zero
    private(set) var what = ""

    mutating func measure<T>(_ what: @autoclosure () -> String, _ work: () throws -> T) rethrows -> T {
        let start = ContinuousClock.now
        defer {
            let taken = ContinuousClock.now - start
            if taken > duration { (duration, self.what) = (taken, what()) }
        }
        return try work()
    }
}
