import Foundation
import QLeapEdge

/// The command line of `qleap-replay`.
struct Arguments {
    static let usage = """
        usage: qleap-replay RECORDING [--wrist left|right --crown left|right] [--stature METRES] [--outputs FILE]
                            [--payload FOLDER] [--exercise NAME] [--reference FILE]

        Writes the session of a recording (WristMotion.csv of Sensor Logger, or its merged export) as JSON, as
        `qleap watch analyze --json` does. --outputs: what the model answered to its windows (safetensors);
        without it the sets are found by physics, and no exercise is named. --payload: another release than
        the one of this package.
        """

    /// What is wrong with a command line.
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    let recording: URL
    private let stature: Double
    private let wrist: BodySide?
    private let crown: BodySide?
    let outputs: URL?
    let payload: URL?
    let exercise: Exercise?
    let reference: URL?

    init(_ words: some Sequence<String>) throws {
        var options: [String: String] = [:]
        var files: [String] = []
        let known = ["wrist", "crown", "stature", "outputs", "payload", "exercise", "reference"]
        var rest = Array(words)[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("--") else {
                files.append(word)
                continue
            }
            let name = String(word.dropFirst(2))
            guard known.contains(name) else { throw Problem(description: "unknown option \(word)") }
            guard let value = rest.popFirst() else { throw Problem(description: "\(word) needs a value") }
            options[name] = value
        }
        guard files.count == 1 else { throw Problem(description: "expected one recording, got \(files.count)") }
        func side(_ name: String) throws -> BodySide? {
            guard let value = options[name] else { return nil }
            guard let side = BodySide(rawValue: value) else {
                throw Problem(description: "--\(name): expected left or right, got \(value)")
            }
            return side
        }
        func number(_ name: String) throws -> Double? {
            guard let text = options[name] else { return nil }
            guard let value = Double(text), value.isFinite else {
                throw Problem(description: "--\(name): expected a number, got \(text)")
            }
            return value
        }
        if let name = options["exercise"] {
            guard let named = Exercise(rawValue: name) else {
                throw Problem(description: "--exercise: no exercise is called \(name)")
            }
            exercise = named
        } else {
            exercise = nil
        }
        recording = URL(fileURLWithPath: files[0])
        stature = try number("stature") ?? 1.75
        (wrist, crown) = (try side("wrist"), try side("crown"))
        outputs = options["outputs"].map { URL(fileURLWithPath: $0) }
        payload = options["payload"].map { URL(fileURLWithPath: $0, isDirectory: true) }
        reference = options["reference"].map { URL(fileURLWithPath: $0) }
    }

    /// Who wore the watch: as the options say, else as the recording does.
    ///
    /// - Throws: ``Problem`` where neither says it, or where they contradict each other.
    func wearer(of recording: WatchRecording) throws -> Wearer {
        let known = recording.wear
        guard let wrist = wrist ?? known?.wrist, let crown = crown ?? known?.crown else {
            throw Problem(
                description:
                    "--wrist and --crown: expected left or right, got nothing, and \(recording.name) does not say it")
        }
        let wear = WearConfiguration(wrist: wrist, crown: crown)
        if let known, known != wear {
            throw Problem(
                description: "--wrist and --crown: \(recording.name) says \(known.wrist.rawValue) wrist, crown "
                    + "\(known.crown.rawValue); leave the options out, or correct the file")
        }
        return try Wearer(stature: stature, wear: wear)
    }
}
