/// Of the windows in which a signal repeats (`seeds`).
struct SeedParameters: Codable, Equatable, Sendable {
    let windowSteps: Int
    let hopSteps: Int
    let leastAmplitude: BySignal
    let leastAutocorrelation: Double
    let shortestPeriodS: Double
    let longestPeriodS: Double
    let tailPercent: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
        case windowSteps = "window_steps"
        case hopSteps = "hop_steps"
        case leastAmplitude = "least_amplitude"
        case leastAutocorrelation = "least_autocorrelation"
        case shortestPeriodS = "shortest_period_s"
        case longestPeriodS = "longest_period_s"
        case tailPercent = "tail_percent"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        windowSteps = try container.value(.windowSteps)
        hopSteps = try container.value(.hopSteps)
        leastAmplitude = try container.value(.leastAmplitude)
        leastAutocorrelation = try container.value(.leastAutocorrelation)
        shortestPeriodS = try container.value(.shortestPeriodS)
        longestPeriodS = try container.value(.longestPeriodS)
        tailPercent = try container.value(.tailPercent)
    }
}
