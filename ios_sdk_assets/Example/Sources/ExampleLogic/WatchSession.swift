// Sensor and workout exist on a watch; with our own stand-ins this is type-checked on Linux.
#if os(watchOS) || QLEAP_EDGE_STUBS
    import Foundation
    import Observation
    import QLeapEdge
    import QLeapEdgeMotion

    /// A set on the watch: workout, sensor, recording, pose, and the recording on its way to the phone.
    @MainActor @Observable
    public final class WatchSession {
        /// Where a set stands.
        public enum Phase: Equatable, Sendable {
            // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
            case idle, starting, running, ending
        }

        /// Pose, repetitions and notices.
        public let model = SessionModel()
        /// Where the set stands.
        public private(set) var phase = Phase.idle
        /// What became of the last recording, in words; nil before there was one.
        public private(set) var recordingState: String?

        @ObservationIgnored private let source = DeviceMotionSource()
        @ObservationIgnored private var workout: WorkoutSession?
        @ObservationIgnored private var writer: RecordingWriter?
        @ObservationIgnored private var transfer: RecordingTransfer?
        private let folder: URL

        /// Prepares the exchange with the phone.
        ///
        /// - Parameter folder: where recordings are kept until they were sent; an existing folder.
        public init(folder: URL) {
            self.folder = folder
        }

        /// Activates the exchange with the phone and follows what becomes of each recording, until the task is cancelled.
        public func exchange() async {
            let transfer = RecordingTransfer(keepingIn: folder)
            self.transfer = transfer
            do {
                try transfer.activate()
            } catch {
                recordingState = error.localizedDescription
                return
            }
            for await event in transfer.events { show(event) }
        }

        /// Starts a set.
        ///
        /// - Parameters:
        ///   - statureM: of the wearer, metres.
        ///   - wear: how the watch is worn.
        public func start(statureM: Double, wear: WearConfiguration) async {
            guard phase == .idle else { return }
            phase = .starting
            do {
                let engine = try await PoseEngine(wearer: try Wearer(stature: statureM, wear: wear))
                workout = try await WorkoutSession.start()
                let writer = try RecordingWriter(name: Self.name(of: Date()), in: folder, wear: wear)
                self.writer = writer
                recordingState = "Recording"
                model.start(source.batches().recorded(by: writer), engine: engine)
                phase = .running
            } catch {
                workout?.end()
                workout = nil
                phase = .idle
                model.fail(error)
            }
        }

        /// Ends the set and sends its recording.
        public func stop() async {
            guard phase == .running else { return }
            phase = .ending
            model.stop()
            workout?.end()
            workout = nil
            if let writer { await close(writer) }
            writer = nil
            phase = .idle
        }

        private func close(_ writer: RecordingWriter) async {
            do {
                let recording = try await writer.finish()
                recordingState = "\(recording.samples) samples recorded"
                try await transfer?.send(recording.url)
            } catch {
                recordingState = error.localizedDescription
            }
        }

        private func show(_ event: TransferEvent) {
            switch event {
            case .sent(let name): recordingState = "\(name) was sent"
            case .notSent(let error), .refused(let error): recordingState = error.localizedDescription
            case .notActivated(let reason): recordingState = "The phone cannot be reached: \(reason)"
            case .activated, .received: break
            }
        }

        private static func name(of date: Date) -> String {
            "set-" + date.ISO8601Format().filter { $0.isLetter || $0.isNumber }
        }
    }
#endif
