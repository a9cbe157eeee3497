/// What the wrist does in one exercise (`wrist_patterns`): least and most of each quantity; null: no limit.
struct PatternParameters: Codable, Equatable, Sendable {
    let exercise: Exercise
    let travelM: [Double?]
    let turnedDeg: [Double?]
    let elevationDeg: [Double?]
    let periodS: [Double?]
    /// Whether a forearm that points up makes it look like a press or a pull-down.
    let likeAPress: Bool

    enum CodingKeys: String, CodingKey, CaseIterable {
        case exercise
        case travelM = "travel_m"
        case turnedDeg = "turned_deg"
        case elevationDeg = "elevation_deg"
        case periodS = "period_s"
        case likeAPress = "like_a_press"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        exercise = try container.value(.exercise)
        travelM = try container.value(.travelM)
        turnedDeg = try container.value(.turnedDeg)
        elevationDeg = try container.value(.elevationDeg)
        periodS = try container.value(.periodS)
        likeAPress = try container.value(.likeAPress)
    }
}
