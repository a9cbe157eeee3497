"""A recording as the benchmark uses it: windows of both wrists and the true joints at their steps, 50 Hz."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int
from scipy.interpolate import make_interp_spline

from qleap_edge.alignment.resample import uniform_grid
from qleap_edge.alignment.stream import AlignedSegment, Windows, cut_windows, is_masked
from qleap_edge.alignment.wear import Side
from qleap_edge.comparison.dip.gaps import GapRule, fill, orthonormal
from qleap_edge.comparison.dip.layout import RATE_HZ, WRIST_SENSOR
from qleap_edge.comparison.dip.open_skeleton import global_rotations, joints_17, to_z_up
from qleap_edge.comparison.dip.recording import TRIM_FRAMES, DipRecording
from qleap_edge.comparison.dip.self_checks import WristChecks, check_rotations, check_upright, check_wrist
from qleap_edge.comparison.dip.wrist import model_input, wrist_signal
from qleap_edge.core.frames import HOP_STEPS, MODEL_RATE_HZ, WINDOW_STEPS
from qleap_edge.core.skeleton import JOINT_COUNT, PELVIS, remove_heading

LEAST_LEFT = 0.3
"""Horizontal part of the pelvis' left axis below which it shows no heading, as when a person lies on the side."""

_TRIM_STEPS = round(TRIM_FRAMES / RATE_HZ * MODEL_RATE_HZ)
_ORDER = 3  # of the spline through the true joints


@dataclass(frozen=True)
class WristInput:
    """The windows of one wrist."""

    windows: Windows
    first: Int[np.ndarray, " k"]
    """Step at which each window begins."""
    filled_share: float
    """Of the frames at 60 Hz that were gaps."""
    checks: WristChecks


@dataclass(frozen=True)
class PreparedRecording:
    """One recording, its ends trimmed."""

    recording: DipRecording
    pose: Float64[np.ndarray, "steps 17 3"]
    """The true joints in the body frame of the product (heading removed), body heights."""
    side_lying: Bool[np.ndarray, " steps"]
    """Steps whose heading comes from the pelvis' forward axis, because its left axis is nearly vertical."""
    wrists: dict[Side, WristInput]


@dataclass(frozen=True)
class Discarded:
    """A recording that the rule for gaps discards."""

    recording: DipRecording
    reason: str


def prepare(recording: DipRecording, rule: GapRule) -> PreparedRecording | Discarded:
    """Fill the gaps of both forearm sensors, check them, convert them to 50 Hz and compute the true joints.

    Args:
        recording: as read.
        rule: for gaps. ``standard`` trims six frames at each end; ``interpolate`` trims none, and leaves out windows of which
            more than 2 % are filled.

    Raises:
        InputDataError: the recording is not what the data set describes.
    """
    if np.isnan(recording.pose).any():
        return Discarded(recording, "gt has a gap")
    turned = global_rotations(recording.pose)
    check_upright(recording.file, turned)
    trim = _TRIM_STEPS if rule == "standard" else 0
    wrists: dict[Side, WristInput] = {}
    for side, sensor in WRIST_SENSOR.items():
        sound = fill(recording.orientation[:, sensor], recording.acceleration[:, sensor], rule)
        if sound is None:
            return Discarded(recording, f"sensor {sensor} has a gap that the rule {rule!r} does not close")
        orientation, off = orthonormal(sound[0])
        check_rotations(recording.file, side, off)
        signal = wrist_signal(orientation, sound[1], side)
        checks = check_wrist(recording.file, side, orientation, sound[1], signal[:, :3], turned)
        imu = model_input(signal, side)
        wrists[side] = _windows(imu, sound[2], checks, trim, rule)
    if any(not len(wrist.first) for wrist in wrists.values()):
        return Discarded(recording, "no window has less than 2 % of filled frames")
    pose, side_lying = true_pose(turned)
    kept = slice(trim, len(pose) - trim)
    return PreparedRecording(recording, pose[kept], side_lying[kept], wrists)


def true_pose(
    turned: Float64[np.ndarray, "t 24 3 3"],
) -> tuple[Float64[np.ndarray, "steps 17 3"], Bool[np.ndarray, " steps"]]:
    """Return the true joints at 50 Hz in the body frame, and the steps with the other rule for heading.

    The heading is that of the pelvis' left axis, as in the product; where this axis is within 17° of the vertical, it is that
    of the pelvis' forward axis.

    Args:
        turned: global rotations of the joints of SMPL, at 60 Hz.
    """
    world = to_z_up(joints_17(turned)).reshape(len(turned), -1)
    axes = to_z_up(turned[:, 0].transpose(0, 2, 1))  # rows: left, up and forward axis of the pelvis
    columns = np.concatenate([world, axes[:, 0], axes[:, 2]], axis=1)
    seconds = np.arange(len(turned)) / RATE_HZ
    grid = np.minimum(uniform_grid(float(seconds[-1]), MODEL_RATE_HZ), seconds[-1])
    at = make_interp_spline(seconds, columns, k=_ORDER)(grid)
    joints = at[:, :-6].reshape(-1, JOINT_COUNT, 3)
    lying = np.linalg.norm(at[:, -6:-4], axis=1) < LEAST_LEFT * np.linalg.norm(at[:, -6:-3], axis=1)
    body = np.empty_like(joints)
    body[~lying] = remove_heading(joints[~lying])
    body[lying] = _forward_heading(joints[lying], at[lying, -3:-1])
    body[:, PELVIS] = 0.0
    return body, lying


def _forward_heading(
    joints: Float64[np.ndarray, "n 17 3"], forward: Float64[np.ndarray, "n 2"]
) -> Float64[np.ndarray, "n 17 3"]:
    """Return the joints turned about the vertical so that the horizontal direction ``forward`` becomes x."""
    x, y = (forward / np.linalg.norm(forward, axis=1, keepdims=True)).T[:, :, None]
    return np.stack(
        [joints[..., 0] * x + joints[..., 1] * y, joints[..., 1] * x - joints[..., 0] * y, joints[..., 2]], axis=-1
    )


def _windows(
    imu: Float64[np.ndarray, "steps 6"], gaps: Bool[np.ndarray, " t"], checks: WristChecks, trim: int, rule: GapRule
) -> WristInput:
    frame = np.minimum(np.rint(np.arange(len(imu)) * RATE_HZ / MODEL_RATE_HZ).astype(np.int64), len(gaps) - 1)
    kept = slice(trim, len(imu) - trim)
    values, filled = imu[kept].astype(np.float32), gaps[frame][kept]
    segment = AlignedSegment(0.0, np.arange(len(values)) / MODEL_RATE_HZ, values, filled, RATE_HZ)
    first = np.arange(0, len(values) - WINDOW_STEPS + 1, HOP_STEPS, dtype=np.int64)
    windows, share = cut_windows(segment, first)
    if rule == "interpolate":
        whole = ~is_masked(share)
        first, windows, share = first[whole], windows[whole], share[whole]
    return WristInput(
        windows=Windows(
            imu=windows,
            start_s=segment.time_s[first],
            masked_share=share,
            rejected=np.zeros(len(first), dtype=bool),
            segment=np.zeros(len(first), dtype=np.int64),
        ),
        first=first,
        filled_share=float(gaps.mean()),
        checks=checks,
    )
