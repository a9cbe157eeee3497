import Foundation
import Observation
import QLeapEdge
import QLeapEdgeMotion

/// Recordings on the phone: those that arrived from the watch, and one of them run through the engine again.
@MainActor @Observable
public final class RecordingShelf {
    /// Pose, repetitions and notices of the recording that is played.
    public let model = SessionModel()
    /// Complete recordings, by name.
    public private(set) var recordings: [URL] = []
    /// What arrived last, or why it was refused.
    public private(set) var message: String?

    private let folder: URL

    /// Lists a folder.
    ///
    /// - Parameter folder: an existing folder; nothing else may lie in it.
    public init(folder: URL) {
        self.folder = folder
        refresh()
    }

    /// Lists the folder again.
    public func refresh() {
        do {
            recordings = try FileManager.default.contentsOfDirectory(atPath: folder.path)
                .filter { $0.hasSuffix(".csv") && !$0.hasPrefix(".") }.sorted(by: >)
                .map { folder.appendingPathComponent($0) }
        } catch {
            message = error.localizedDescription
        }
    }

    /// Takes note of what became of a recording.
    public func take(_ event: TransferEvent) {
        switch event {
        case .received(let url):
            message = "\(url.lastPathComponent) arrived whole"
            refresh()
        case .refused(let error), .notSent(let error): message = error.localizedDescription
        case .notActivated(let reason): message = "The watch cannot be reached: \(reason)"
        case .activated, .sent: break
        }
    }

    /// Plays a recording at its own speed.
    ///
    /// - Parameters:
    ///   - recording: one of ``recordings``.
    ///   - statureM: of the person who wore the watch, metres.
    ///   - makeEngine: loads the model for a wearer.
    public func play(
        _ recording: URL, statureM: Double, makeEngine: (Wearer) async throws -> PoseEngine
    ) async {
        do {
            let file = try WatchRecording(contentsOf: recording)
            guard let wear = file.wear else { throw WearMissing(name: file.name) }
            let engine = try await makeEngine(try Wearer(stature: statureM, wear: wear))
            model.start(PacedMotion(file.samples), engine: engine)
        } catch {
            model.fail(error)
        }
    }

    /// A recording that does not say how the watch was worn: no pose can be made of it.
    public struct WearMissing: LocalizedError {
        let name: String
        /// One sentence.
        public var errorDescription: String? { "\(name) does not say on which wrist the watch was." }
    }

    #if os(iOS) || QLEAP_EDGE_STUBS
        /// Keeps what the watch sends, until the task is cancelled.
        public func exchange() async {
            let transfer = RecordingTransfer(keepingIn: folder)
            do {
                try transfer.activate()
            } catch {
                message = error.localizedDescription
                return
            }
            for await event in transfer.events { take(event) }
        }
    #endif
}
