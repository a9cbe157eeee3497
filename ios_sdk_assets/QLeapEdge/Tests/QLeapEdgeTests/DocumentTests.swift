import Foundation
import Testing

@testable import QLeapEdge

/// Reads what ships, and refuses everything else.
@Suite struct DocumentTests {
    let payload: EdgePayload
    let copy: PayloadCopy

    init() throws {
        payload = try Shipped.payload()
        copy = try PayloadCopy()
    }

    @Test func everyDocumentDecodesAndRoundTrips() throws {
        func roundTrip<D: Document>(_ document: D) throws {
            #expect(try D.decode(JSONEncoder().encode(document)) == document)
        }
        try roundTrip(payload.contract)
        try roundTrip(payload.profile)
        try roundTrip(payload.skeleton)
        try roundTrip(payload.manifest)
        try roundTrip(payload.selfTest)
        try roundTrip(Shipped.golden())
    }

    @Test func theContractIsTheOneThisPackageServes() throws {
        #expect(payload.contract.rateHz == 50)
        #expect(payload.contract.inputs.map(\.name) == ["imu"])
        #expect(payload.contract.form.observable.contains("depth"))
        #expect(payload.contract.form.notObservable == ["valgus", "lumbar", "heel_rise", "asymmetry"])
        #expect(payload.profile.formNotObservable == payload.contract.form.notObservable)
        #expect(payload.skeleton.joints.count == 17)
        #expect(payload.skeleton.index(named: "left_wrist") != nil)
        #expect(payload.contract.modelVersion == payload.manifest.modelVersion)
    }

    @Test func nullRadiusMeansLevelNotAvailable() throws {
        let data = try copy.edited("profile.json") { profile in
            var rows = profile["radius"] as? [[Any]] ?? []
            rows[3][0] = NSNull()
            profile["radius"] = rows
        }
        #expect(try ProfileDocument.decode(data).radius[3][0] == nil)
    }

    @Test(arguments: [
        "contract.json", "profile.json", "skeleton.json", "self_test.json", "golden.json", "payload.json",
    ])
    func unknownVersionSchemaAndKeyAreRefused(_ name: String) throws {
        func error(_ change: (inout [String: Any]) -> Void) throws -> DocumentError? {
            let data = try copy.edited(name, change)
            return #expect(throws: DocumentError.self) { try Self.decode(name, data) }
        }
        let known = ["contract.json": 3, "profile.json": 6, "golden.json": 5, "payload.json": 3][name] ?? 1
        func mismatch(_ got: String) -> DocumentError {
            .schemaMismatch(document: name, key: "schema_version", expected: String(known), got: got)
        }
        for other in [known - 1, known + 1] {
            #expect(try error { $0["schema_version"] = other } == mismatch(String(other)))
        }
        #expect(try error { $0["schema_version"] = nil } == mismatch("nothing"))
        #expect(try error { $0["schema_version"] = String(known) } == mismatch("another type"))
        let schema = try error { $0["schema"] = "qleap.other" }
        guard case .schemaMismatch(name, "schema", _, "qleap.other") = schema else {
            Issue.record("wrong error \(String(describing: schema))")
            return
        }
        #expect(try error { $0["surprise"] = 1 } == .unknownKey(document: name, key: "surprise"))
    }

