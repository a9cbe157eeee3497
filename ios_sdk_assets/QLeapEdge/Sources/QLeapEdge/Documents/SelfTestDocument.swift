/// `self_test.json`: one window, the outputs of the released package, and how far a device's may lie from them.
package struct SelfTestDocument: Document {
    /// The accepted `schema`.
    package static let schemaName = "qleap.self_test"
    /// The accepted `schema_version`.
    package static let schemaVersion = 1
    /// Its file name.
    package static let fileName = "self_test.json"

    /// Schema name, as read.
    package let schema: String
    /// Schema version, as read.
    package let schemaVersion: Int
    /// Digest of the package that gave the outputs.
    package let packageSHA256: String
    /// (steps, 6) row-major, left-arm frame C.
    package let imu: [Double]
    /// What the released package answers.
    package let outputs: GoldenOutputs
    /// Output → largest absolute difference that is still the same model.
    package let tolerance: [String: Double]

    enum CodingKeys: String, CodingKey, CaseIterable {
        case schema
        case schemaVersion = "schema_version"
        case packageSHA256 = "package_sha256"
        case imu
        case outputs
        case tolerance
    }

    /// Decodes the self-test; unknown keys are refused.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.strictContainer(CodingKeys.self)
        schema = try container.value(.schema)
        schemaVersion = try container.value(.schemaVersion)
        packageSHA256 = try container.value(.packageSHA256)
        imu = try container.value(.imu)
        outputs = try container.value(.outputs)
        tolerance = try container.value(.tolerance)
    }

    /// Checks that each output has a positive tolerance.
    ///
    /// - Throws: ``DocumentError/badValue(document:key:reason:)``.
    package func validate() throws {
        guard FileRecord.isDigest(packageSHA256) else { throw Self.bad("package_sha256", "not a SHA-256 hex digest") }
        guard !imu.isEmpty else { throw Self.bad("imu", "empty") }
        let names = Set(OutputName.allCases.map(\.rawValue))
        guard Set(tolerance.keys) == names, tolerance.values.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw Self.bad(
                "tolerance", "expected a positive number for each of \(names.sorted().joined(separator: ", "))")
        }
    }

    /// Compares a device's outputs with the released package's.
    ///
    /// - Throws: ``PredictorError/selfTestFailed(output:difference:tolerance:)`` for the first output that differs; a number
    ///   that is not finite differs by infinity.
    func compare(_ got: ModelOutputs) throws {
        let wanted = outputs.modelOutputs
        for name in OutputName.allCases {
            let differences = zip(got[name], wanted[name]).map { abs(Double($0) - Double($1)) }
            let largest = differences.allSatisfy(\.isFinite) ? differences.max() ?? .infinity : .infinity
            let allowed = tolerance[name.rawValue] ?? 0
            guard largest <= allowed, got[name].count == wanted[name].count else {
                throw PredictorError.selfTestFailed(output: name.rawValue, difference: largest, tolerance: allowed)
            }
        }
    }
}
