import Foundation

/// How far the pelvis comes down, from how far the wrist does: depth = travel - offset, with two uncertainty terms.
///
/// The offset, by how much the wrist falls more than the pelvis, depends on how the arms are held and on the person. Its
/// uncertainty has a bias, which all repetitions of a person share, and a spread between repetitions. A reference set of the
/// wearer replaces the first by its own standard error.
struct DepthModel {
    let parameters: DepthParameters

    /// Depth of the pelvis in one repetition, or what else the reference knew.
    struct Depth {
        let valueM: Double
        let biasSDM: Double
        let spreadSDM: Double
        let travelSDM: Double
        let quantity: ReferenceQuantity
        let isReferenced: Bool

        var standardDeviationM: Double {
            (biasSDM * biasSDM + spreadSDM * spreadSDM + travelSDM * travelSDM).squareRoot()
        }
    }

    /// The posture that an elevation of the forearm belongs to.
    func posture(of elevationDeg: Double) -> ForearmPosture {
        if elevationDeg < parameters.hangingBelowDeg { return .hanging }
        return elevationDeg > parameters.raisedAboveDeg ? .raised : .level
    }

    /// Whether a forearm may be held in a posture, as exactly as the strap lets the elevation be known.
    func mayBe(_ posture: ForearmPosture, _ elevationDeg: Double) -> Bool {
        let strap = parameters.strapToleranceDeg
        return [elevationDeg - strap, elevationDeg, elevationDeg + strap].contains { self.posture(of: $0) == posture }
    }

    /// The depth of every repetition of a set; the posture is that of the set.
    func depths(_ set: ExerciseSet, _ motion: WristMotion, reference: WatchReference?) -> [Depth] {
        let own = posture(of: motion.elevationDeg)
        let posture = reference.map { mayBe($0.posture, motion.elevationDeg) ? $0.posture : own } ?? own
        let usual = self.usual(posture)
        return zip(set.repetitions, motion.forearmDrops).map { one, drop in
            let (offset, biasSD, spreadSD): (Double, Double, Double)
            if let reference {
                let more = reference.forearmDrop.map { drop - $0 } ?? 0
                offset = reference.offset + usual.leverM * more
                (biasSD, spreadSD) = (
                    hypot(reference.offsetStandardDeviation, usual.leverSdM * more), reference.spreadStandardDeviation
                )
            } else {
                // Hands that sink more than in the fit may belong to free arms or hold a bar: half of what free arms would do.
                let carried = 0.5 * parameters.freeLeverM * (drop - usual.forearmDrop)
                offset = usual.offsetM + carried
                (biasSD, spreadSD) = (hypot(usual.biasSdM, carried), usual.spreadSdM)
            }
            return Depth(
                valueM: max(0, one.rangeM.value - offset), biasSDM: biasSD, spreadSDM: spreadSD,
                travelSDM: one.rangeM.standardDeviation, quantity: reference?.known ?? .depth,
                isReferenced: reference != nil)
        }
    }

    private func usual(_ posture: ForearmPosture) -> PostureParameters {
        switch posture {
        case .hanging: parameters.hanging
        case .level: parameters.level
        case .raised: parameters.raised
        }
    }
}
