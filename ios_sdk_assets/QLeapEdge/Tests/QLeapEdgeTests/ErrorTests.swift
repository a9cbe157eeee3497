import Foundation
import Testing

@testable import QLeapEdge

/// Every error says what happened and what to do next.
@Suite struct ErrorTests {
    static let all: [any QLeapEdgeError] = [
        DecodingProblem.elementCount(name: "pose", expected: 3, got: 2),
        DecodingProblem.notFinite(name: "pose", index: 1),
        DecodingProblem.featureCount(expected: 13, got: 12),
        DecodingProblem.stature(got: 175),
        DocumentError.unreadable(document: "a.json", reason: "gone"),
        DocumentError.notJSON(document: "a.json", reason: "empty"),
        DocumentError.schemaMismatch(document: "a.json", key: "schema_version", expected: "3", got: "4"),
        DocumentError.unknownKey(document: "a.json", key: "b"),
        DocumentError.badValue(document: "a.json", key: "b", reason: "missing"),
        DocumentError.inconsistent(document: "a.json", key: "b", expected: "1", got: "2"),
        IntegrityError.notIntact(VerificationReport()),
        IntegrityError.unreadable(path: "a", reason: "gone"),
        IntegrityError.resourcesMissing(searched: ["a"]),
        IntegrityError.wrongPackage(path: "a", expected: "1", got: "2"),
        SignatureError.invalidKey(reason: "short"),
        SignatureError.notSigned(bundle: "a"),
        SignatureError.otherKey(document: "a", expected: "1", got: "2"),
        SignatureError.doesNotFit(document: "a", manifest: "b"),
        SignatureError.altered(document: "a", reason: "b"),
        PredictorError.modelNotFound(searched: ["a"]),
        PredictorError.compilationUnavailable(path: "a"),
        PredictorError.compilationFailed(path: "a", reason: "b"),
        PredictorError.cacheFailed(path: "a", reason: "b"),
        PredictorError.loadFailed(path: "a", reason: "b"),
        PredictorError.missingFeature(name: "a", available: ["b"]),
        PredictorError.featureType(name: "a", expected: "b", got: "c"),
        PredictorError.featureShape(name: "a", expected: [1], got: [2]),
        PredictorError.featureLayout(name: "a", strides: [1], elements: 2),
        PredictorError.inputSize(expected: 1200, got: 6),
        PredictorError.predictionFailed(reason: "a"),
        PredictorError.selfTestFailed(output: "pose", difference: 1, tolerance: 0.1),
        RecordingError.unreadable(path: "a", reason: "b"),
        RecordingError.missingColumn(file: "a", column: "b"),
        RecordingError.badRow(file: "a", row: 2, expected: "8 cells", got: "7"),
        RecordingError.unknownUnit(file: "a", gravityNorm: 3),
        RecordingError.noSamples(file: "a"),
        StreamError.badSamples(count: 100, newest: .notFinite),
        StreamError.samplesTooFarApart(count: 20, most: 0.1, got: 10),
        StreamError.rateTooLow(minimum: 49, got: 25),
        StreamError.rateTooHigh(maximum: 2000, got: 1e9),
    ]

    @Test(arguments: all.indices) func everyErrorHasASentenceAndANextStep(index: Int) throws {
        let error = Self.all[index]
        #expect(!error.description.isEmpty && error.localizedDescription == error.description)
        #expect((error as any Error).localizedDescription == error.description)
        let step = try #require(error.recoverySuggestion)
        #expect(step.hasSuffix(".") && step != error.description)
    }

    @Test func aCallerCatchesThemByOneType() {
        do {
            _ = try Wearer(stature: 175, wear: WearConfiguration(wrist: .left, crown: .right))
            Issue.record("175 m were accepted")
        } catch {  // typed: no cast
            #expect(error == .stature(got: 175))
            #expect(error.recoverySuggestion == "Give the height in metres, for example 1.75.")
        }
    }
}
