import QLeapEdge

/// One pose as points and lines of a plane, looked at from in front of the wearer and a little to the left.
///
/// Nothing here depends on a drawing framework. The scale follows the wearer's stature, not the pose, so a squat lowers the
/// figure in place of enlarging it.
public struct SkeletonFigure: Equatable, Sendable {
    /// A point of the picture: (0, 0) is its upper left corner, (1, 1) its lower right one.
    public struct Point: Equatable, Sendable {
        /// To the right, as a share of the width.
        public let x: Double
        /// Downwards, as a share of the height.
        public let y: Double
    }

    /// Width of the picture in statures of the wearer.
    public static let widthStatures = 1.3
    /// Height of the picture in statures: arms that are raised fit in, and so do feet below a pelvis at the origin.
    public static let heightStatures = 1.5
    /// How far to the wearer's left the onlooker stands, degrees from straight ahead.
    public static let viewDegrees = 30.0
    private static let aboveStatures = 0.85  // from the pelvis to the upper edge
    private static let (cosView, sinView) = (0.866_025_403_784_438_6, 0.5)  // of 30°

    /// Joints in the order of the skeleton.
    public let joints: [Point]
    /// Radius of each joint that holds it with the most doubtful axis's standard deviation, as a share of the width.
    public let sigmas: [Double]
    /// Pairs of joints: parent, child.
    public let bones: [(parent: Int, child: Int)]

    /// Projects the newest frame of an estimate.
    ///
    /// - Parameters:
    ///   - estimate: positions in metres, body frame: x forward, y to the left, z up.
    ///   - skeleton: gives the parents.
    ///   - statureM: of the wearer, metres.
    /// - Returns: nil when the estimate has no frame, or not the joints of the skeleton.
    public init?(_ estimate: PoseEstimate, skeleton: SkeletonDocument, statureM: Double) {
        let count = skeleton.joints.count
        guard estimate.frameCount > 0, statureM > 0, estimate.positions.count == estimate.frameCount * count,
            estimate.sigmas.count == estimate.positions.count
        else { return nil }
        let (width, height) = (Self.widthStatures * statureM, Self.heightStatures * statureM)
        joints = estimate.positions.suffix(count).map { position in
            // The onlooker's right is the wearer's left.
            let right = position.y * Self.cosView - position.x * Self.sinView
            return Point(x: 0.5 + right / width, y: (Self.aboveStatures * statureM - position.z) / height)
        }
        sigmas = estimate.sigmas.suffix(count).map { $0.max() / width }
        bones = skeleton.joints.enumerated().filter { $1.parent >= 0 }.map { ($1.parent, $0) }
    }

    /// Compares all points; bones follow from the skeleton.
    public static func == (left: SkeletonFigure, right: SkeletonFigure) -> Bool {
        left.joints == right.joints && left.sigmas == right.sigmas
    }
}
