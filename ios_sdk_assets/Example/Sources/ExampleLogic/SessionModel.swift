import Foundation
import Observation
import QLeapEdge
import QLeapEdgeMotion

/// One stream of samples and what the screen shows of it.
@MainActor @Observable
public final class SessionModel {
    /// Pose, "not sure", or why there is neither.
    public private(set) var display = LiveDisplay()
    /// Repetitions of the set that goes on, or of the last one; nil: there was none yet.
    public private(set) var repetitions: RepetitionReadout?
    /// Sentences that stay on the screen.
    public private(set) var notices: [String] = []
    /// Whether a stream is followed.
    public private(set) var isRunning = false
    /// Samples that were skipped since the stream began.
    public private(set) var skippedSamples = 0

    @ObservationIgnored private var control: SessionControl?
    @ObservationIgnored private var task: Task<Void, Never>?
    @ObservationIgnored private var stream = 0  // tells what a stream that was ended still delivers from the next one

    /// Nothing runs yet.
    public init() {}

    /// Follows a stream until it ends, fails, or ``stop()`` is called; one that is followed already is ended first.
    ///
    /// - Parameters:
    ///   - source: batches of samples in time order.
    ///   - engine: for the person who wears the watch.
    ///   - backlog: `.newest` for a sensor, `.everything` where each window counts.
    public func start<Source: AsyncSequence & Sendable>(
        _ source: Source, engine: PoseEngine, backlog: PoseEngine.Backlog = .newest
    ) where Source.Element == [MotionSample] {
        task?.cancel()
        notices = Notices.of(engine)
        repetitions = nil
        skippedSamples = 0
        isRunning = true
        stream += 1
        display.start()
        let control = SessionControl()
        self.control = control
        task = Task { [weak self, stream] in await self?.follow(source, engine, backlog, stream, control) }
    }

    /// Ends the stream; what was counted stays, and the last set is still measured.
    public func stop() {
        control?.end()
        control = nil
        isRunning = false
        display.end()
    }

    /// Shows why no stream could begin, or why one ended outside the engine.
    public func fail(_ error: any Error) {
        task?.cancel()
        task = nil
        isRunning = false
        display.end(error)
    }

    private func follow<Source: AsyncSequence & Sendable>(
        _ source: Source, _ engine: PoseEngine, _ backlog: PoseEngine.Backlog, _ stream: Int,
        _ control: SessionControl
    ) async where Source.Element == [MotionSample] {
        let watchdog = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .milliseconds(250))
                self?.display.expire(nowS: Self.nowS)
            }
        }
        defer { watchdog.cancel() }
        let tap = SampleTap(wear: engine.wearer.wear)
        let tapped = TappedMotion(base: source) { [weak self] batch in
            let notice = await tap.add(batch)
            await self?.take(notice, of: stream)
        }
        do {
            for try await event in engine.session(from: tapped, control: control, backlog: backlog) {
                guard !Task.isCancelled, stream == self.stream else { return }
                take(event, engine)
            }
            guard !Task.isCancelled, stream == self.stream else { return }
            isRunning = false
            display.end()
        } catch {
            guard !Task.isCancelled, stream == self.stream else { return }
            isRunning = false
            display.end(error)
        }
    }

    private func take(_ event: SessionEvent, _ engine: PoseEngine) {
        switch event {
        case .pose(let result):
            guard isRunning else { return }  // stopped: no pose comes back to the screen
            skippedSamples = result.skipped.count
            display.take(result, skeleton: engine.payload.skeleton, statureM: engine.wearer.stature, nowS: Self.nowS)
        case .counting(let set):
            if let set { repetitions = RepetitionReadout(set) }  // between sets the last count stays
        case .set(let set): repetitions = RepetitionReadout(set)
        case .ended: break
        }
    }

    private func take(_ notice: String?, of stream: Int) {
        guard isRunning, stream == self.stream else { return }
        if let notice, !notices.contains(notice) { notices.append(notice) }
    }

    private static let zero = ContinuousClock.now

    private static var nowS: Double {
        let parts = (ContinuousClock.now - zero).components
        return Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
    }
}

/// What is done with every sample besides the session: the evidence about its signs.
private actor SampleTap {
    private var evidence: SignEvidence

    init(wear: WearConfiguration) {
        evidence = SignEvidence(wear: wear)
    }

    /// A sentence for the screen, if there is anything to say.
    func add(_ batch: [MotionSample]) -> String? {
        for sample in batch { evidence.add(sample) }
        return Notices.of(evidence.verdict)
    }
}
