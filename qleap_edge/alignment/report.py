"""The inspection of a recording as one JSON document."""

from typing import Literal

from qleap_edge.alignment.findings import Finding, Level
from qleap_edge.alignment.lever_arm import Agreement, Verdict
from qleap_edge.alignment.stream import AlignedRecording, windows
from qleap_edge.alignment.wear import Side
from qleap_edge.core.frames import HOP_STEPS, MODEL_RATE_HZ, WINDOW_STEPS
from qleap_edge.core.records import Document, Part


class SourceRecord(Part):
    """The file that was read."""

    path: str
    format: str
    """The reader's name for the file format."""
    sha256: str
    rows: int
    duration_s: float
    """From the first to the last stamp."""
    stamped: bool
    """False: the file has no time column."""
    notes: tuple[str, ...]
    """What the reader converted."""


class WearRecord(Part):
    """How the watch was worn, whether that was given or assumed, and the result of the lever-arm test."""

    wrist: Side
    crown: Side
    source: Literal["given", "assumed"]
    lever_arm: Agreement
    """Whether the motion agrees with the setting."""
    verdict: Verdict
    """Direction of +x by the lever-arm test."""
    lever_m: tuple[float, float, float]
    """From the joint to the watch, device axes, metres."""
    r2: float | None
    """Of the fit; null when there was nothing to fit."""
    seconds: float
    """Length of the turning motion that was used."""


class SegmentRecord(Part):
    """One gap-free stretch that is windowed."""

    start_s: float
    """Since the recording's first row."""
    duration_s: float
    rows: int
    rate_hz: float
    """Measured rate of the source."""
    clock: Literal["sensor", "wall", "given"]
    """Kind of the stamps."""
    jitter_s: float
    """Standard deviation of the usual intervals."""
    lost_samples: int
    steps: int
    """Samples at 50 Hz."""


class RejectedRecord(Part):
    """One stretch that is not used, and the reason."""

    start_s: float
    end_s: float
    rows: int
    reason: str


class WindowsRecord(Part):
    """The windows that the model gets."""

    rate_hz: float
    steps: int
    hop: int
    """Steps between the beginnings of two windows."""
    count: int
    rejected: int
    """Windows of which more than 2 % of the steps are bridged holes."""


class InspectionReport(Document):
    """``qleap watch inspect --json``."""

    schema_name: Literal["qleap.watch_inspection"] = "qleap.watch_inspection"
    schema_version: Literal[1] = 1
    verdict: Level
    """Level of the worst finding; ``info`` counts as ``pass``."""
    source: SourceRecord
    wear: WearRecord
    segments: tuple[SegmentRecord, ...]
    rejected: tuple[RejectedRecord, ...]
    windows: WindowsRecord
    findings: tuple[Finding, ...]


def inspection_report(aligned: AlignedRecording) -> InspectionReport:
    """Return source, wear, segments, windows and findings of a recording, before any model has run."""
    recording, lever, cut = aligned.recording, aligned.lever_arm, windows(aligned)
    levels = {finding.level for finding in aligned.findings}
    verdict: Level = "fail" if "fail" in levels else "warn" if "warn" in levels else "pass"
    return InspectionReport(
        verdict=verdict,
        source=SourceRecord(
            path=recording.path,
            format=recording.format,
            sha256=recording.sha256,
            rows=len(recording),
            duration_s=float(recording.time_s.max() - recording.time_s.min()),
            stamped=recording.stamped,
            notes=recording.notes,
        ),
        wear=WearRecord(
            wrist=aligned.wear.wrist,
            crown=aligned.wear.crown,
            source=aligned.wear.source,
            lever_arm=lever.agreement(aligned.wear),
            verdict=lever.verdict,
            lever_m=lever.lever_m,
            r2=lever.r2,
            seconds=lever.seconds,
        ),
        segments=_segments(aligned),
        rejected=tuple(
            RejectedRecord(start_s=part.start_s, end_s=part.end_s, rows=part.rows, reason=part.reason)
            for part in aligned.rejected
        ),
        windows=WindowsRecord(
            rate_hz=MODEL_RATE_HZ,
            steps=WINDOW_STEPS,
            hop=HOP_STEPS,
            count=len(cut.start_s),
            rejected=int(cut.rejected.sum()),
        ),
        findings=aligned.findings,
    )


def _segments(aligned: AlignedRecording) -> tuple[SegmentRecord, ...]:
    return tuple(
        SegmentRecord(
            start_s=segment.start_s,
            duration_s=float(stretch.time_s[-1] - stretch.time_s[0]),
            rows=len(stretch.recording),
            rate_hz=stretch.rate_hz,
            clock=stretch.kind,
            jitter_s=stretch.jitter_s,
            lost_samples=stretch.lost,
            steps=len(segment.time_s),
        )
        for stretch, segment in zip(aligned.clock.stretches, aligned.segments, strict=True)
    )
