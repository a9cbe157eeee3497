/// The exercises, in the order of their ids, which never change.
///
/// Whether the network was trained on one says ``ExerciseSpec/trained`` of the contract.
public enum Exercise: String, Codable, CaseIterable, Sendable {
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case squat, lunge, deadlift
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case overheadPress = "overhead_press"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case bicepsCurl = "biceps_curl"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case jumpingJack = "jumping_jack"
    /// Everyday movement, never a set.
    case walk
    /// Standing, sitting, or doing something else; never a set.
    case idle
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case row
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case benchPress = "bench_press"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case lateralRaise = "lateral_raise"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case pullUp = "pull_up"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case tricepsExtension = "triceps_extension"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case pushUp = "push_up"
    // swift-format-ignore: AllPublicDeclarationsHaveDocumentation
    case sideLunge = "side_lunge"
    /// Everyday movement, never a set.
    case sitToStand = "sit_to_stand"

    /// Position in the model's logits.
    public var id: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
