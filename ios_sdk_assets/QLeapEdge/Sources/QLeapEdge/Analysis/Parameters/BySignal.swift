/// A number for each of the two signals.
struct BySignal: Codable, Equatable, Sendable {
    /// Of the direction of the vertical in device axes; about radians.
    let turning: Double
    /// Of the height of the wrist.
    let travel: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
        case turning
        case travel
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        turning = try container.value(.turning)
        travel = try container.value(.travel)
    }
}
