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

    /// Checks what sizes memory or divides; the digest in `payload.json` covers the rest.
    func validate() throws {
        let steps = [
            ("slow_signals.part_steps", slowSignals.partSteps), ("slow_signals.reach_steps", slowSignals.reachSteps),
            ("seeds.window_steps", seeds.windowSteps), ("seeds.hop_steps", seeds.hopSteps),
            ("chain.leg_steps", chain.legSteps), ("chain.reach_steps", chain.reachSteps),
            ("chain.near_edge_steps", chain.nearEdgeSteps), ("search.around_steps", search.aroundSteps),
            ("search.quiet_steps", search.quietSteps), ("search.longest_steps", search.longestSteps),
            ("search.unsettled_steps", search.unsettledSteps), ("chain.cycles", chain.cycles),
            ("chain.larger", chain.larger), ("search.refinements", search.refinements),
        ]
        for (key, value) in steps where !(1...100_000).contains(value) {
            throw Self.bad(key, "expected 1 to 100000")
        }
        for (key, value) in [
            ("slow_signals.rate_hz", slowSignals.rateHz), ("slow_signals.motion_hz", slowSignals.motionHz),
            ("slow_signals.split_s", slowSignals.splitS), ("chain.height_scale_m", chain.heightScaleM),
            ("measures.drift_hz", measures.driftHz), ("measures.smooth_hz", measures.smoothHz),
        ] where !(value > 0 && value <= 1000) {
            throw Self.bad(key, "expected a number above 0, at most 1000")
        }
        guard slowSignals.motionHz < 24, measures.smoothHz < 24, measures.driftHz < measures.smoothHz else {
            throw Self.bad("slow_signals.motion_hz", "expected cutoffs below half the rate of the samples")
        }
        for pattern in name.patterns {
            for pair in [pattern.travelM, pattern.turnedDeg, pattern.elevationDeg, pattern.periodS]
            where pair.count != 2 {
                throw Self.bad("name.patterns", "expected pairs of least and most")
            }
        }
    }
}
