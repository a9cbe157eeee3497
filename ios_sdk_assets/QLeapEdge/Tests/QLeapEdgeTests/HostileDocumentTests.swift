import Foundation
import Testing

@testable import QLeapEdge

/// Documents that somebody has broken: refused by a typed error, or accepted and then harmless wherever they are used.
@Suite struct HostileDocumentTests {
    static let seed: UInt64 = 20_261_130

    /// One kind of document, and what an app does with it.
    struct Target {
        let name: String
        let share: Int
        let mutator: JSONMutator
        let decodeAndUse: (Data) throws -> Void

        init<D: Document>(_ type: D.Type, _ data: Data, share: Int, use: @escaping (D) throws -> Void) {
            name = D.fileName
            self.share = share
            mutator = JSONMutator(data)
            decodeAndUse = { data in
                let document = try D.decode(data)
                do { try use(document) } catch { throw UsedBadly(error) }
            }
        }
    }

    /// An error of the use, after the document was accepted.
    struct UsedBadly: Error {
        let error: any Error
        init(_ error: any Error) { self.error = error }
    }

    @Test func mutatedDocumentsAreRefusedOrHarmless() throws {
        let targets = try Self.targets()
        let deck = targets.indices.flatMap { [Int](repeating: $0, count: targets[$0].share) }
        var counts = [(refused: Int, accepted: Int, refusedLater: Int)](repeating: (0, 0, 0), count: targets.count)
        var longest = Longest()
        for number in 0..<FuzzSize.documents {
            FuzzSize.begin("document", number)
            var random = SplitMix64(seed: Self.seed, number: number)
            let index = random.pick(deck)
            let target = targets[index]
            let data = target.mutator.mutated(using: &random)
            do {
                try longest.measure("\(target.name) \(number)") { try target.decodeAndUse(data) }
                counts[index].accepted += 1
            } catch is DocumentError {
                counts[index].refused += 1
            } catch let late as UsedBadly
                where late.error is DocumentError || late.error is DecodingProblem || late.error is StreamError
                || late.error is PredictorError
            {
                counts[index].refusedLater += 1
            } catch {
                Issue.record("case \(number), \(target.name): \(error)")
            }
        }
        for (target, count) in zip(targets, counts) {
            FuzzSize.report("\(target.name): \(count)")
            #expect(count.refused > 0, "\(target.name)")
        }
        FuzzSize.report("longest document: \(longest.duration), \(longest.what)")
        #expect(counts.contains { $0.accepted > 0 })
    }

    private static func targets() throws -> [Target] {
        let user = try DocumentUser()
        func shipped(_ name: String) throws -> Data {
            try Data(contentsOf: Shipped.payload().location.documents.appendingPathComponent(name))
        }
        return [
            Target(ContractDocument.self, try shipped(ContractDocument.fileName), share: 18, use: user.use),
            Target(ProfileDocument.self, try shipped(ProfileDocument.fileName), share: 24, use: user.use),
            Target(SkeletonDocument.self, try shipped(SkeletonDocument.fileName), share: 14, use: user.use),
            Target(PayloadManifest.self, try shipped(PayloadManifest.fileName), share: 14, use: user.use),
            Target(SelfTestDocument.self, try shipped(SelfTestDocument.fileName), share: 10, use: user.use),
            Target(AnalysisParameters.self, try shipped(AnalysisParameters.fileName), share: 14, use: user.use),
            Target(BundleManifest.self, Data(manifest.utf8), share: 10, use: user.use),
            Target(SignatureDocument.self, try signature(), share: 6, use: user.use),
            Target(LatencyRecord.self, Data(latency.utf8), share: 3) { _ in },
            Target(GoldenDocument.self, try Data(contentsOf: Shipped.goldenURL()), share: 1, use: user.use),
        ]
    }

    private static let manifest = """
        {"schema": "qleap.bundle", "schema_version": 3, "name": "n", "version": "0", "recipe": "tiny", "grade": "tiny",
         "variant": "float16", "seed": 1, "revision": "unknown", "inputs": {"train": "a"}, "tools": {"python": "3"},
         "files": [{"path": "a/b.json", "sha256": "\(String(repeating: "a", count: 64))", "bytes": 3},
                   {"path": "c", "sha256": "\(String(repeating: "b", count: 64))", "bytes": 0}]}
        """
    private static let latency = """
        {"schema": "qleap.latency", "schema_version": 1, "package_sha256": "\(String(repeating: "a", count: 64))",
         "device_model": "Watch7,5", "os_version": "watchOS 11.2.0", "compute_units": "all", "load_ms": 1.5,
         "first_prediction_ms": 2.5, "p50_ms": 1.0, "p95_ms": 2.0, "p99_ms": 3.0, "runs": 300, "memory_megabytes": 42.0,
         "thermal_state_before": "nominal", "thermal_state_after": "fair", "measured_on": "2026-11-30"}
        """

    private static func signature() throws -> Data {
        let bundle = try SignedBundle()
        return try Data(contentsOf: bundle.url(SignatureDocument.fileName))
    }
}
