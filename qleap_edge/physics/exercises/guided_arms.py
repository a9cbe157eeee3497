"""Arms that are guided by what the hands hold: each wrist follows a path in the world, elbow and pronation follow from it.

Where :mod:`qleap_edge.physics.contact` solves single postures of a hand, this module solves every sample of a motion in closed
form, so that hands on a bar or on the floor stay where they are to rounding. Given are the wrist's place and the direction in
which the thumb's side of the grip points: along a bar, or across it with a neutral grip. The elbow lies on a circle about the
line from shoulder to wrist, on the side of a given pole. The wrist bends freely towards the back of the hand or the palm; its
deviation towards the thumb or the little finger takes up the angle by which the grip is not at right angles to the forearm.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from qleap_edge.physics import rotations as rot
from qleap_edge.physics.arms import ARM_HINGES, ArmPlan
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.kinematics import Angles, BodyBatch, Pelvis
from qleap_edge.physics.randomize import Distributions
from qleap_edge.physics.trajectory import bump, smooth_noise

MOST_DEVIATION = np.radians(45.0)
"""Of the wrist: ulnar deviation reaches 30 to 40° (goniometry); a palm that holds a bar obliquely adds 5 to 15°."""
LEAST_SLACK = 0.98
"""Largest reach of arms whose hands are fixed, over the arm's length, so that the trunk's own motion cannot pull them off."""
_IMPOSSIBLE_ELBOW = 1.0  # rad: beyond the joint's limit, so that the draw is refused
_LEAST_RADIUS_M = 1e-3

Vector = Float[np.ndarray, "3 batch time"]
Column = Float[np.ndarray, "batch #time"]


@dataclass(frozen=True)
class Chest:
    """The thorax in the world: its rotation and both shoulders."""

    rotation: Float[np.ndarray, "3 3 batch time"]
    shoulders: dict[str, Vector]
    """m."""

    @classmethod
    def of(cls, body: BodyBatch, pelvis: Pelvis, upper: Angles) -> "Chest":
        """Return the thorax of a pelvis and spine angles."""
        turned = rot.from_zyx(pelvis.yaw, pelvis.pitch, pelvis.roll)
        abdomen = rot.compose(turned, _turn(upper, "abdomen"))
        rotation = rot.compose(abdomen, _turn(upper, "thorax"))
        place = (
            pelvis.position + rot.rotate(turned, body.offset["abdomen"]) + rot.rotate(abdomen, body.offset["thorax"])
        )
        shoulders = {side: place + rot.rotate(rotation, body.offset[f"{side}_upper_arm"]) for side, _ in SIDES}
        return cls(rotation, shoulders)

    def world(self, x: Column | float, y: Column | float, z: Column | float) -> Vector:
        """Return a vector given in the thorax's axes (ahead, left, up) in the world's."""
        axes = self.rotation
        return np.asarray(axes[:, 0] * x + axes[:, 1] * y + axes[:, 2] * z)


def _turn(upper: Angles, name: str) -> Float[np.ndarray, "3 3 batch time"]:
    return rot.from_yxz(upper[f"{name}.y"], upper[f"{name}.x"], upper[f"{name}.z"])


def draw_grip(grip: str, distributions: Distributions, rng: np.random.Generator) -> float:
    """Draw how a hand holds: the thumb's direction, rad, from medial (0, overhand) over neutral (π/2) to outwards (π)."""
    turns = {
        "overhand": distributions.overhand_deg,
        "neutral": distributions.neutral_deg,
        "underhand": distributions.underhand_deg,
    }
    return float(np.radians(turns[grip].draw(rng)))


def thumb(sign: float, turn: Column, neutral: Vector) -> Vector:
    """Return the thumb's direction of a grip turned as :func:`draw_grip` draws it; ``neutral`` is that of a neutral grip."""
    out = np.sin(turn) * neutral
    out[1] = out[1] - sign * np.cos(turn)
    return np.asarray(out)


