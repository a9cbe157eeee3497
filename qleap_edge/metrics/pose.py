"""Position error of joints, with and without alignment; height of the pelvis; jitter.

The pelvis is the origin by definition, so 16 joints count, never 17; only an alignment, which moves the pelvis too, counts
all of them.
"""

import numpy as np
from jaxtyping import Float

from qleap_edge.core.frames import MODEL_RATE_HZ
from qleap_edge.core.skeleton import JOINT_INDEX, PELVIS

_ANKLES = [JOINT_INDEX["left_ankle"], JOINT_INDEX["right_ankle"]]


def joint_errors(
    pose: Float[np.ndarray, "*batch 17 3"], truth: Float[np.ndarray, "*batch 17 3"]
) -> Float[np.ndarray, "*batch 16"]:
    """Return Euclidean errors of the 16 joints, in the unit of the input; heading is already removed from both."""
    difference = np.delete(pose, PELVIS, axis=-2).astype(np.float64) - np.delete(truth, PELVIS, axis=-2)
    return length(difference)


def mpjpe_per_window(
    pose: Float[np.ndarray, "n t 17 3"], truth: Float[np.ndarray, "n t 17 3"]
) -> Float[np.ndarray, " n"]:
    """Return the mean per-joint position error (MPJPE-16) of each window."""
    return joint_errors(pose, truth).mean(axis=(1, 2))


def procrustes(pose: Float[np.ndarray, "n 17 3"], truth: Float[np.ndarray, "n 17 3"]) -> Float[np.ndarray, "n 17 3"]:
    """Return each pose moved, turned (never mirrored) and scaled to lie closest to its truth, in the sense of least squares.

    A turned, scaled and moved copy of the truth comes back as the truth.

    Source: Umeyama, "Least-squares estimation of transformation parameters between two point patterns", IEEE TPAMI 13(4),
    1991.
    """
    wide, goal = pose.astype(np.float64), truth.astype(np.float64)
    middle = goal.mean(axis=1, keepdims=True)
    wide, goal = wide - wide.mean(axis=1, keepdims=True), goal - middle
    left, values, right = np.linalg.svd(wide.transpose(0, 2, 1) @ goal)
    turn = left @ right
    # Where the best fit is a reflection, the axis of the smallest singular value is turned to make it a rotation.
    mirrored = (np.cross(turn[:, 0], turn[:, 1]) * turn[:, 2]).sum(axis=1) < 0.0
    turn[mirrored] -= 2.0 * left[mirrored, :, 2, None] * right[mirrored, None, 2]
    values[mirrored, 2] *= -1.0
    size = np.square(wide).sum(axis=(1, 2))
    scale = values.sum(axis=1) / np.where(size > 0.0, size, 1.0)
    return np.asarray(scale[:, None, None] * (wide @ turn) + middle)


def pa_joint_errors(pose: Float[np.ndarray, "n 17 3"], truth: Float[np.ndarray, "n 17 3"]) -> Float[np.ndarray, "n 17"]:
    """Return the errors that remain when each frame is aligned with scale (PA-MPJPE is their mean over 17 joints)."""
    return length(procrustes(pose, truth) - truth)


def pelvis_height(pose: Float[np.ndarray, "*batch 17 3"]) -> Float[np.ndarray, " *batch"]:
    """Return the pelvis' height above the lower ankle, from which depth follows although the pelvis is the origin.

    The lower ankle is the one that carries the body; above the mean of both, a raised knee would look like half a squat.
    """
    return np.asarray(pose[..., PELVIS, 2] - pose[..., _ANKLES, 2].min(axis=-1))


def jerks(pose: Float[np.ndarray, "*batch t 17 3"]) -> Float[np.ndarray, "*batch t-3"]:
    """Return jitter: the third difference over the cube of the time step, mean norm of 16 joints, at 50 Hz.

    In units of the input per s³; a cubic of time with leading coefficient c gives 6c.

    Source: Yi et al., "TransPose", ACM TOG 40(4), 2021, which prints hundreds of m/s³ at 60 Hz.
    """
    third = np.diff(np.delete(pose, PELVIS, axis=-2).astype(np.float64), n=3, axis=-3)
    return np.asarray(length(third).mean(axis=-1) * MODEL_RATE_HZ**3)


def length(vectors: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, " *batch"]:
    """Return Euclidean norms; several times faster than ``numpy.linalg.norm`` over a last axis of three."""
    x, y, z = vectors[..., 0], vectors[..., 1], vectors[..., 2]
    return np.asarray(np.sqrt(x * x + y * y + z * z))
