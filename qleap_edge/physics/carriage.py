"""How a body is carried: everything of a motion but the legs, which follow from pelvis and feet in closed form.

Two motions blend smoothly into each other by their carriages; legs are solved afterwards, so that planted feet stay planted
to rounding whatever is blended.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.physics import rotations as rot
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.kinematics import Angles, BodyBatch, Foot, Pelvis, leg_angles, solve_leg


@dataclass(frozen=True)
class Carriage:
    """Pelvis, upper body and feet of a batch of sequences."""

    pelvis: Pelvis
    upper: Angles
    """Hinge angles of spine, neck and arms, rad."""
    feet: dict[str, Foot]
    knee_shift: dict[str, Float[np.ndarray, "batch time"]] | None
    """Medial, m; None keeps each knee over its foot."""
    pinned: Bool[np.ndarray, "batch time 4"]
    """Whether the left heel, left ball, right heel, right ball must not move at this sample."""


@dataclass(frozen=True)
class Motion:
    """Kinematics of a batch of sequences."""

    pelvis: Pelvis
    angles: Angles
    reachable: Bool[np.ndarray, "batch time"]
    pinned: Bool[np.ndarray, "batch time 4"]


def on_legs(body: BodyBatch, carriage: Carriage) -> Motion:
    """Solve the legs under a carriage."""
    pelvis = carriage.pelvis
    rotation = rot.from_zyx(pelvis.yaw, pelvis.pitch, pelvis.roll)
    legs = {}
    for side, sign in SIDES:
        hip = pelvis.position + rot.rotate(rotation, body.offset[f"{side}_thigh"])
        shift = None if carriage.knee_shift is None else carriage.knee_shift[side]
        legs[side] = solve_leg(body, hip, carriage.feet[side], sign, shift)
    angles = carriage.upper | leg_angles(body, rotation, legs, carriage.feet)
    return Motion(pelvis, angles, legs["left"].reachable & legs["right"].reachable, carriage.pinned)


def all_planted(shape: tuple[int, ...]) -> Bool[np.ndarray, "batch time 4"]:
    """Return the contacts of feet that never leave the floor."""
    return np.ones((*shape, 4), dtype=bool)
