"""The signal of a watch, derived from a calibrated sensor on the forearm: specific force and angular velocity in frame C.

The data set has no raw signals. Its acceleration is in the global frame with gravity removed, and its orientation is fused
and calibrated to the bone. Adding gravity and turning both into the bone's frame gives what an ideal sensor on the forearm
measures: no bias, no scale error and no drift, with the errors of the fusion instead.

Source: the conversion agrees with the reading of the data in Xinyu-Yi/GlobalPose; the axes follow from SMPL's T-pose, in which
arms lie along ±x with palms down and every bone's frame is parallel to the global one.
"""

import numpy as np
from jaxtyping import Float64
from scipy.spatial.transform import Rotation, RotationSpline

from qleap_edge.alignment.resample import resample_uniform
from qleap_edge.alignment.wear import Side
from qleap_edge.comparison.dip.layout import RATE_HZ
from qleap_edge.core.frames import MODEL_RATE_HZ, STANDARD_GRAVITY, mirror_imu

GRAVITY = np.array([0.0, -STANDARD_GRAVITY, 0.0])
"""m/s², global frame of SMPL, whose y points up."""

TO_FRAME_C = {
    Side.LEFT: np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]]),
    Side.RIGHT: np.array([[-1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]),
}
"""Bone axes of a forearm → frame C of that arm: distal is +x of the bone on the left and -x on the right, dorsal is +y."""


def wrist_signal(
    orientation: Float64[np.ndarray, "t 3 3"], acceleration: Float64[np.ndarray, "t 3"], side: Side
) -> Float64[np.ndarray, "t 6"]:
    """Return specific force (m/s²) and angular velocity (rad/s) in frame C of the arm, not mirrored, at 60 Hz.

    Identities: at rest the force has the norm 9.80665; in the T-pose it is (0, 0, 9.80665) on both wrists, and (-9.80665, 0, 0)
    on an arm that hangs.

    Args:
        orientation: forearm to global, gap-free rotations.
        acceleration: m/s², global frame, gravity removed.
        side: wrist.
    """
    force = np.einsum("tji,tj->ti", orientation, acceleration - GRAVITY)
    seconds = np.arange(len(orientation)) / RATE_HZ
    # The first derivative of SciPy's spline is the rate in the body's own frame.
    rate = RotationSpline(seconds, Rotation.from_matrix(orientation))(seconds, 1)
    turn = TO_FRAME_C[side]
    return np.concatenate([force @ turn.T, np.asarray(rate) @ turn.T], axis=1)


def model_input(signal: Float64[np.ndarray, "t 6"], side: Side) -> Float64[np.ndarray, "steps 6"]:
    """Return a wrist's signal as the model takes it: low-passed, 50 Hz, and a right arm mirrored into a left one."""
    seconds = np.arange(len(signal)) / RATE_HZ
    _, at_50_hz = resample_uniform(seconds, signal, MODEL_RATE_HZ)
    return mirror_imu(at_50_hz) if side is Side.RIGHT else at_50_hz
