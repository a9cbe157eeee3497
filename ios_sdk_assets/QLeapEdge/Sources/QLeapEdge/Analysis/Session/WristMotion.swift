import Foundation

/// What the wrist does in the repetitions of a set.
struct WristMotion {
    /// Vertical range of motion, metres, median.
    let travelM: Double
    /// Change of the forearm's direction against the vertical, degrees, median.
    let turnedDeg: Double
    /// Angle of the forearm above the horizontal at the start of a repetition, degrees, median; 90: the hand points up.
    let elevationDeg: Double
    /// Duration of a repetition, seconds, median.
    let periodS: Double
    /// Of each repetition, degrees: the mean of start and end, and at the turn.
    let elevationsDeg: [(home: Double, turn: Double)]

    init(_ set: ExerciseSet, wear: WearConfiguration) {
        let distal: Double = wear.xPointsDistal ? 1 : -1
        func sine(_ stampS: Double) -> Double { distal * set.motion.up[set.motion.row(at: stampS)].x }
        func degrees(_ value: Double) -> Double { asin(min(max(value, -1), 1)) * 180 / .pi }
        elevationsDeg = set.repetitions.map { one in
            (degrees((sine(one.startS) + sine(one.endS)) / 2), degrees(sine(one.turnS)))
        }
        travelM = set.repetitions.map(\.rangeM.value).median
        turnedDeg = set.repetitions.map(\.turnedDeg.value).median
        elevationDeg = elevationsDeg.map(\.home).median
        periodS = set.repetitions.map { $0.endS - $0.startS }.median
    }

    /// How far the hand sinks against the elbow from the start to the turn of each repetition, in lengths of the forearm.
    var forearmDrops: [Double] {
        elevationsDeg.map { sin($0.home * .pi / 180) - sin($0.turn * .pi / 180) }
    }
}
