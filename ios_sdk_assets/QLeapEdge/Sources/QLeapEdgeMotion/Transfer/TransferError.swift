import Foundation
import QLeapEdge

/// Why a recording was not sent, or what arrived was not kept.
public enum TransferError: Error, Equatable, Sendable {
    /// This device cannot exchange files with a watch or a phone.
    case notSupported
    /// The session is not active yet, or not any more.
    case notActivated
    /// The app is not installed on the other device.
    case counterpartMissing
    /// The file to be sent cannot be read, or is no recording by its name.
    case unreadable(path: String, reason: String)
    /// The description that came with the file lacks a key or holds a bad value.
    case description(key: String, expected: String, got: String)
    /// The file has another number of bytes than were sent; it was not kept.
    case size(name: String, expected: Int, got: Int)
    /// The file has other bytes than were sent; it was not kept.
    case digest(name: String, expected: String, got: String)
    /// Another recording of this name is there already; the new one was not kept.
    case exists(path: String)
    /// The file could not be moved to its place.
    case cannotStore(path: String, reason: String)
    /// The system gave up on the transfer.
    case failed(name: String, reason: String)
}

extension TransferError: QLeapEdgeError {
    /// One sentence: what, expected, got, next step.
    public var description: String {
        switch self {
        case .notSupported: "this device cannot exchange files with a watch or a phone"
        case .notActivated: "the session with the other device is not active; call activate() and wait for it"
        case .counterpartMissing: "the app is not installed on the other device"
        case .unreadable(let path, let reason): "\(path): cannot be sent (\(reason))"
        case .description(let key, let expected, let got):
            "the description of the file, key '\(key)': expected \(expected), got \(got)"
        case .size(let name, let expected, let got):
            "\(name): expected \(expected) bytes, got \(got); send it again"
        case .digest(let name, let expected, let got):
            "\(name): expected SHA-256 \(expected), got \(got); send it again"
        case .exists(let path): "\(path): another recording of this name is there already"
        case .cannotStore(let path, let reason): "\(path): cannot be stored (\(reason))"
        case .failed(let name, let reason): "\(name): the system could not transfer it (\(reason)); send it again"
        }
    }
}
