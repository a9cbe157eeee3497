/// Of the sets in the signals (`set_search`, `exercise_set`, `walking`).
struct SearchParameters: Codable, Equatable, Sendable {
    let aroundSteps: Int
    let quietSteps: Int
    let longestSteps: Int
    let unsettledSteps: Int
    let leastRepetitions: Int
    let leastAgreement: Double
    let refinements: Int
    let leastToRefine: Int
    let leastAgreementToRefine: Double
    let nearBest: Double
    let chainsOfAPart: Int
    let partial: Double
    let otherArmLeast: Double
    let otherArmMost: Double
    let slowestStrideS: Double
    let fastestRepetitionS: Double
    let walkingBand: Double
    let walkingTwice: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
        case aroundSteps = "around_steps"
        case quietSteps = "quiet_steps"
        case longestSteps = "longest_steps"
        case unsettledSteps = "unsettled_steps"
        case leastRepetitions = "least_repetitions"
        case leastAgreement = "least_agreement"
        case refinements
        case leastToRefine = "least_to_refine"
        case leastAgreementToRefine = "least_agreement_to_refine"
        case nearBest = "near_best"
        case chainsOfAPart = "chains_of_a_part"
        case partial
        case otherArmLeast = "other_arm_least"
        case otherArmMost = "other_arm_most"
        case slowestStrideS = "slowest_stride_s"
        case fastestRepetitionS = "fastest_repetition_s"
        case walkingBand = "walking_band"
        case walkingTwice = "walking_twice"
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        aroundSteps = try container.value(.aroundSteps)
        quietSteps = try container.value(.quietSteps)
        longestSteps = try container.value(.longestSteps)
        unsettledSteps = try container.value(.unsettledSteps)
        leastRepetitions = try container.value(.leastRepetitions)
        leastAgreement = try container.value(.leastAgreement)
        refinements = try container.value(.refinements)
        leastToRefine = try container.value(.leastToRefine)
        leastAgreementToRefine = try container.value(.leastAgreementToRefine)
        nearBest = try container.value(.nearBest)
        chainsOfAPart = try container.value(.chainsOfAPart)
        partial = try container.value(.partial)
        otherArmLeast = try container.value(.otherArmLeast)
        otherArmMost = try container.value(.otherArmMost)
        slowestStrideS = try container.value(.slowestStrideS)
        fastestRepetitionS = try container.value(.fastestRepetitionS)
        walkingBand = try container.value(.walkingBand)
        walkingTwice = try container.value(.walkingTwice)
    }
}
