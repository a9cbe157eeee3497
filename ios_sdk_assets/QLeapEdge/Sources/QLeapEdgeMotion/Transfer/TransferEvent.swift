import Foundation

/// What became of a recording that was sent, or that arrived.
public enum TransferEvent: Equatable, Sendable {
    /// The session with the other device is active: recordings can be sent.
    case activated
    /// The session could not be activated.
    case notActivated(reason: String)
    /// The system has handed the recording over. Whether it arrived whole, the other device decides.
    case sent(name: String)
    /// The recording was not handed over: send it again.
    case notSent(TransferError)
    /// A recording arrived, is whole, and lies here.
    case received(URL)
    /// What arrived was not kept.
    case refused(TransferError)
}
