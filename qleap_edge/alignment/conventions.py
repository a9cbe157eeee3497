"""Apple's CoreMotion conventions, to and from ordinary inertial quantities, in device axes.

CoreMotion's ``gravity`` points DOWN and its ``userAcceleration`` is MINUS the kinematic acceleration, both in g. In
free fall gravity + userAcceleration = 0, so userAcceleration = -gravity points up while the body accelerates down. An
ordinary accelerometer's specific force is therefore -(gravity + userAcceleration) · 9.80665; ``rotationRate`` is
right-handed and needs no change; ``attitude`` turns device vectors into a reference frame whose z points up.

Source: Apple, CMDeviceMotion and "Getting processed device-motion data" (developer.apple.com).
"""

import numpy as np
from jaxtyping import Float
from scipy.spatial.transform import Rotation

from qleap_edge.core.frames import STANDARD_GRAVITY


def specific_force_from_total(total_g: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 3"]:
    """Turn CoreMotion's total acceleration (g, Apple's sign: face-up on a table is (0, 0, -1)) into specific force.

    Returns:
        m/s², same axes; face-up on a table is (0, 0, +9.80665).
    """
    return -STANDARD_GRAVITY * np.asarray(total_g, dtype=np.float64)


def specific_force_from_core_motion(
    gravity: Float[np.ndarray, "*batch 3"], user_acceleration: Float[np.ndarray, "*batch 3"]
) -> Float[np.ndarray, "*batch 3"]:
    """Return -(gravity + userAcceleration) · 9.80665: m/s², device axes. Both arguments are in g.

    At rest its norm is 9.80665 and it points up; in free fall it is zero.
    """
    return specific_force_from_total(gravity.astype(np.float64) + user_acceleration.astype(np.float64))


def kinematic_acceleration(user_acceleration: Float[np.ndarray, "*batch 3"]) -> Float[np.ndarray, "*batch 3"]:
    """Return the watch's kinematic acceleration (m/s², device axes) from CoreMotion's userAcceleration (g)."""
    return specific_force_from_total(user_acceleration)


def core_motion_from_specific_force(
    specific_force: Float[np.ndarray, "*batch 3"], down: Float[np.ndarray, "*batch 3"]
) -> tuple[Float[np.ndarray, "*batch 3"], Float[np.ndarray, "*batch 3"]]:
    """Invert :func:`specific_force_from_core_motion` when the direction of gravity is known.

    Args:
        specific_force: m/s², device axes.
        down: unit vector towards the ground, device axes.

    Returns:
        ``gravity`` and ``userAcceleration`` as CoreMotion would report them, in g.
    """
    gravity = down.astype(np.float64)
    return gravity, -specific_force.astype(np.float64) / STANDARD_GRAVITY - gravity


def core_motion_from_physical(
    gravity: Float[np.ndarray, "n 3"], acceleration: Float[np.ndarray, "n 3"]
) -> tuple[Float[np.ndarray, "n 3"], Float[np.ndarray, "n 3"]]:
    """Undo a logger's "standardised" export: m/s² with physical sign (gravity +z when face-up) to CoreMotion's g.

    Returns:
        ``gravity`` (down) and ``userAcceleration``, in g; their specific force is ``gravity + acceleration``.
    """
    return -gravity / STANDARD_GRAVITY, -acceleration / STANDARD_GRAVITY


def gravity_from_quaternion(quaternion: Float[np.ndarray, "n 4"]) -> Float[np.ndarray, "n 3"]:
    """Return the unit vector DOWN in device axes from the attitude (w, x, y, z; device to reference, z up)."""
    return Rotation.from_quat(quaternion, scalar_first=True).inv().apply([0.0, 0.0, -1.0])


def pitch_roll_yaw(quaternion: Float[np.ndarray, "n 4"]) -> Float[np.ndarray, "n 3"]:
    """Return CoreMotion's pitch (about x), roll (about y) and yaw (about z) in rad from its attitude (w, x, y, z)."""
    matrix = Rotation.from_quat(quaternion, scalar_first=True).as_matrix()
    pitch = np.arcsin(np.clip(matrix[:, 2, 1], -1.0, 1.0))
    roll = np.arctan2(-matrix[:, 2, 0], matrix[:, 2, 2])
    yaw = np.arctan2(-matrix[:, 0, 1], matrix[:, 1, 1])
    return np.stack([pitch, roll, yaw], axis=1)
