import ExampleLogic
import QLeapEdge
import Testing

/// Where joints lie in the picture.
@Suite struct SkeletonFigureTests {
    let payload: EdgePayload
    let pose: PoseEstimate
    let figure: SkeletonFigure

    init() async throws {
        payload = try Poses.payload()
        pose = try await Poses.one(payload)
        figure = try #require(SkeletonFigure(pose, skeleton: payload.skeleton, statureM: 1.7))
    }

    @Test func thePictureHoldsTheWholeBodyTheRightWayUp() {
        #expect(figure.joints.count == 17 && figure.sigmas.count == 17)
        #expect(figure.joints.allSatisfy { (0...1).contains($0.x) && (0...1).contains($0.y) })
        #expect(figure.sigmas.allSatisfy { $0 > 0 && $0 < 0.5 })
        func y(_ joint: JointName) -> Double { figure.joints[joint.index].y }
        #expect(y(.head) < y(.pelvis) && y(.pelvis) < y(.leftAnkle) && y(.pelvis) < y(.rightAnkle))
        #expect(figure.joints[JointName.pelvis.index].x == 0.5)
    }

    @Test func theOnlookerStandsInFront() throws {
        // A step to the wearer's left is one to the onlooker's right, and 30° turn a metre into 0.87 m of it.
        let left = figure.joints[JointName.leftHip.index].x - figure.joints[JointName.rightHip.index].x
        let hips = try #require(pose.latest(.leftHip)) - (try #require(pose.latest(.rightHip)))
        let expected = (hips.y * 0.866_025_403_784 - hips.x * 0.5) / (SkeletonFigure.widthStatures * 1.7)
        #expect(abs(left - expected) < 1e-9)
    }

    @Test func bonesAreThoseOfTheSkeleton() {
        #expect(figure.bones.count == 16)
        for bone in figure.bones {
            #expect(payload.skeleton.joints[bone.child].parent == bone.parent)
        }
    }

    @Test func aPictureNeedsAStature() {
        #expect(SkeletonFigure(pose, skeleton: payload.skeleton, statureM: 0) == nil)
    }
}
