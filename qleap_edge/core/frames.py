"""Frames, gravity, sample rate and window of the model.

Watch frame C (forearm): +x distal to the hand, +z dorsal out of the skin, y = z × x (ulnar on a left arm). At rest
the specific force points up and has norm 9.80665 m/s²: arm hanging (-g, 0, 0), palm down (0, 0, +g). The model's
input is a left arm; the signal of a right arm is mirrored in y before the model, and its pose is mirrored back after it.

Body frame (poses): z up, +x where the pelvis faces (heading removed), +y left, pelvis at the origin, lengths divided
by stature ("body heights").
"""

import numpy as np
from jaxtyping import Float

STANDARD_GRAVITY = 9.80665  # m/s², exact by definition (CGPM 1901)

MODEL_RATE_HZ = 50.0
WINDOW_STEPS = 200
WINDOW_SECONDS = WINDOW_STEPS / MODEL_RATE_HZ
HOP_STEPS = 10

IMU_CHANNELS = (
    "specific_force_x",
    "specific_force_y",
    "specific_force_z",
    "angular_velocity_x",
    "angular_velocity_y",
    "angular_velocity_z",
)

# Reflection in y. Specific force is a polar vector, angular velocity an axial one.
_MIRROR_IMU = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])


def mirror_imu(imu: Float[np.ndarray, "*batch 6"]) -> Float[np.ndarray, "*batch 6"]:
    """Turn a right-arm signal in frame C into the left-arm signal of the mirrored motion (and back: an involution)."""
    return imu * _MIRROR_IMU.astype(imu.dtype)
