// Reads a Sensor Logger `WristMotion.csv` and writes it with `RecordingWriter`, as a watch would: a Python test then reads the
// result. Usage: write-recording SOURCE.csv FOLDER NAME WRIST CROWN
import Foundation
import QLeapEdge
import QLeapEdgeMotion

struct Unusable: Error { let line: String }

func samples(of file: URL) throws -> (clock: RecordingClock, samples: [MotionSample]) {
    let lines = try String(contentsOf: file, encoding: .utf8).split(whereSeparator: \.isNewline)
    let names = (lines.first ?? "").split(separator: ",").map(String.init)
    var clock: RecordingClock?
    var samples: [MotionSample] = []
    for line in lines.dropFirst() {
        let cells = line.split(separator: ",").map(String.init)
        let row = Dictionary(uniqueKeysWithValues: zip(names, cells))
        func number(_ name: String) throws -> Double {
            guard let value = row[name].flatMap(Double.init) else { throw Unusable(line: String(line)) }
            return value
        }
        func vector(_ prefix: String) throws -> SIMD3<Double> {
            SIMD3(try number(prefix + "X"), try number(prefix + "Y"), try number(prefix + "Z"))
        }
        guard let nanoseconds = row["time"].flatMap({ Int64($0) }) else { throw Unusable(line: String(line)) }
        let zero = clock ?? RecordingClock(unixNanoseconds: nanoseconds, uptimeS: 1000)
        clock = zero
        samples.append(
            MotionSample(
                timestamp: zero.uptimeS + Double(nanoseconds - zero.unixNanoseconds) * 1e-9,
                gravity: try vector("gravity"), userAcceleration: try vector("acceleration"),
                rotationRate: try vector("rotationRate"),
                attitude: Attitude(
                    w: try number("quaternionW"), x: try number("quaternionX"), y: try number("quaternionY"),
                    z: try number("quaternionZ"))))
    }
    guard let clock else { throw Unusable(line: "no row") }
    return (clock, samples)
}

let arguments = CommandLine.arguments
guard arguments.count == 6, let wrist = BodySide(rawValue: arguments[4]), let crown = BodySide(rawValue: arguments[5])
else {
    print("usage: write-recording SOURCE.csv FOLDER NAME WRIST CROWN")
    exit(2)
}
let source = try samples(of: URL(fileURLWithPath: arguments[1]))
let writer = try RecordingWriter(
    name: arguments[3], in: URL(fileURLWithPath: arguments[2]),
    wear: WearConfiguration(wrist: wrist, crown: crown), clock: source.clock)
for start in stride(from: 0, to: source.samples.count, by: 10) {
    try await writer.append(Array(source.samples[start..<min(start + 10, source.samples.count)]))
}
let finished = try await writer.finish()
print("\(finished.samples) samples in \(finished.url.path)")
