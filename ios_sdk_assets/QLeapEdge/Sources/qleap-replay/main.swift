import Foundation
import QLeapEdge

/// Writes lines to standard error and ends.
func stop(_ text: String, code: Int32) -> Never {
    FileHandle.standardError.write(Data((text + "\n").utf8))
    exit(code)
}

/// Runs a recording through the analysis of the package, as an app would.
func session(_ arguments: Arguments) async throws -> SessionDocument {
    let payload = try arguments.payload.map(EdgePayload.load(from:)) ?? EdgePayload.bundled()
    let recording = try WatchRecording(contentsOf: arguments.recording)
    let outputs = try arguments.outputs.map { try RecordedOutputs(contentsOf: $0, contract: payload.contract) }
    let wearer = try arguments.wearer(of: recording)
    if outputs == nil {
        let note = "no --outputs: sets by physics alone; no window was predicted, so no exercise is named\n"
        FileHandle.standardError.write(Data(note.utf8))
    }
    let decoder = try PoseDecoder(contract: payload.contract, profile: payload.profile, skeleton: payload.skeleton)
    let reference = try arguments.reference.map(WatchReference.read(from:))
    let follower = SessionFollower(
        payload: payload, wearer: wearer, exercise: arguments.exercise, reference: reference,
        rateHz: nil, countingEveryS: nil)
    var windower = MotionWindower(wearer: wearer, contract: payload.contract)
    var answered = 0
    func predict(_ windows: [ImuWindow]) async throws {
        for window in windows {
            guard let answer = outputs?.outputs(at: window.startTimestamp) else { continue }
            answered += 1
            _ = await follower.add(try decoder.decode(answer, window: window))
        }
    }
    for first in stride(from: 0, to: recording.samples.count, by: 50) {
        let batch = Array(recording.samples[first..<min(first + 50, recording.samples.count)])
        _ = try await follower.append(batch)
        try await predict(windower.append(batch))
    }
    try await predict(windower.finish())
    if let outputs, answered < outputs.windowCount || answered == 0 {
        throw RecordedOutputs.Problem(
            description:
                "\(answered) of \(outputs.windowCount) windows of the outputs lie in the recording, expected all: "
                + "give the outputs of this recording")
    }
    guard case .ended(let summary)? = await follower.finish().last else { stop("the session did not end", code: 4) }
    let referenceSHA256 = try arguments.reference.map(FileDigest.sha256(ofFile:))
    return summary.document(
        recording: arguments.recording.path, sha256: recording.sha256, startedAt: recording.startedAt,
        referenceSHA256: referenceSHA256)
}

let words = CommandLine.arguments.dropFirst()
if words.isEmpty || words.contains("--help") || words.contains("-h") {
    print(Arguments.usage)
    exit(words.isEmpty ? 2 : 0)
}
do {
    let arguments: Arguments
    do {
        arguments = try Arguments(words)
    } catch {
        stop("\(error)\n\n\(Arguments.usage)", code: 2)
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(await session(arguments)), as: UTF8.self))
} catch let problem as Arguments.Problem {
    stop("\(problem)\n\n\(Arguments.usage)", code: 2)
} catch {
    stop(explained(error), code: 3)
}
