"""Position error of joints. The pelvis is the origin by definition, so 16 joints count, never 17."""

import numpy as np
from jaxtyping import Float

from qleap_edge.core.skeleton import PELVIS


def joint_errors(
    pose: Float[np.ndarray, "n t 17 3"], truth: Float[np.ndarray, "n t 17 3"]
) -> Float[np.ndarray, "n t 16"]:
    """Return Euclidean errors of the 16 joints, in the unit of the input; heading is already removed from both."""
    difference = np.delete(pose, PELVIS, axis=2).astype(np.float64) - np.delete(truth, PELVIS, axis=2)
    return np.linalg.norm(difference, axis=-1)


def mpjpe_per_window(
    pose: Float[np.ndarray, "n t 17 3"], truth: Float[np.ndarray, "n t 17 3"]
) -> Float[np.ndarray, " n"]:
    """Return the mean per-joint position error (MPJPE-16) of each window."""
    return joint_errors(pose, truth).mean(axis=(1, 2))
