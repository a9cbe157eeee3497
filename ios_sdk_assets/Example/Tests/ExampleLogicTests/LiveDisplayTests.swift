import ExampleLogic
import QLeapEdge
import Testing

/// What the screen shows, and for how long.
@Suite struct LiveDisplayTests {
    let payload: EdgePayload
    let pose: PoseEstimate

    init() async throws {
        payload = try Poses.payload()
        pose = try await Poses.one(payload)
    }

    func shown(_ result: PoseResult, nowS: Double = 10) -> LiveDisplay {
        var display = LiveDisplay()
        display.start()
        display.take(result, skeleton: payload.skeleton, statureM: 1.7, nowS: nowS)
        return display
    }

    @Test func aPoseIsShownAndTakenDownWhenItIsOld() {
        var display = shown(PoseResult(pose))
        guard case .pose(_, let exercise) = display.content else {
            Issue.record("\(display.content)")
            return
        }
        #expect(exercise == pose.named)
        display.expire(nowS: 10 + LiveDisplay.staleAfterS)
        #expect(display == shown(PoseResult(pose)))
        display.expire(nowS: 10.01 + LiveDisplay.staleAfterS)
        #expect(display.content == .waiting)
    }

    @Test func notSureReplacesThePoseAndSaysWhy() async throws {
        let refused = try await Poses.abstained(payload)
        var display = shown(PoseResult(pose))
        display.take(refused, skeleton: payload.skeleton, statureM: 1.7, nowS: 10.2)
        guard case .abstained(let fired) = refused.state else { return }
        #expect(display.content == .notSure(fired.sentences))
        guard case .notSure(let reasons) = display.content else { return }
        #expect(!reasons.isEmpty)
        display.expire(nowS: 20)
        #expect(display.content == .waiting)
    }

    @Test func everyReasonHasItsOwnSentence() {
        let all = Set(AbstainReason.allCases).sentences
        #expect(all.count == AbstainReason.allCases.count && Set(all).count == all.count)
        #expect(Set<AbstainReason>([.input]).sentences == [AbstainReason.input.sentence])
    }

    @Test func anErrorStaysUntilTheNextStart() {
        var display = shown(PoseResult(pose))
        display.end(StreamError.rateTooLow(minimum: 49, got: 20))
        guard case .failed(let reason) = display.content else {
            Issue.record("\(display.content)")
            return
        }
        #expect(reason.contains("20.0 Hz"))
        display.expire(nowS: 100)
        #expect(display.content == .failed(reason))
        display.end()
        #expect(display.content == .idle)
    }

    @Test func everyExerciseHasATitle() {
        #expect(Exercise.sitToStand.title == "Sit to stand" && Exercise.squat.title == "Squat")
    }
}
