/// Of the offset between wrist and pelvis in one posture of the forearm (`wrist_travel`).
struct PostureParameters: Codable, Equatable, Sendable {
    let offsetM: Double
    let biasSdM: Double
    let spreadSdM: Double
    let forearmDrop: Double
    let leverM: Double
    let leverSdM: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
        case offsetM = "offset_m"
        case biasSdM = "bias_sd_m"
        case spreadSdM = "spread_sd_m"
        case forearmDrop = "forearm_drop"
        case leverM = "lever_m"
        case leverSdM = "lever_sd_m"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        offsetM = try container.value(.offsetM)
        biasSdM = try container.value(.biasSdM)
        spreadSdM = try container.value(.spreadSdM)
        forearmDrop = try container.value(.forearmDrop)
        leverM = try container.value(.leverM)
        leverSdM = try container.value(.leverSdM)
    }
}
