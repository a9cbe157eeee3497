#if canImport(WatchConnectivity)
    import Foundation
    import QLeapEdge
    import WatchConnectivity

    /// Sends finished recordings to the paired device and keeps those that arrive, over `WCSession.transferFile`.
    ///
    /// Make one on the watch and one on the phone, early in the app's life: the system also delivers files that arrived while
    /// the app was not running. Files travel in the background and may take minutes. A session has one delegate: an app that
    /// needs it for itself calls `TransferRecord` and ``RecordingReceiver`` from its own delegate in place of this class.
    public final class RecordingTransfer: NSObject, WCSessionDelegate, @unchecked Sendable {
        /// What became of each recording; for one reader.
        ///
        /// The newest 1,000 wait.
        public let events: AsyncStream<TransferEvent>

        private let session: WCSession
        private let receiver: RecordingReceiver
        private let continuation: AsyncStream<TransferEvent>.Continuation

        /// Takes over a session's delegate.
        ///
        /// - Parameters:
        ///   - folder: where recordings that arrive are kept; an existing folder.
        ///   - session: the only one of the app.
        public init(keepingIn folder: URL, session: sending WCSession = .default) {
            (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1000))
            receiver = RecordingReceiver(folder: folder)
            self.session = session
            super.init()
            session.delegate = self
        }

        /// Activates the session; ``events`` tells when it is active.
        ///
        /// - Throws: ``TransferError/notSupported``.
        public func activate() throws {
            guard WCSession.isSupported() else { throw TransferError.notSupported }
            session.activate()
        }

        /// Hands a finished recording to the system, with its size and SHA-256.
        ///
        /// It must stay where it is until ``events`` says that it was sent.
        ///
        /// - Parameter recording: ``FinishedRecording/url``.
        /// - Throws: ``TransferError``.
        public func send(_ recording: URL) async throws {
            guard session.activationState == .activated else { throw TransferError.notActivated }
            #if os(iOS)
                let isInstalled = session.isWatchAppInstalled
            #else
                let isInstalled = session.isCompanionAppInstalled
            #endif
            guard isInstalled else { throw TransferError.counterpartMissing }
            let record = try TransferRecord(of: recording)
            _ = session.transferFile(recording, metadata: record.metadata)
        }

        /// Called by the system.
        public func session(
            _ session: WCSession, activationDidCompleteWith activationState: WCSessionActivationState,
            error: (any Error)?
        ) {
            if let error {
                continuation.yield(.notActivated(reason: error.localizedDescription))
            } else if activationState == .activated {
                continuation.yield(.activated)
            }
        }

        /// Called by the system when a file was handed over, or given up.
        public func session(_ session: WCSession, didFinish fileTransfer: WCSessionFileTransfer, error: (any Error)?) {
            guard let record = try? TransferRecord(metadata: fileTransfer.file.metadata) else { return }  // not of ours
            if let error {
                continuation.yield(.notSent(.failed(name: record.name, reason: error.localizedDescription)))
            } else {
                continuation.yield(.sent(name: record.name))
            }
        }

        /// Called by the system when a file has arrived; it removes the file when this returns.
        public func session(_ session: WCSession, didReceive file: WCSessionFile) {
            do {
                continuation.yield(.received(try receiver.accept(file.fileURL, metadata: file.metadata)))
            } catch let error as TransferError {
                continuation.yield(.refused(error))
            } catch {
                continuation.yield(
                    .refused(.cannotStore(path: receiver.folder.path, reason: error.localizedDescription)))
            }
        }

        #if os(iOS)
            /// Called by the system when another watch is put on.
            public func sessionDidBecomeInactive(_ session: WCSession) {}

            /// Called by the system when another watch is put on: the session is activated for it.
            public func sessionDidDeactivate(_ session: WCSession) { session.activate() }
        #endif
    }
#endif
