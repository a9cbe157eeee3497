import Foundation
import Testing

@testable import QLeapEdge

/// A recording of the fixtures, and what the Python package says of it.
struct GoldenSession {
    static let names = ["swim_16s", "swim_40s", "captured_squats_left", "captured_squats_right", "synthetic_squats"]

    struct Slow {
        let timeS: [Double]
        let up: [SIMD3<Double>]
        let heightM: [Double]
    }

    struct Lever {
        let agreement: String
        let verdict: String
        let m: [Double]
        let r2: Double?
    }

    let recording: WatchRecording
    let wearer: Wearer
    let exercise: Exercise?
    let reference: WatchReference?
    let slow: [Slow]
    let lever: Lever
    let sets: Any

    init(_ name: String) throws {
        recording = try WatchRecording(contentsOf: Self.url(name + ".csv"))
        let data = try Data(contentsOf: Self.url(name + ".json"))
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        func side(_ key: String) throws -> BodySide {
            let name = try #require(object[key] as? String)
            return try #require(BodySide(rawValue: name))
        }
        wearer = try Wearer(
            stature: try #require(object["stature_m"] as? Double),
            wear: WearConfiguration(wrist: side("wrist"), crown: side("crown")))
        exercise = (object["exercise"] as? String).flatMap(Exercise.init)
        reference =
            object["reference"] is NSNull
            ? nil
            : try WatchReference.decode(JSONSerialization.data(withJSONObject: object["reference"] ?? [:]))
        slow = try #require(object["slow"] as? [[String: Any]]).map { part in
            Slow(
                timeS: try #require(part["time_s"] as? [Double]),
                up: try #require(part["up"] as? [[Double]]).map { SIMD3($0) },
                heightM: try #require(part["height_m"] as? [Double]))
        }
        let fit = try #require(object["lever"] as? [String: Any])
        lever = Lever(
            agreement: try #require(fit["agreement"] as? String), verdict: try #require(fit["verdict"] as? String),
            m: try #require(fit["m"] as? [Double]), r2: fit["r2"] as? Double)
        sets = try #require(object["sets"])
        #expect(recording.samples.count == object["rows"] as? Int)
    }

    func follower(_ payload: EdgePayload, countingEveryS: Double? = nil) -> SessionFollower {
        SessionFollower(
            payload: payload, wearer: wearer, exercise: exercise, reference: reference, rateHz: nil,
            countingEveryS: countingEveryS)
    }

    static func url(_ file: String) throws -> URL {
        try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/recordings").appendingPathComponent(
            file)
    }
}