    @Test func nestedProblemsNameTheirKey() throws {
        func error<D: Document>(_ type: D.Type, _ change: (inout [String: Any]) -> Void) throws -> DocumentError? {
            let data = try copy.edited(D.fileName, change)
            return #expect(throws: DocumentError.self) { try D.decode(data) }
        }
        let stranger = try error(ProfileDocument.self) { profile in
            var temperature = profile["temperature"] as? [String: Any] ?? [:]
            temperature["pose"] = 1
            profile["temperature"] = temperature
        }
        #expect(stranger == .unknownKey(document: "profile.json", key: "temperature.pose"))
        let both = try error(ContractDocument.self) { contract in
            var form = contract["form"] as? [String: Any] ?? [:]
            form["not_observable"] = ["depth"]
            contract["form"] = form
        }
        #expect(both?.description.contains("contract.json, key 'form.not_observable'") == true)
        let missing = try error(ContractDocument.self) { $0["rate_hz"] = nil }
        #expect(missing == .badValue(document: "contract.json", key: "rate_hz", reason: "missing"))
        let wrongType = try error(ContractDocument.self) { $0["window_steps"] = "200" }
        #expect(wrongType == .badValue(document: "contract.json", key: "window_steps", reason: "expected Int"))
        let short = try error(ProfileDocument.self) { $0["sigma_scale"] = [[1, 1, 1]] }
        #expect(short?.description.contains("profile.json, key 'radius'") == true)
        for (key, values) in [("widening", [0.9]), ("coverage_90", 1.5)] as [(String, Any)] {
            let refused = try error(ProfileDocument.self) { profile in
                var captured = profile["captured"] as? [String: Any] ?? [:]
                captured[key] = values
                profile["captured"] = captured
            }
            #expect(refused?.description.contains("profile.json, key 'captured.\(key)'") == true)
        }
        let sets = try error(ProfileDocument.self) { profile in
            var sets = profile["exercise_sets"] as? [String: Any] ?? [:]
            sets["threshold"] = -0.1
            profile["exercise_sets"] = sets
        }
        #expect(sets?.description.contains("profile.json, key 'exercise_sets.threshold'") == true)
        for (key, value) in [("stature_m", [1.9, 1.5]), ("stature_m", [1.5]), ("watch_to_wrist_m", [0.0, 0.1])] {
            let refused = try error(ProfileDocument.self) { profile in
                var validity = profile["validity"] as? [String: Any] ?? [:]
                validity[key] = value
                profile["validity"] = validity
            }
            #expect(refused?.description.contains("profile.json, key 'validity.\(key)'") == true)
        }
        let oldGate = try error(ProfileDocument.self) { profile in
            var abstain = profile["abstain"] as? [String: Any] ?? [:]
            abstain["force_sign"] = ["least": 0.1]
            profile["abstain"] = abstain
        }
        #expect(oldGate == .unknownKey(document: "profile.json", key: "abstain.force_sign"))
        let column = try error(GoldenDocument.self) { golden in
            var sign = golden["sign"] as? [String: Any] ?? [:]
            sign["gravity"] = [0, 0, -1]
            golden["sign"] = sign
        }
        #expect(column?.description.contains("golden.json, key 'sign'") == true)
        let frame = try error(ContractDocument.self) { $0["input_frame"] = "D" }
        #expect(frame?.description.contains("input_frame") == true)
        let joints = try error(SkeletonDocument.self) { skeleton in
            var joints = skeleton["joints"] as? [[String: Any]] ?? []
            joints[1]["mirrored"] = 2
            skeleton["joints"] = joints
        }
        #expect(joints?.description.contains("joints.1.mirrored") == true)
    }

    /// Integers that size memory, rates that size filters: before, the first window of such a contract trapped.
    @Test func numbersThatNoDeviceCanHoldAreRefused() throws {
        func error(_ change: (inout [String: Any]) -> Void) throws -> DocumentError? {
            let data = try copy.edited(ContractDocument.fileName, change)
            return #expect(throws: DocumentError.self) { try ContractDocument.decode(data) }
        }
        for steps in [Int.max, Int.max / 2, ContractDocument.mostWindowSteps + 1, 0, -200] {
            #expect(try error { $0["window_steps"] = steps }?.description.contains("'window_steps'") == true)
        }
        for rate in [
            0.0, -50, .leastNonzeroMagnitude, 1e-300, ContractDocument.lowestRateHz - 1,
            ContractDocument.highestRateHz + 1, 1e300,
        ] {
            #expect(try error { $0["rate_hz"] = rate }?.description.contains("'rate_hz'") == true)
        }
        for shape in [[1, Int.max, 17, 3], [1, 200, 1 << 32, 1 << 32], [1, 200, -17, 3], [1, 1 << 20, 17, 3]] {
            let refused = try error { contract in
                var outputs = contract["outputs"] as? [[String: Any]] ?? []
                outputs[0]["shape"] = shape
                contract["outputs"] = outputs
            }
            #expect(refused?.description.contains(".shape") == true)
        }
    }

    @Test(arguments: ["", "{", "[]", "3", "{\"schema\": 1}"])
    func otherTextIsRefused(_ text: String) {
        #expect(throws: DocumentError.self) { try SkeletonDocument.decode(Data(text.utf8)) }
    }

    @Test func aMissingFileIsNamed() {
        let error = #expect(throws: DocumentError.self) { try ProfileDocument.read(from: copy.url("none.json")) }
        #expect(error?.description.contains("none.json") == true)
    }

    @Test(arguments: ["../x", "/etc/passwd", "a//b", "./a", "", "a/..", "a\u{0}b", "a\n"])
    func pathsThatLeaveTheFolderAreRefused(_ path: String) throws {
        let data = try copy.edited("payload.json") { manifest in
            var files = manifest["files"] as? [[String: Any]] ?? []
            files[0]["path"] = path
            manifest["files"] = files
        }
        let error = #expect(throws: DocumentError.self) { try PayloadManifest.decode(data) }
        #expect(error?.description.contains("files.0.path") == true)
    }

    private static func decode(_ name: String, _ data: Data) throws {
        switch name {
        case ContractDocument.fileName: _ = try ContractDocument.decode(data)
        case ProfileDocument.fileName: _ = try ProfileDocument.decode(data)
        case SkeletonDocument.fileName: _ = try SkeletonDocument.decode(data)
        case GoldenDocument.fileName: _ = try GoldenDocument.decode(data)
        case SelfTestDocument.fileName: _ = try SelfTestDocument.decode(data)
        default: _ = try PayloadManifest.decode(data)
        }
    }
}
