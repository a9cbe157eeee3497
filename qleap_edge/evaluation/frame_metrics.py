"""The figures of one frame: position, angle, likelihood and σ of a predicted pose against the true one."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64
from scipy.stats import norm

from qleap_edge.core.skeleton import JOINT_INDEX, JOINT_NAMES, PELVIS
from qleap_edge.core.units import MM_PER_BODY_HEIGHT, REFERENCE_STATURE_M
from qleap_edge.metrics.angles import bone_angles, hip_flexion, knee_flexion, sip_columns
from qleap_edge.metrics.pose import joint_errors, pa_joint_errors
from qleap_edge.metrics.uncertainty import gaussian_nll

COVERAGE_LEVEL = 0.9


@dataclass(frozen=True)
class Figure:
    """One number of a frame, a window or a repetition."""

    name: str
    label: str
    unit: str


JOINTS = tuple(name for name in JOINT_NAMES if name != JOINT_NAMES[PELVIS])
"""The joints with an error: all but the pelvis, which is the origin. One column each, in this order."""
FRAME_FIGURES = (
    Figure("mpjpe", "MPJPE, 16 joints", "mm"),
    Figure("pa_mpjpe", "PA-MPJPE, with scale, 17 joints", "mm"),
    Figure("legs_mpjpe", "MPJPE of knees and ankles", "mm"),
    Figure("knee_mae", "knee flexion, mean absolute error", "deg"),
    Figure("hip_mae", "hip flexion, mean absolute error", "deg"),
    Figure("bone_angle", "angular error of bone directions", "deg"),
    Figure("sip_angle", "the same of thighs and upper arms (SIP)", "deg"),
    Figure("nll", "negative log likelihood a coordinate, metres", "nat"),
    Figure("coverage_90", "coordinates inside the raw 90 % interval", "1"),
    Figure("sigma", "mean raw σ of a coordinate", "mm"),
    Figure("legs_coverage_90", "the same coverage, knees and ankles", "1"),
    Figure("legs_sigma", "the same σ, knees and ankles", "mm"),
    *(Figure(f"joint.{name}", f"error of {name.replace('_', ' ')}", "mm") for name in JOINTS),
    *(Figure(f"joint_sigma.{name}", f"raw σ of {name.replace('_', ' ')}", "mm") for name in JOINTS),
)
"""Lengths at a stature of 1.75 m; σ and coverage are the network's own, before any calibration profile."""
FRAME_COLUMN = {figure.name: column for column, figure in enumerate(FRAME_FIGURES)}

_LEGS = [JOINTS.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("knee", "ankle")]
_FREE = [JOINT_INDEX[name] for name in JOINTS]
_METRES = 2.0 * np.log(REFERENCE_STATURE_M)  # ln body heights² → ln m²
_REACH = norm.ppf(0.5 + 0.5 * COVERAGE_LEVEL)


def frame_figures(
    pose: Float[np.ndarray, "n 17 3"], log_variance: Float[np.ndarray, "n 17 3"], truth: Float[np.ndarray, "n 17 3"]
) -> Float64[np.ndarray, "n figures"]:
    """Return :data:`FRAME_FIGURES` of every frame.

    Args:
        pose: prediction, body heights.
        log_variance: ln of its variances, body heights².
        truth: the true pose, body heights.
    """
    pose, log_variance, truth = (_by_coordinate(array) for array in (pose, log_variance, truth))
    error = joint_errors(pose, truth) * MM_PER_BODY_HEIGHT
    spread = log_variance[:, _FREE]
    sigma = np.exp(0.5 * spread)
    z = (truth[:, _FREE] - pose[:, _FREE]) / sigma
    inside = (np.abs(z) <= _REACH).mean(axis=2)
    sigma_mm = sigma.mean(axis=2) * MM_PER_BODY_HEIGHT
    bones = bone_angles(pose, truth)
    rows = [
        error.mean(axis=1),
        pa_joint_errors(pose, truth).mean(axis=1) * MM_PER_BODY_HEIGHT,
        error[:, _LEGS].mean(axis=1),
        np.abs(knee_flexion(pose) - knee_flexion(truth)).mean(axis=1),
        np.abs(hip_flexion(pose) - hip_flexion(truth)).mean(axis=1),
        bones.mean(axis=1),
        bones[:, sip_columns()].mean(axis=1),
        gaussian_nll(z, spread + _METRES).mean(axis=(1, 2)),
        inside.mean(axis=1),
        sigma_mm.mean(axis=1),
        inside[:, _LEGS].mean(axis=1),
        sigma_mm[:, _LEGS].mean(axis=1),
    ]
    return np.concatenate([np.stack(rows, axis=1), error, sigma_mm], axis=1)


def _by_coordinate(array: Float[np.ndarray, "n 17 3"]) -> Float64[np.ndarray, "n 17 3"]:
    """Return a copy whose memory has the frames innermost: loops over a last axis of three take twice the time."""
    return np.ascontiguousarray(array.transpose(2, 1, 0), dtype=np.float64).transpose(2, 1, 0)
