/// What happens in a session, in the order of time.
public enum SessionEvent: Sendable {
    /// A window was predicted: a pose, or "not sure".
    case pose(PoseResult)
    /// What would be a set if it ended now: for a counter. It may still change; nil: nothing is repeated at the moment.
    case counting(SetResult?)
    /// A set is over.
    case set(SetResult)
    /// The session is over.
    case ended(SessionSummary)
}
