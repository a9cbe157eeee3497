/// The latency of the released package on one device, as `qleap benchmark latency --measured` reads it.
public struct LatencyRecord: Document {
    /// The accepted `schema`.
    public static let schemaName = "qleap.latency"
    /// The accepted `schema_version`.
    public static let schemaVersion = 1
    /// Its usual file name.
    public static let fileName = "latency.json"

    /// Schema name.
    public let schema: String
    /// Schema version.
    public let schemaVersion: Int
    /// Digest of the package that the compiled model came from.
    public let packageSHA256: String
    /// Model identifier, for example `Watch7,5`.
    public let deviceModel: String
    /// For example `watchOS 11.2.0`.
    public let osVersion: String
    /// The units that were allowed; Core ML does not report which of them it used.
    public let computeUnits: String
    /// From the compiled model's path to a model that can predict, milliseconds.
    public let loadMs: Double
    /// Duration of the first prediction after loading, milliseconds.
    public let firstPredictionMs: Double
    /// Median of the steady runs, milliseconds.
    public let p50Ms: Double
    /// 95th percentile of the steady runs, milliseconds.
    public let p95Ms: Double
    /// 99th percentile of the steady runs, milliseconds.
    public let p99Ms: Double
    /// Number of steady runs.
    public let runs: Int
    /// Peak resident memory of the process, 10^6 bytes.
    public let memoryMegabytes: Double
    /// `ProcessInfo.ThermalState` before the first run.
    public let thermalStateBefore: String
    /// The same after the last run.
    public let thermalStateAfter: String
    /// Date on the device, ISO 8601.
    public let measuredOn: String

    enum CodingKeys: String, CodingKey, CaseIterable {
        case schema
        case schemaVersion = "schema_version"
        case packageSHA256 = "package_sha256"
        case deviceModel = "device_model"
        case osVersion = "os_version"
        case computeUnits = "compute_units"
        case loadMs = "load_ms"
        case firstPredictionMs = "first_prediction_ms"
        case p50Ms = "p50_ms"
        case p95Ms = "p95_ms"
        case p99Ms = "p99_ms"
        case runs
        case memoryMegabytes = "memory_megabytes"
        case thermalStateBefore = "thermal_state_before"
        case thermalStateAfter = "thermal_state_after"
        case measuredOn = "measured_on"
    }

    /// Checks the digest and that percentiles rise.
    ///
    /// - Throws: ``DocumentError/badValue(document:key:reason:)``.
    public func validate() throws {
        guard FileRecord.isDigest(packageSHA256) else { throw Self.bad("package_sha256", "not a SHA-256 hex digest") }
        guard 0 < p50Ms, p50Ms <= p95Ms, p95Ms <= p99Ms else { throw Self.bad("p95_ms", "percentiles must not fall") }
    }
}
