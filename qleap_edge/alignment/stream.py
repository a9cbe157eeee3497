"""A recording in the model's frame, rate and windows: parse → clean clock → low-pass and resample → frame C → windows.

Segments are aligned one by one, so data beyond a gap have no influence, and no window crosses a gap.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int

from qleap_edge.alignment.clock import ClockReport, Rejected, Stretch, clean_clock
from qleap_edge.alignment.clock_checks import clock_findings
from qleap_edge.alignment.findings import Finding, graded
from qleap_edge.alignment.gravity_checks import mean_force_finding, sign_finding
from qleap_edge.alignment.lever_arm import LeverArm, fit_lever_arm, wear_findings
from qleap_edge.alignment.recording import Recording
from qleap_edge.alignment.resample import resample_uniform
from qleap_edge.alignment.signal_checks import signal_findings
from qleap_edge.alignment.wear import ASSUMED_WEAR, Wear, to_frame_c
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.frames import HOP_STEPS, IMU_CHANNELS, MODEL_RATE_HZ, WINDOW_SECONDS, WINDOW_STEPS

MAX_MASKED_SHARE = 0.02  # of a window's steps: 4 of 200


@dataclass(frozen=True)
class AlignedSegment:
    """A gap-free stretch at 50 Hz."""

    start_s: float
    """Since the recording's first row."""
    time_s: Float[np.ndarray, " m"]
    """Since the recording's first row; steps of exactly 0.02 s."""
    imu: Float32[np.ndarray, "m 6"]
    """Specific force (m/s²) and angular velocity (rad/s), frame C, left arm."""
    filled: Bool[np.ndarray, " m"]
    """Steps inside a hole of 30 to 100 ms that was bridged by a line."""
    source_rate_hz: float


@dataclass(frozen=True)
class AlignedRecording:
    """A recording in the model's frame and rate, and the findings of every check."""

    recording: Recording
    wear: Wear
    segments: tuple[AlignedSegment, ...]
    rejected: tuple[Rejected, ...]
    clock: ClockReport
    lever_arm: LeverArm
    findings: tuple[Finding, ...]

    @property
    def failures(self) -> tuple[Finding, ...]:
        """The findings because of which this recording must not reach the model."""
        return tuple(finding for finding in self.findings if finding.level == "fail")

    def require_usable(self) -> None:
        """Refuse a recording that failed a check.

        Raises:
            InputDataError: the first failing finding, and how many there are.
        """
        if self.failures:
            first = self.failures[0]
            raise InputDataError(
                f"{len(self.failures)} of {len(self.findings)} checks fail; {first.check}: {first.message}",
                where=self.recording.path,
                expected=first.expected,
                got="nothing usable" if first.value is None else f"{first.value:.6g} {first.unit}".removesuffix(" 1"),
                next_step=f"see all checks with `qleap watch inspect {self.recording.path}`",
            )


@dataclass(frozen=True)
class Windows:
    """Model inputs cut from an aligned recording."""

    imu: Float32[np.ndarray, "k steps 6"]
    start_s: Float[np.ndarray, " k"]
    """Stamp of each window's first step, since the recording's first row."""
    masked_share: Float[np.ndarray, " k"]
    rejected: Bool[np.ndarray, " k"]
    """More than 2 % of the steps are bridged holes."""
    segment: Int[np.ndarray, " k"]


def align(recording: Recording, wear: Wear = ASSUMED_WEAR) -> AlignedRecording:
    """Bring a recording to 50 Hz in frame C of a left arm, segment by segment, and check it."""
    clock = clean_clock(recording)
    lever = fit_lever_arm([stretch.recording for stretch in clock.stretches])
    segments = tuple(align_stretch(stretch, wear) for stretch in clock.stretches)
    return AlignedRecording(
        recording=recording,
        wear=wear,
        segments=segments,
        rejected=clock.rejected,
        clock=clock,
        lever_arm=lever,
        findings=(*_findings(recording, clock, lever, wear), _length_finding(segments)),
    )


def _findings(recording: Recording, clock: ClockReport, lever: LeverArm, wear: Wear) -> tuple[Finding, ...]:
    """Return the findings of reader, clock, signals and wear, in this order."""
    notices = [
        Finding(check="reader", level="warn", value=None, unit="1", expected="nothing to report", message=text)
        for text in recording.warnings
    ]
    clocked = clock_findings(clock, stamped=recording.stamped)
    gravity = []
    if clock.stretches:
        parts = [stretch.recording for stretch in clock.stretches]
        gravity = [mean_force_finding(clock.stretches), sign_finding(parts, wear)]
    return (*notices, *clocked, *signal_findings(clock.stretches), *gravity, *wear_findings(lever, wear))


def _length_finding(segments: tuple[AlignedSegment, ...]) -> Finding:
    longest = max((len(segment.time_s) for segment in segments), default=0)
    return graded(
        "length",
        longest / MODEL_RATE_HZ,
        "s",
        f"the longest part without an interruption has {max(0, longest - 1) / MODEL_RATE_HZ:.1f} s"
        if segments
        else "there is no part that can be used",
        good=longest >= WINDOW_STEPS,
        bad="fail",
        expected=f"at least {WINDOW_SECONDS:g} s, one window",
    )


def align_stretch(stretch: Stretch, wear: Wear) -> AlignedSegment:
    """Bring one gap-free stretch to 50 Hz in frame C of a left arm."""
    time_s, device = resample_uniform(stretch.time_s, stretch.imu, MODEL_RATE_HZ)
    filled = np.zeros(len(time_s), dtype=bool)
    for before, after in stretch.masked:
        filled |= (time_s > before) & (time_s < after)
    imu = to_frame_c(device[:, :3], device[:, 3:], wear).astype(np.float32)
    return AlignedSegment(float(time_s[0]), time_s, imu, filled, stretch.rate_hz)


def windows(aligned: AlignedRecording, steps: int = WINDOW_STEPS, hop: int = HOP_STEPS) -> Windows:
    """Cut every full window of every segment; one that crosses a gap does not exist.

    Args:
        aligned: the recording.
        steps: window length, 50 Hz steps.
        hop: steps between the starts of neighbouring windows.
    """
    firsts = [np.arange(0, len(segment.time_s) - steps + 1, hop, dtype=np.int64) for segment in aligned.segments]
    counts = [len(first) for first in firsts]
    imu = np.empty((sum(counts), steps, len(IMU_CHANNELS)), dtype=np.float32)
    start_s, share = np.empty(len(imu)), np.empty(len(imu))
    row = 0
    for segment, first in zip(aligned.segments, firsts, strict=True):
        rows = slice(row, row + len(first))
        imu[rows], share[rows] = cut_windows(segment, first, steps)
        start_s[rows] = segment.time_s[first]
        row += len(first)
    return Windows(
        imu=imu,
        start_s=start_s,
        masked_share=share,
        rejected=is_masked(share),
        segment=np.repeat(np.arange(len(counts), dtype=np.int64), counts),
    )


def cut_windows(
    segment: AlignedSegment, firsts: Int[np.ndarray, " k"], steps: int = WINDOW_STEPS
) -> tuple[Float32[np.ndarray, "k steps 6"], Float[np.ndarray, " k"]]:
    """Return the windows of a segment that start at given steps, and the share of each that is bridged holes."""
    rows = firsts[:, None] + np.arange(steps)
    return segment.imu[rows], segment.filled[rows].mean(axis=1)


def is_masked(masked_share: Float[np.ndarray, " k"]) -> Bool[np.ndarray, " k"]:
    """Return True for windows with too many bridged holes to be answered."""
    return masked_share > MAX_MASKED_SHARE
