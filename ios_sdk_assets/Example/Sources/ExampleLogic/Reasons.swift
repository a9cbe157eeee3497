import QLeapEdge

extension AbstainReason {
    /// Why there is no pose, in words for the wearer.
    public var sentence: String {
        switch self {
        case .sigma: "This movement could be several poses."
        case .embedding: "This movement is unlike those it has learnt."
        case .input: "The signal is unusual: check how the watch sits."
        }
    }
}

extension Set<AbstainReason> {
    /// All sentences, in a fixed order.
    public var sentences: [String] { AbstainReason.allCases.filter(contains).map(\.sentence) }
}

extension Exercise {
    /// The name as it is shown.
    public var title: String {
        let words = rawValue.replacing("_", with: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}
