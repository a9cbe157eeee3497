/// Every number that the analysis of a recording decides by, as the Python package has them (`analysis.json`).
struct AnalysisParameters: Document {
    static let schemaName = "qleap.analysis_parameters"
    static let schemaVersion = 1
    static let fileName = "analysis.json"

    let schema: String
    let schemaVersion: Int
    let slowSignals: SlowSignalParameters
    let seeds: SeedParameters
    let swings: SwingParameters
    let chain: ChainParameters
    let search: SearchParameters
    let measures: MeasureParameters
    let depth: DepthParameters
    let name: NameParameters
    let alerts: AlertParameters

    enum CodingKeys: String, CodingKey, CaseIterable {
        case schema
        case schemaVersion = "schema_version"
        case slowSignals = "slow_signals"
        case seeds
        case swings
        case chain
        case search
        case measures
        case depth
        case name
        case alerts
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        schema = try container.value(.schema)
        schemaVersion = try container.value(.schemaVersion)
        slowSignals = try container.value(.slowSignals)
        seeds = try container.value(.seeds)
        swings = try container.value(.swings)
        chain = try container.value(.chain)
        search = try container.value(.search)
        measures = try container.value(.measures)
        depth = try container.value(.depth)
        name = try container.value(.name)
        alerts = try container.value(.alerts)
    }

    /// Checks what sizes memory, bounds a loop, divides, or becomes a number of steps; what the rest means is Python's to say.
    func validate() throws {
        func require(_ numbers: [(String, Double)], _ range: ClosedRange<Double>) throws {
            for (key, value) in numbers where !range.contains(value) {
                throw Self.bad(key, "expected \(range.lowerBound) to \(range.upperBound), got \(value)")
            }
        }
        func require(_ numbers: [(String, Int)], _ range: ClosedRange<Int>) throws {
            for (key, value) in numbers where !range.contains(value) {
                throw Self.bad(key, "expected \(range.lowerBound) to \(range.upperBound), got \(value)")
            }
        }
        try require(
            [
                ("slow_signals.part_steps", slowSignals.partSteps),
                ("slow_signals.reach_steps", slowSignals.reachSteps),
                ("seeds.window_steps", seeds.windowSteps), ("seeds.hop_steps", seeds.hopSteps),
                ("chain.reach_steps", chain.reachSteps), ("chain.near_edge_steps", chain.nearEdgeSteps),
                ("search.around_steps", search.aroundSteps), ("search.quiet_steps", search.quietSteps),
                ("search.longest_steps", search.longestSteps), ("search.unsettled_steps", search.unsettledSteps),
                ("name.before_turn_steps", name.beforeTurnSteps), ("name.after_turn_steps", name.afterTurnSteps),
            ], 1...100_000)
        try require(
            [
                ("chain.leg_steps", chain.legSteps), ("chain.cycles", chain.cycles), ("chain.larger", chain.larger),
                ("search.refinements", search.refinements),
            ], 1...100)
        try require([("chain.most_between", chain.mostBetween), ("name.most_left", name.mostLeft)], 0...100)
        try require(
            [("slow_signals.rate_hz", slowSignals.rateHz), ("chain.height_scale_m", chain.heightScaleM)], 0.01...1000)
        // Cutoffs lie below half the lowest rate of a device.
        try require(
            [
                ("slow_signals.motion_hz", slowSignals.motionHz), ("slow_signals.drift_hz", slowSignals.driftHz),
                ("measures.drift_hz", measures.driftHz), ("measures.smooth_hz", measures.smoothHz),
            ], 0.001...24)
        try require(
            [
                ("slow_signals.split_s", slowSignals.splitS), ("slow_signals.shortest_s", slowSignals.shortestS),
                ("slow_signals.still_around_s", slowSignals.stillAroundS),
                ("seeds.shortest_period_s", seeds.shortestPeriodS), ("seeds.longest_period_s", seeds.longestPeriodS),
                ("chain.around_s", chain.aroundS), ("chain.longest_s", chain.longestS),
                ("name.shortest_gap_s", name.shortestGapS), ("search.walking_band", search.walkingBand),
            ], 0...1000)
        try require([("seeds.tail_percent", seeds.tailPercent)], 0...50)
        for pattern in name.patterns {
            for pair in [pattern.travelM, pattern.turnedDeg, pattern.elevationDeg, pattern.periodS]
            where pair.count != 2 {
                throw Self.bad("name.patterns", "expected pairs of least and most")
            }
        }
    }
}
