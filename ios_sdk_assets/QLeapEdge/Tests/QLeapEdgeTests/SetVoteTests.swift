import Foundation
import Testing

@testable import QLeapEdge

/// The name of a set: what the windows say, and what the wrist's motion rules out.
@Suite struct SetVoteTests {
    let payload: EdgePayload
    let captured: ExerciseSet
    /// As of a release that knows every exercise, whichever release is tested.
    let contract: ContractDocument
    let sets: ExerciseSets

    init() throws {
        payload = try Shipped.payload()
        let golden = try GoldenSession("captured_squats_left")
        var stream = SetStream(payload.analysis)
        _ = try stream.append(golden.recording.samples)
        captured = try #require(stream.finish().first)
        var object = try #require(
            try JSONSerialization.jsonObject(with: JSONEncoder().encode(payload.contract)) as? [String: Any])
        let exercises = try #require(object["exercises"] as? [[String: Any]])
        object["exercises"] = exercises.map { $0.merging(["trained": true]) { $1 } }
        contract = try ContractDocument.decode(JSONSerialization.data(withJSONObject: object))
        sets = try JSONDecoder().decode(
            ExerciseSets.self,
            from: Data(
                #"{"level": 0.95, "threshold": 0.3, "least_voting_share": 0.5, "subjects": 9, "sequences": 9}"#.utf8))
    }

    /// A window that gives probabilities to some exercises, and the rest to walking.
    private func window(_ given: [Exercise: Double], _ reasons: [AbstainReason] = []) async throws -> WindowRecord {
        var probability = [Double](repeating: 0, count: Exercise.allCases.count)
        for (exercise, value) in given { probability[exercise.id] = value }
        probability[Exercise.walk.id] += 1 - given.values.reduce(0, +)
        let window = ImuWindow(values: payload.selfTest.imu.map(Float.init), wearer: try .sample())
        let estimate = try await ReplayPredictor(payload: payload).predict(window)
        var object = try #require(
            try JSONSerialization.jsonObject(with: JSONEncoder().encode(estimate)) as? [String: Any])
        object["exerciseProbability"] = probability
        object["exercise"] = probability.indices.max { probability[$0] < probability[$1] }
        object["reasons"] = reasons.map(\.rawValue)
        let edited = try JSONDecoder().decode(
            PoseEstimate.self, from: JSONSerialization.data(withJSONObject: object))
        return WindowRecord(edited, contract)
    }

    private func statement(
        _ windows: [WindowRecord], declared: Exercise? = nil, crown: BodySide = .left
    ) -> ExerciseStatement {
        let motion = WristMotion(captured, wear: WearConfiguration(wrist: .left, crown: crown))
        return SetVote(
            windows: windows, pattern: WristPattern(parameters: payload.analysis.name, motion: motion),
            sets: sets, declared: declared
        ).statement
    }

    @Test func withoutWindowsNothingIsNamed() {
        let found = statement([])
        #expect(found.namedBy == .nobody && found.whyUnknown == "no whole window of four seconds lies in the set")
    }

    @Test func mostWindowsMustVote() async throws {
        let sure = try await window([.bicepsCurl: 1])
        let unsure = try await window([.bicepsCurl: 1], [.embedding])
        let found = statement([sure, unsure, unsure])
        #expect(found.whyUnknown == "the network abstains from 2 of 3 windows")
        #expect(found.windows == 3 && found.abstained == 2 && found.oneOf.isEmpty)
    }

    @Test func aProbabilityJustBelowTheLimitDoesNotReadAsTheLimit() async throws {
        let found = statement([try await window([.squat: 0.798])])
        #expect(
            found.whyUnknown == "the network gives squat a probability of 0.798; at least 0.80 is needed")
        #expect(found.candidates.map(\.exercise) == [.squat, .walk])
    }

    @Test func theWristRulesOutWhatItDoesNotDo() async throws {
        // The arms of these squats are overhead: presses look the same, and no forearm turns as in a curl.
        let squat = statement([try await window([.squat: 1])])
        #expect(squat.name == "unknown" && squat.whyUnknown?.contains("presses and pull-downs look the same") == true)
        let curl = statement([try await window([.bicepsCurl: 1])])
        #expect(curl.whyUnknown?.hasPrefix("the network says biceps curl, but the forearm turns by") == true)
        #expect(curl.candidates.first?.contradiction != nil)
        let walk = statement([try await window([:])])
        #expect(walk.whyUnknown == "the network says walk, but it is not an exercise that is repeated in sets")
    }

    @Test func theWearersWordCountsUnlessTheWristContradicts() async throws {
        let windows = [try await window([.overheadPress: 0.9])]
        let squat = statement(windows, declared: .squat)
        #expect(squat.name == "squat" && squat.namedBy == .wearer && squat.probability == 0)
        let curl = statement(windows, declared: .bicepsCurl)
        #expect(curl.namedBy == .nobody && curl.whyUnknown?.hasPrefix("the wearer names biceps curl, but") == true)
        #expect(curl.oneOf.isEmpty)
    }

    @Test func whatRemainsPossibleIsSaid() async throws {
        let found = statement([try await window([.overheadPress: 0.5, .pullUp: 0.45])])
        #expect(found.namedBy == .nobody)
        #expect(Set(found.oneOf).isSubset(of: [.overheadPress, .pullUp]) && !found.oneOf.isEmpty)
        let named = statement([try await window([.overheadPress: 0.95])])
        #expect(named.name == "overhead_press" && named.namedBy == .network && named.oneOf.isEmpty)
    }
}
