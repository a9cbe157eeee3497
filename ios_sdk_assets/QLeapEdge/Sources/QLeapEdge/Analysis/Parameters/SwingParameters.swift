/// Of turning points and legs (`cycles`).
struct SwingParameters: Codable, Equatable, Sendable {
    let hysteresis: Double
    let largestLeg: Double
    let home: Double
    let leaves: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
        case hysteresis
        case largestLeg = "largest_leg"
        case home
        case leaves
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        hysteresis = try container.value(.hysteresis)
        largestLeg = try container.value(.largestLeg)
        home = try container.value(.home)
        leaves = try container.value(.leaves)
    }
}
