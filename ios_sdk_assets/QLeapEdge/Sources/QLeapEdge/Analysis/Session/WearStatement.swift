/// How the watch was worn, whether that was given or assumed, and the result of the lever-arm test.
public struct WearStatement: Codable, Equatable, Sendable {
    /// The wrist that carries the watch.
    package let wrist: BodySide
    /// The side of the crown.
    package let crown: BodySide
    /// Whether the wear was given.
    package let source: String
    /// Whether the motion agrees with the setting.
    public let leverArm: String
    /// Direction of +x by the lever-arm test.
    public let verdict: String
    /// From the joint to the watch, device axes, metres.
    package let lever: [Double]
    /// Of the fit; nil when there was nothing to fit.
    package let r2: Double?
    /// Length of the turning motion that was used, seconds.
    package let seconds: Double

    enum CodingKeys: String, CodingKey, CaseIterable {
        case wrist
        case crown
        case source
        case leverArm = "lever_arm"
        case verdict
        case lever = "lever_m"
        case r2
        case seconds
    }

    /// Decodes the keys; unknown ones are refused.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        wrist = try container.value(.wrist)
        crown = try container.value(.crown)
        source = try container.value(.source)
        leverArm = try container.value(.leverArm)
        verdict = try container.value(.verdict)
        lever = try container.value(.lever)
        r2 = try container.value(.r2)
        seconds = try container.value(.seconds)
    }

    /// Encodes every key; one without a value is null.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(wrist, forKey: .wrist)
        try container.encode(crown, forKey: .crown)
        try container.encode(source, forKey: .source)
        try container.encode(leverArm, forKey: .leverArm)
        try container.encode(verdict, forKey: .verdict)
        try container.encode(lever, forKey: .lever)
        try container.encode(r2, forKey: .r2)
        try container.encode(seconds, forKey: .seconds)
    }

    init(
        wrist: BodySide, crown: BodySide, source: String, leverArm: String, verdict: String, lever: [Double],
        r2: Double?, seconds: Double
    ) {
        self.wrist = wrist
        self.crown = crown
        self.source = source
        self.leverArm = leverArm
        self.verdict = verdict
        self.lever = lever
        self.r2 = r2
        self.seconds = seconds
    }
}
