"""The inspection of a recording as one JSON document."""

from typing import Literal

from qleap_edge.alignment.findings import Level
from qleap_edge.alignment.lever_arm import Agreement, Verdict
from qleap_edge.alignment.stream import AlignedRecording, windows
from qleap_edge.alignment.wear import Side
from qleap_edge.core.frames import HOP_STEPS, MODEL_RATE_HZ, WINDOW_STEPS
from qleap_edge.core.records import Document, Part


class SourceRecord(Part):
    """The file."""

    path: str
    format: str
    sha256: str
    rows: int
    duration_s: float
    stamped: bool
    notes: tuple[str, ...]


class WearRecord(Part):
    """How the watch was worn, who says so, and what the motion says."""

    wrist: Side
    crown: Side
    source: Literal["given", "assumed"]
    lever_arm: Agreement
    """Whether the motion agrees with the setting."""
    verdict: Verdict
    """Where +x points by the motion alone."""
    lever_m: tuple[float, float, float]
    r2: float | None
    seconds: float


class SegmentRecord(Part):
    """One gap-free stretch that reaches the model."""

    start_s: float
    duration_s: float
    rows: int
    rate_hz: float
    clock: Literal["sensor", "wall", "given"]
    jitter_s: float
    lost_samples: int
    steps: int
    """Samples at 50 Hz."""


class RejectedRecord(Part):
    """One stretch that does not, and why."""

    start_s: float
    end_s: float
    rows: int
    reason: str


class WindowsRecord(Part):
    """What the model will be asked."""

    rate_hz: float
    steps: int
    hop: int
    count: int
    rejected: int
    """Because more than 2 % of their steps are bridged holes."""


class FindingRecord(Part):
    """One check; see ``findings.Finding``."""

    check: str
    level: Level
    value: float | None
    unit: str
    expected: str
    message: str


class InspectionReport(Document):
    """``qleap watch inspect --json``."""

    schema_name: Literal["qleap.watch_inspection"] = "qleap.watch_inspection"
    schema_version: Literal[1] = 1
    verdict: Level
    """The worst finding."""
    source: SourceRecord
    wear: WearRecord
    segments: tuple[SegmentRecord, ...]
    rejected: tuple[RejectedRecord, ...]
    windows: WindowsRecord
    findings: tuple[FindingRecord, ...]


def inspection_report(aligned: AlignedRecording) -> InspectionReport:
    """Return everything that is known about a recording before a model has seen it."""
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
        findings=tuple(
            FindingRecord(
                check=finding.check,
                level=finding.level,
                value=finding.value,
                unit=finding.unit,
                expected=finding.expected,
                message=finding.message,
            )
            for finding in aligned.findings
        ),
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
