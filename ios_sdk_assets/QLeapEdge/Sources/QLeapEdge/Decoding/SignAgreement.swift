import Foundation

/// Tells from one window whether the accelerometer has Apple's sign.
///
/// The cosine between the wrist's jerk and that of the end of a lever along +x, from a joint towards the hand: near 1 where
/// an arm swings; the other sign of the force negates it. So does a watch worn the other way round, whose +x points to the
/// elbow: which of the two mistakes it is cannot be told, and both together hide each other.
///
/// Gravity stands still in an inertial frame, so the derivative of the specific force taken there, f' + ω × f, is free of it,
/// whichever sign f has. A metre of lever ends in the acceleration (-(ω_y² + ω_z²), ω_x ω_y + ω_z', ω_x ω_z - ω_y').
///
/// Source: rigid-body kinematics, for example Siciliano et al., Robotics: Modelling, Planning and Control (2009), chapter 3.
public struct SignAgreement: Equatable, Sendable {
    /// The cosine, -1 to 1; 0, "tells neither", where the wrist or the lever's end stands still, or no frame is far enough
    /// from an edge.
    public let value: Double

    /// Root mean square in m/s³, of the wrist and of the end of a metre, below which they stand still.
    ///
    /// The noise of any watch makes far more; less is a dead channel, and the cosine a quotient of roundings.
    public static let stillJerk = 1e-3

    /// Weights of the Gaussian that precedes the derivatives; they sum to 1.
    ///
    /// exp(-k²/2σ²) at whole steps k from -4σ to 4σ, with σ of two steps (40 ms at 50 Hz).
    static let taps: [Double] = {
        let raw = (-8...8).map { exp(-0.5 * Double($0 * $0) / 4) }
        let sum = raw.reduce(0, +)
        return raw.map { $0 / sum }
    }()

    /// Measures one window.
    ///
    /// - Parameters:
    ///   - window: left-arm frame C.
    ///   - rateHz: steps a second.
    public init(of window: ImuWindow, rateHz: Double) {
        let force = Self.smoothed(window, channel: 0)
        let rate = Self.smoothed(window, channel: 3)
        let inner = Array(rate.dropFirst().dropLast())
        let lever = zip(inner, Self.derivative(rate, rateHz)).map { rate, turn in
            SIMD3(
                -(rate.y * rate.y + rate.z * rate.z), rate.x * rate.y + turn.z, rate.x * rate.z - turn.y)
        }
        let jerk = Self.inertialDerivative(force, rate, rateHz).dropFirst().dropLast()
        let leverJerk = Self.inertialDerivative(lever, inner, rateHz)
        let power = jerk.reduce(0) { $0 + ($1 * $1).sum() }
        let leverPower = leverJerk.reduce(0) { $0 + ($1 * $1).sum() }
        guard min(power, leverPower) > Self.stillJerk * Self.stillJerk * Double(jerk.count) else {
            value = 0
            return
        }
        value = zip(jerk, leverJerk).reduce(0) { $0 + ($1.0 * $1.1).sum() } / (power * leverPower).squareRoot()
    }

    /// Three channels from `channel` on, smoothed, without the frames whose neighbours lie outside.
    private static func smoothed(_ window: ImuWindow, channel: Int) -> [SIMD3<Double>] {
        let values = (0..<window.steps).map { step in
            let first = step * ImuWindow.channelCount + channel
            return SIMD3(
                Double(window.values[first]), Double(window.values[first + 1]), Double(window.values[first + 2]))
        }
        return values.indices.dropLast(taps.count - 1).map { start in
            taps.indices.reduce(SIMD3<Double>.zero) { $0 + values[start + $1] * taps[$1] }
        }
    }

    /// v' + ω × v, the derivative as an inertial frame sees it, without the first and the last frame.
    private static func inertialDerivative(
        _ vectors: [SIMD3<Double>], _ rates: [SIMD3<Double>], _ rateHz: Double
    ) -> [SIMD3<Double>] {
        zip(derivative(vectors, rateHz), zip(vectors, rates).dropFirst()).map { change, pair in
            let (vector, rate) = pair
            return change
                + SIMD3(
                    rate.y * vector.z - rate.z * vector.y, rate.z * vector.x - rate.x * vector.z,
                    rate.x * vector.y - rate.y * vector.x)
        }
    }

    /// The central difference, per second, without the first and the last frame.
    private static func derivative(_ track: [SIMD3<Double>], _ rateHz: Double) -> [SIMD3<Double>] {
        zip(track.dropFirst(2), track).map { ($0 - $1) * (0.5 * rateHz) }
    }
}
