/// Of the depth of the pelvis (`wrist_travel`, `depth`).
struct DepthParameters: Codable, Equatable, Sendable {
    let hangingBelowDeg: Double
    let raisedAboveDeg: Double
    let strapToleranceDeg: Double
    let freeLeverM: Double
    let hanging: PostureParameters
    let level: PostureParameters
    let raised: PostureParameters

    enum CodingKeys: String, CodingKey, CaseIterable {
        case hangingBelowDeg = "hanging_below_deg"
        case raisedAboveDeg = "raised_above_deg"
        case strapToleranceDeg = "strap_tolerance_deg"
        case freeLeverM = "free_lever_m"
        case hanging
        case level
        case raised
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        hangingBelowDeg = try container.value(.hangingBelowDeg)
        raisedAboveDeg = try container.value(.raisedAboveDeg)
        strapToleranceDeg = try container.value(.strapToleranceDeg)
        freeLeverM = try container.value(.freeLeverM)
        hanging = try container.value(.hanging)
        level = try container.value(.level)
        raised = try container.value(.raised)
    }
}