def arm_to(
    body: BodyBatch,
    chest: Chest,
    side: str,
    to_wrist: Vector,
    pole: Vector,
    thumbwards: Vector,
    *,
    hand_turns: bool = False,
) -> Angles:
    """Return the hinges of an arm whose wrist lies at ``to_wrist`` from its shoulder (world, m).

    Args:
        body: dimensions.
        chest: the thorax.
        side: left or right.
        to_wrist: out of reach, the elbow's angle is beyond its limit.
        pole: to which side of the line from shoulder to wrist the elbow lies, world.
        thumbwards: direction of the thumb's side of the grip, world.
        hand_turns: whether the hand may turn on a surface, so that the wrist need not deviate.
    """
    long, short = body.length["upper_arm"], body.length["forearm"]
    squared = rot.dot(to_wrist, to_wrist)
    distance = np.sqrt(squared)
    along = to_wrist / distance
    split = (long**2 - short**2 + squared) / (2.0 * distance)
    radius_squared = long**2 - split**2
    reached = radius_squared > _LEAST_RADIUS_M**2
    radius = np.sqrt(np.maximum(radius_squared, _LEAST_RADIUS_M**2))
    elbow = split * along + radius * rot.unit(pole - rot.dot(pole, along) * along)
    forearm = rot.unit(to_wrist - elbow)
    if hand_turns:
        thumbwards = thumbwards - rot.dot(thumbwards, forearm) * forearm
    arm = arm_along(chest, side, rot.unit(elbow), forearm, thumbwards)
    arm[f"{side}_forearm.y"] = np.where(reached, arm[f"{side}_forearm.y"], _IMPOSSIBLE_ELBOW)
    return arm


def arm_along(chest: Chest, side: str, upper_arm: Vector, forearm: Vector, thumbwards: Vector) -> Angles:
    """Return the hinges of an arm whose segments have these directions (unit vectors, proximal to distal, world).

    They must not be parallel, because a straight elbow does not say how the upper arm is turned about its length. A grip that
    needs more deviation of the wrist than :data:`MOST_DEVIATION` gives an elbow beyond its limit.
    """
    sign = dict(SIDES)[side]
    cosine = rot.dot(upper_arm, forearm)
    ahead = rot.unit(forearm - cosine * upper_arm)  # x axis of the upper arm, whose z axis points back to the shoulder
    aside = rot.cross(ahead, upper_arm)
    axes = chest.rotation
    y, x, z = rot.relative_yxz((axes[:, 0], axes[:, 1], axes[:, 2]), (ahead, aside, -upper_arm))
    neutral = rot.cross(forearm, aside)  # the thumb's direction at zero pronation, −y × forearm's z axis
    deviates = np.abs(rot.dot(thumbwards, forearm)) > np.sin(MOST_DEVIATION) * np.sqrt(rot.dot(thumbwards, thumbwards))
    elbow = np.where(deviates, _IMPOSSIBLE_ELBOW, -np.arccos(np.clip(cosine, -1.0, 1.0)))
    pronation = np.arctan2(-sign * rot.dot(thumbwards, aside), rot.dot(thumbwards, neutral))
    hinges = (_below(y, np.radians(110.0)), sign * x, sign * np.unwrap(z), elbow, np.unwrap(pronation))
    return {f"{side}_{name}": hinge for name, hinge in zip(ARM_HINGES, hinges, strict=True)}


def _below(angle: Column, most: float) -> Column:
    """Return angles without jumps in time, each row shifted by whole turns so that it begins below ``most`` (rad)."""
    whole = np.unwrap(angle)
    turns = np.where(whole[:, :1] > most, 2.0 * np.pi, np.where(whole[:, :1] < most - 2.0 * np.pi, -2.0 * np.pi, 0.0))
    return np.asarray(whole - turns)


def add_unrest(
    arms: Angles,
    plans: list[ArmPlan],
    time_s: Float[np.ndarray, "batch time"],
    effort: Column | float,
    hinges: tuple[str, ...] = ARM_HINGES,
) -> None:
    """Add the involuntary motion of plans to guided arms, in place: drift, tremor, jitter and changes of grip.

    Hands that must not move allow only ``forearm.pronation``, which turns the forearm about its own length.
    """
    found = smooth_noise([plan.drift for plan in plans], time_s) + smooth_noise([plan.tremor for plan in plans], time_s)
    found += effort * smooth_noise([plan.jitter for plan in plans], time_s)
    for row, plan in enumerate(plans):
        for regrip in plan.regrips:
            found[:, row] += regrip.change[:, None] * bump((time_s[row] - regrip.start_s) / regrip.duration_s)
    for index, (side, _) in enumerate(SIDES):
        for hinge, name in enumerate(ARM_HINGES):
            if name in hinges:
                arms[f"{side}_{name}"] = arms[f"{side}_{name}"] + found[5 * index + hinge]
