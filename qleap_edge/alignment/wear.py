"""How the watch is worn, and the rotation from its case to forearm frame C.

The sensor axes are fixed to the case: neither the wrist nor the crown setting moves them. +x (crown side) therefore
points to the hand exactly when the watch sits on the wrist opposite to its crown side:

| wrist | crown | +x points | turn to C |
|---|---|---|---|
| left  | right | to the hand  | none |
| left  | left  | to the elbow | 180° about z |
| right | right | to the elbow | 180° about z |
| right | left  | to the hand  | none |
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
from jaxtyping import Float, Float64

from qleap_edge.core.frames import mirror_imu

_HALF_TURN_Z = np.diag([-1.0, -1.0, 1.0])


class Side(StrEnum):
    """Left or right, as in ``WKInterfaceDevice.wristLocation`` and ``.crownOrientation``."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True)
class Wear:
    """Wrist and crown side, and whether they were given or are Apple's default."""

    wrist: Side
    crown: Side
    source: Literal["given", "assumed"] = "given"

    @property
    def x_is_distal(self) -> bool:
        """Whether the case's +x points to the hand."""
        return self.wrist != self.crown


ASSUMED_WEAR = Wear(Side.LEFT, Side.RIGHT, "assumed")
"""The watch's factory setting."""


def device_to_c(wear: Wear) -> Float[np.ndarray, "3 3"]:
    """Return the proper rotation from device axes to frame C of the arm that wears the watch (not mirrored)."""
    return np.eye(3) if wear.x_is_distal else _HALF_TURN_Z.copy()


def to_frame_c(
    specific_force: Float[np.ndarray, "n 3"], angular_velocity: Float[np.ndarray, "n 3"], wear: Wear
) -> Float64[np.ndarray, "n 6"]:
    """Return the model's canonical LEFT-arm signal in frame C; a right arm is mirrored.

    Identity: an arm that hangs still gives (-9.80665, 0, 0) whatever the wear.

    Args:
        specific_force: m/s², device axes.
        angular_velocity: rad/s, device axes.
        wear: how the watch was worn.
    """
    turn = device_to_c(wear)
    imu = np.hstack([specific_force @ turn.T, angular_velocity @ turn.T]).astype(np.float64)
    return mirror_imu(imu) if wear.wrist is Side.RIGHT else imu


def from_frame_c(
    imu: Float[np.ndarray, "n 6"], wear: Wear
) -> tuple[Float64[np.ndarray, "n 3"], Float64[np.ndarray, "n 3"]]:
    """Invert :func:`to_frame_c`: what a watch worn this way would measure, in device axes.

    Returns:
        Specific force (m/s²) and angular velocity (rad/s).
    """
    arm = mirror_imu(imu) if wear.wrist is Side.RIGHT else imu
    turn = device_to_c(wear)
    return (arm[:, :3] @ turn).astype(np.float64), (arm[:, 3:] @ turn).astype(np.float64)
