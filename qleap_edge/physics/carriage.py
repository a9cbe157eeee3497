"""How a body is carried: everything of a motion but the legs, which follow from pelvis and feet in closed form.

Two motions blend smoothly into each other by their carriages; legs are solved afterwards, so that planted feet stay planted
to rounding whatever is blended.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.physics import rotations as rot
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.kinematics import Angles, BodyBatch, Foot, Pelvis, hip_places, leg_angles, solve_leg


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


def moved(
    carriage: Carriage,
    place: Float[np.ndarray, "2 batch 1"],
    heading: Float[np.ndarray, "batch 1"],
) -> Carriage:
    """Return a carriage carried elsewhere on the floor: turned by ``heading`` (rad) about the origin, then moved, m."""
    turn = rot.about("z", np.broadcast_to(heading, carriage.pelvis.yaw.shape))
    shift = np.concatenate([place, np.zeros_like(heading)[None]])
    pelvis = carriage.pelvis
    return replace(
        carriage,
        pelvis=replace(pelvis, position=rot.rotate(turn, pelvis.position) + shift, yaw=pelvis.yaw + heading),
        feet={
            side: Foot(rot.rotate(turn, foot.ankle) + shift, rot.compose(turn, foot.rotation))
            for side, foot in carriage.feet.items()
        },
    )


def on_legs(body: BodyBatch, carriage: Carriage) -> Motion:
    """Solve the legs under a carriage."""
    pelvis = carriage.pelvis
    rotation = rot.from_zyx(pelvis.yaw, pelvis.pitch, pelvis.roll)
    hips = hip_places(body, pelvis.position, rotation)
    legs = {}
    for side, sign in SIDES:
        shift = None if carriage.knee_shift is None else carriage.knee_shift[side]
        legs[side] = solve_leg(body, hips[side], carriage.feet[side], sign, shift)
    angles = carriage.upper | leg_angles(body, rotation, legs, carriage.feet)
    return Motion(pelvis, angles, legs["left"].reachable & legs["right"].reachable, carriage.pinned)


def all_planted(shape: tuple[int, ...]) -> Bool[np.ndarray, "batch time 4"]:
    """Return the contacts of feet that never leave the floor."""
    return np.ones((*shape, 4), dtype=bool)
