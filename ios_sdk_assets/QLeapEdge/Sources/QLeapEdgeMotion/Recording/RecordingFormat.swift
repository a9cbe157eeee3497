import Foundation
import QLeapEdge

/// The rows of a recording: the columns of Sensor Logger's `WristMotion.csv`, then how the watch was worn.
///
/// Numbers are written with as many digits as it takes to read back the same double. `acceleration` is CoreMotion's user
/// acceleration, g; `gravity`, g; `rotationRate`, rad/s; `time`, nanoseconds since 1970; `quaternion`, device to reference.
enum RecordingFormat {
    static let suffix = ".csv"
    static let partialSuffix = ".csv.partial"
    static let interruptedSuffix = "-interrupted.csv"
    private static let motion =
        "time,seconds_elapsed,rotationRateX,rotationRateY,rotationRateZ,gravityX,gravityY,gravityZ,"
        + "accelerationX,accelerationY,accelerationZ"
    private static let attitude = ",quaternionW,quaternionX,quaternionY,quaternionZ"
    private static let wear = ",wrist,crown"

    static func header(withAttitude: Bool) -> String { motion + (withAttitude ? attitude : "") + wear + "\n" }

    static func row(_ sample: MotionSample, nanoseconds: Int64, elapsedS: Double, wear: WearConfiguration) -> String {
        var row = "\(nanoseconds),\(elapsedS)"
        for vector in [sample.rotationRate, sample.gravity, sample.userAcceleration] {
            row += ",\(vector.x),\(vector.y),\(vector.z)"
        }
        if let attitude = sample.attitude { row += ",\(attitude.w),\(attitude.x),\(attitude.y),\(attitude.z)" }
        return row + ",\(wear.wrist.rawValue),\(wear.crown.rawValue)\n"
    }

    static func isFinite(_ sample: MotionSample) -> Bool {
        let attitude = sample.attitude.map { [$0.w, $0.x, $0.y, $0.z] } ?? []
        let vectors = [sample.rotationRate, sample.gravity, sample.userAcceleration].flatMap { [$0.x, $0.y, $0.z] }
        return ([sample.timestamp] + vectors + attitude).allSatisfy(\.isFinite)
    }

    /// Letters, digits, `-`, `_` and `.`, so that a name cannot lead out of a folder, nor be hidden.
    static func isName(_ name: String) -> Bool {
        let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
        return !name.isEmpty && name.utf8.count <= 200 && !name.hasPrefix(".") && name.allSatisfy(allowed.contains)
    }
}
