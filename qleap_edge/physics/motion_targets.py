"""Motion targets: pelvis, upper body and feet over time, and the inverse kinematics of the legs between them.

An exercise returns targets. A transition blends the targets of two exercises and solves the legs afterwards, so that planted
feet stay planted to rounding. Whether a body could do it is checked elsewhere.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.physics import rotations as rot
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.kinematics import Angles, BodyBatch, Foot, Pelvis, hip_places, leg_angles, solve_leg


@dataclass(frozen=True)
class MotionTargets:
    """Pelvis, upper body and feet of a batch of sequences."""

    pelvis: Pelvis
    upper: Angles
    """Hinge angles of spine, neck and arms, rad."""
    feet: dict[str, Foot]
    knee_shift: dict[str, Float[np.ndarray, "batch time"]] | None
    """Medial, m; None keeps each knee over its foot."""
    contact_mask: Bool[np.ndarray, "batch time 4"]
    """Whether the left heel, left ball, right heel, right ball must not move at this sample."""


@dataclass(frozen=True)
class Motion:
    """Kinematics of a batch of sequences: targets with the legs' angles among the others."""

    pelvis: Pelvis
    angles: Angles
    reachable: Bool[np.ndarray, "batch time"]
    contact_mask: Bool[np.ndarray, "batch time 4"]


def transform_targets(
    targets: MotionTargets,
    place: Float[np.ndarray, "2 batch 1"],
    heading: Float[np.ndarray, "batch 1"],
) -> MotionTargets:
    """Return the targets turned by ``heading`` (rad) about the world's vertical axis, then shifted by ``place`` (m)."""
    turn = rot.about("z", np.broadcast_to(heading, targets.pelvis.yaw.shape))
    shift = np.concatenate([place, np.zeros_like(heading)[None]])
    pelvis = targets.pelvis
    return replace(
        targets,
        pelvis=replace(pelvis, position=rot.rotate(turn, pelvis.position) + shift, yaw=pelvis.yaw + heading),
        feet={
            side: Foot(rot.rotate(turn, foot.ankle) + shift, rot.compose(turn, foot.rotation))
            for side, foot in targets.feet.items()
        },
    )


def solve_leg_ik(body: BodyBatch, targets: MotionTargets) -> Motion:
    """Return the motion whose legs reach from the targets' pelvis to their feet.

    Where a foot is out of reach, ``reachable`` is false and the angles mean nothing.
    """
    pelvis = targets.pelvis
    rotation = rot.from_zyx(pelvis.yaw, pelvis.pitch, pelvis.roll)
    hips = hip_places(body, pelvis.position, rotation)
    legs = {}
    for side, sign in SIDES:
        shift = None if targets.knee_shift is None else targets.knee_shift[side]
        legs[side] = solve_leg(body, hips[side], targets.feet[side], sign, shift)
    angles = targets.upper | leg_angles(body, rotation, legs, targets.feet)
    return Motion(pelvis, angles, legs["left"].reachable & legs["right"].reachable, targets.contact_mask)


def all_in_contact(shape: tuple[int, ...]) -> Bool[np.ndarray, "batch time 4"]:
    """Return the contact mask of feet that never leave the floor."""
    return np.ones((*shape, 4), dtype=bool)
