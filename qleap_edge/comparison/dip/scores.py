"""The figures of one wrist of one recording: a predicted pose, or a control without any sensor, against the true joints."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float64

from qleap_edge.alignment.wear import Side
from qleap_edge.comparison.motion.scores import mpjpe_13
from qleap_edge.core.skeleton import JOINT_INDEX, PELVIS
from qleap_edge.core.units import REFERENCE_STATURE_M
from qleap_edge.metrics.angles import bone_angles, hip_flexion, knee_flexion, sip_columns
from qleap_edge.metrics.pose import jerks, joint_errors, length, pa_joint_errors
from qleap_edge.metrics.uncertainty import Z_90, gaussian_nll

CM_PER_BODY_HEIGHT = 100.0 * REFERENCE_STATURE_M
_HIPS_AND_SPINE = [JOINT_INDEX[name] for name in ("left_hip", "right_hip", "spine")]

UNITS = {
    "mpjpe_16": "cm", "mpjpe_16_pelvis_frame": "cm", "mpjpe_13": "cm", "n_mpjpe_16": "cm", "pa_mpjpe_17": "cm",
    "watch_arm": "cm", "rest_of_body": "cm", "bone_direction": "deg", "bone_direction_sip": "deg",
    "knee_flexion": "deg", "hip_flexion": "deg", "jitter": "m/s³",
}  # fmt: skip
"""Figure of positions → unit, all for a person of 1.75 m."""

SIGMA_UNITS = {"coverage_90": "1", "width_90": "cm", "nll": "nat"}
"""Figure of the predicted standard deviations → unit."""


@dataclass(frozen=True)
class Sums:
    """One figure's mean over the frames of a recording, and the number of frames."""

    mean: float
    frames: int


def position_figures(
    pose: Float[np.ndarray, "t 17 3"],
    truth: Float64[np.ndarray, "t 17 3"],
    known: Bool[np.ndarray, " t"],
    side: Side,
) -> dict[str, Sums]:
    """Return the mean of each figure of :data:`UNITS` over the frames where the pose is known.

    Jitter needs four frames in a row. It is that of ``pose``; the truth's is this function's with the truth as pose.

    Args:
        pose: predicted, body frame, body heights; any number where it is not known.
        truth: true joints, same frame and unit.
        known: frames that count.
        side: wrist of the watch.
    """
    ours, true = pose[known].astype(np.float64), truth[known]
    errors = np.insert(joint_errors(ours, true), PELVIS, 0.0, axis=-1) * CM_PER_BODY_HEIGHT
    arm = [JOINT_INDEX[f"{side.value}_{name}"] for name in ("shoulder", "elbow", "wrist")]
    angles = bone_angles(ours, true)
    frames = {
        "mpjpe_16": np.delete(errors, PELVIS, axis=-1).mean(axis=-1),
        "mpjpe_16_pelvis_frame": joint_errors(in_pelvis_frame(ours), in_pelvis_frame(true)).mean(axis=-1)
        * CM_PER_BODY_HEIGHT,
        "mpjpe_13": mpjpe_13(ours, true) * CM_PER_BODY_HEIGHT,
        "n_mpjpe_16": joint_errors(scaled(ours, true), true).mean(axis=-1) * CM_PER_BODY_HEIGHT,
        "pa_mpjpe_17": pa_joint_errors(ours, true).mean(axis=-1) * CM_PER_BODY_HEIGHT,
        "watch_arm": errors[:, arm].mean(axis=-1),
        "rest_of_body": np.delete(errors, [PELVIS, *arm], axis=-1).mean(axis=-1),
        "bone_direction": angles.mean(axis=-1),
        "bone_direction_sip": angles[:, sip_columns()].mean(axis=-1),
        "knee_flexion": np.abs(knee_flexion(ours) - knee_flexion(true)).mean(axis=-1),
        "hip_flexion": np.abs(hip_flexion(ours) - hip_flexion(true)).mean(axis=-1),
    }
    found = {name: Sums(float(values.mean()), len(values)) for name, values in frames.items()}
    third = jerks(np.where(known[:, None, None], pose.astype(np.float64), np.nan)) * REFERENCE_STATURE_M
    whole = third[np.isfinite(third)]
    found["jitter"] = Sums(float(whole.mean()) if len(whole) else float("nan"), len(whole))
    return found


def sigma_figures(
    pose: Float[np.ndarray, "t 17 3"],
    sigma: Float[np.ndarray, "t 17 3"],
    truth: Float64[np.ndarray, "t 17 3"],
    known: Bool[np.ndarray, " t"],
) -> dict[str, Sums]:
    """Return coverage and width of the 90 % interval and the negative log-likelihood, over the 48 free coordinates.

    Args:
        pose: predicted, body heights.
        sigma: predicted standard deviations, body heights.
        truth: true joints.
        known: frames that count.
    """
    ours, true, spread = (np.delete(array[known], PELVIS, axis=1).astype(np.float64) for array in (pose, truth, sigma))
    z = (true - ours) / spread
    frames = {
        "coverage_90": (np.abs(z) <= Z_90).mean(axis=(1, 2)),
        "width_90": (2.0 * Z_90 * spread).mean(axis=(1, 2)) * CM_PER_BODY_HEIGHT,
        "nll": gaussian_nll(z, 2.0 * np.log(spread)).mean(axis=(1, 2)),
    }
    return {name: Sums(float(values.mean()), len(values)) for name, values in frames.items()}


def in_pelvis_frame(pose: Float64[np.ndarray, "*t 17 3"]) -> Float64[np.ndarray, "*t 17 3"]:
    """Return a pose in the axes of its own pelvis: y to the left hip, z to the spine as far as that is across y.

    The nearest that joint positions come to what papers do when they set the root's rotation to the identity: tilt of the
    pelvis is no error then.
    """
    left, right, spine = (pose[..., joint, :] for joint in _HIPS_AND_SPINE)
    y = _unit(left - right)
    z = _unit(spine - y * (spine * y).sum(axis=-1, keepdims=True))
    axes = np.stack([np.cross(y, z), y, z], axis=-2)
    return np.asarray(pose @ np.swapaxes(axes, -1, -2))


def scaled(
    pose: Float64[np.ndarray, "*t 17 3"], truth: Float64[np.ndarray, "*t 17 3"]
) -> Float64[np.ndarray, "*t 17 3"]:
    """Return each pose with the scale that brings it closest to its truth, in the sense of least squares."""
    above, below = ((pose * other).sum(axis=(-2, -1), keepdims=True) for other in (truth, pose))
    return np.asarray(pose * np.divide(above, below, out=np.ones_like(above), where=below > 0.0))


def _unit(vectors: Float64[np.ndarray, "*t 3"]) -> Float64[np.ndarray, "*t 3"]:
    size = length(vectors)[..., None]
    return np.asarray(vectors / np.where(size > 0.0, size, 1.0))
