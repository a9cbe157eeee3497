// swift-format-ignore-file: AllPublicDeclarationsHaveDocumentation
// Stand-in for the part of Apple's Watch Connectivity that QLeapEdgeMotion calls, for platforms without it. Test use only; the
// package manifest adds this target on Linux alone, so it is in no product on an Apple platform.
//
// Signatures follow https://developer.apple.com/documentation/watchconnectivity: WCSession, WCSessionDelegate, WCSessionFile,
// WCSessionFileTransfer. The classes are not Sendable, which is the strictest reading of Apple's headers. A pair of sessions is
// joined by ``WCSession/stubJoin(_:)``. Methods that are optional in Apple's protocol have an empty body here.
import Foundation

public enum WCSessionActivationState: Int, Sendable {
    case notActivated = 0
    case inactive = 1
    case activated = 2
}

open class WCSessionFile: NSObject {
    public let fileURL: URL
    public let metadata: [String: Any]?

    init(fileURL: URL, metadata: [String: Any]?) {
        self.fileURL = fileURL
        self.metadata = metadata
    }
}

open class WCSessionFileTransfer: NSObject {
    public let file: WCSessionFile
    public internal(set) var isTransferring = true

    init(file: WCSessionFile) {
        self.file = file
    }

    open func cancel() { isTransferring = false }
}

public protocol WCSessionDelegate: NSObjectProtocol {
    func session(
        _ session: WCSession, activationDidCompleteWith activationState: WCSessionActivationState,
        error: (any Error)?)
    func session(_ session: WCSession, didFinish fileTransfer: WCSessionFileTransfer, error: (any Error)?)
    func session(_ session: WCSession, didReceive file: WCSessionFile)
}

extension WCSessionDelegate {
    public func session(_ session: WCSession, didFinish fileTransfer: WCSessionFileTransfer, error: (any Error)?) {}
    public func session(_ session: WCSession, didReceive file: WCSessionFile) {}
}

open class WCSession: NSObject {
    nonisolated(unsafe) private static let only = WCSession(stubInstalled: true)

    open class var `default`: WCSession { only }
    open class func isSupported() -> Bool { true }

    public weak var delegate: (any WCSessionDelegate)?
    public private(set) var activationState = WCSessionActivationState.notActivated
    public let isCompanionAppInstalled: Bool
    public private(set) var outstandingFileTransfers: [WCSessionFileTransfer] = []
    private weak var peer: WCSession?

    /// Only in this stand-in.
    public init(stubInstalled: Bool) {
        isCompanionAppInstalled = stubInstalled
    }

    open func activate() {
        activationState = .activated
        delegate?.session(self, activationDidCompleteWith: .activated, error: nil)
    }

    open func transferFile(_ file: URL, metadata: [String: Any]?) -> WCSessionFileTransfer {
        let transfer = WCSessionFileTransfer(file: WCSessionFile(fileURL: file, metadata: metadata))
        outstandingFileTransfers.append(transfer)
        return transfer
    }

    /// Only in this stand-in: what each sends arrives at the other, perhaps altered on the way.
    public func stubJoin(_ other: WCSession) {
        peer = other
        other.peer = self
    }

    /// Only in this stand-in: carries over what is outstanding.
    public func stubCarry(failing failure: (any Error)? = nil, altering alter: (Data) -> Data = { $0 }) throws {
        let transfers = outstandingFileTransfers
        outstandingFileTransfers = []
        for transfer in transfers {
            transfer.isTransferring = false
            if failure == nil, let peer {
                // A property list, as the system sends it.
                let list = try PropertyListSerialization.data(
                    fromPropertyList: transfer.file.metadata ?? [:], format: .binary, options: 0)
                let metadata = try PropertyListSerialization.propertyList(from: list, format: nil) as? [String: Any]
                let inbox = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
                try alter(Data(contentsOf: transfer.file.fileURL)).write(to: inbox)
                peer.delegate?.session(peer, didReceive: WCSessionFile(fileURL: inbox, metadata: metadata))
                try? FileManager.default.removeItem(at: inbox)  // as the system does when the method returns
            }
            delegate?.session(self, didFinish: transfer, error: failure)
        }
    }
}
