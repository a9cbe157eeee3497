/// The latency of the released package on one device, as `qleap benchmark latency --measured` reads it.
public struct LatencyRecord: Document {
    /// The accepted `schema`.
    package static let schemaName = "qleap.latency"
    /// The accepted `schema_version`.
    package static let schemaVersion = 1
    /// Its usual file name.
    package static let fileName = "latency.json"

    /// Schema name.
    package let schema: String
    /// Schema version.
    package let schemaVersion: Int
    /// Digest of the package that the compiled model came from.
    package let packageSHA256: String
    /// Model identifier, for example `Watch7,5`.
    package let deviceModel: String
    /// For example `watchOS 11.2.0`.
    package let osVersion: String
    /// The units that were allowed; Core ML does not report which of them it used.
    package let computeUnits: String
    /// From the compiled model's path to a model that can predict, milliseconds.
    package let loadMs: Double
    /// Duration of the first prediction after loading, milliseconds.
    package let firstPredictionMs: Double
    /// Median of the steady runs, milliseconds.
    package let p50Ms: Double
    /// 95th percentile of the steady runs, milliseconds.
    package let p95Ms: Double
    /// 99th percentile of the steady runs, milliseconds.
    package let p99Ms: Double
    /// Number of steady runs.
    package let runs: Int
    /// Peak resident memory of the process, 10^6 bytes.
    package let memoryMegabytes: Double
    /// `ProcessInfo.ThermalState` before the first run.
    package let thermalStateBefore: String
    /// The same after the last run.
    package let thermalStateAfter: String
    /// Date on the device, ISO 8601.
    package let measuredOn: String

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

    /// Median duration of the steady predictions.
    public var p50: Duration { .milliseconds(p50Ms) }

    /// 95th percentile of the steady predictions.
    public var p95: Duration { .milliseconds(p95Ms) }

    /// 99th percentile of the steady predictions.
    public var p99: Duration { .milliseconds(p99Ms) }

    /// Checks the digest and that percentiles rise.
    ///
    /// - Throws: ``DocumentError/badValue(document:key:reason:)``.
    package func validate() throws {
        guard FileRecord.isDigest(packageSHA256) else { throw Self.bad("package_sha256", "not a SHA-256 hex digest") }
        guard 0 < p50Ms, p50Ms <= p95Ms, p95Ms <= p99Ms else { throw Self.bad("p95_ms", "percentiles must not fall") }
    }
}
