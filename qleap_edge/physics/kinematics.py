"""Inverse kinematics of the legs and the centre of mass, in closed form for a batch of sequences.

The feet are inputs, so that planted feet stay exactly where they are. Every result is a smooth function of its inputs: a jump
of a few micrometres between two frames at 100 Hz is an acceleration of 0.1 m/s². Joint limits are not applied.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.physics import rotations as rot
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.body import SIDES, segments
from qleap_edge.physics.load import NO_LOAD, Load

Angles = dict[str, Float[np.ndarray, "batch time"]]
"""Hinge name → angle (rad); a hinge that is absent stays at zero."""


@dataclass(frozen=True)
class BodyBatch:
    """Dimensions of one body a sequence, as columns that broadcast over time."""

    offset: dict[str, Float[np.ndarray, "3 batch 1"]]
    centre: dict[str, Float[np.ndarray, "3 batch 1"]]
    mass: dict[str, Float[np.ndarray, "batch 1"]]
    length: dict[str, Float[np.ndarray, "batch 1"]]

    @classmethod
    def stack(cls, subjects: list[Subject], loads: list[Load] | None = None) -> "BodyBatch":
        """Stack subjects and their loads in the order of their sequences."""
        carried = [NO_LOAD] * len(subjects) if loads is None else loads
        bodies = [segments(subject, load) for subject, load in zip(subjects, carried, strict=True)]
        names = [part.name for part in bodies[0]]
        return cls(
            offset={n: np.array([body[i].offset for body in bodies]).T[:, :, None] for i, n in enumerate(names)},
            centre={
                n: np.array([body[i].mass_properties.centre for body in bodies]).T[:, :, None]
                for i, n in enumerate(names)
            },
            mass={n: np.array([[body[i].mass_properties.mass] for body in bodies]) for i, n in enumerate(names)},
            length={k: np.array([[subject.lengths[k]] for subject in subjects]) for k in subjects[0].lengths},
        )

    def rows(self, chosen: list[int]) -> "BodyBatch":
        """Return some of the bodies."""
        return BodyBatch(
            offset={name: value[:, chosen] for name, value in self.offset.items()},
            centre={name: value[:, chosen] for name, value in self.centre.items()},
            mass={name: value[chosen] for name, value in self.mass.items()},
            length={name: value[chosen] for name, value in self.length.items()},
        )


@dataclass(frozen=True)
class Foot:
    """Where one ankle is and how its foot is turned, in the world."""

    ankle: Float[np.ndarray, "3 batch time"]
    rotation: Float[np.ndarray, "3 3 batch time"]


@dataclass(frozen=True)
class Pelvis:
    """Root of the body: hip midpoint, and the angles of R_z(yaw) R_y(pitch) R_x(roll)."""

    position: Float[np.ndarray, "3 batch time"]
    yaw: Float[np.ndarray, "batch time"]
    pitch: Float[np.ndarray, "batch time"]
    roll: Float[np.ndarray, "batch time"]


@dataclass(frozen=True)
class Leg:
    """One solved leg, in the world."""

    hip: Float[np.ndarray, "3 batch time"]
    knee: Float[np.ndarray, "3 batch time"]
    along: Float[np.ndarray, "3 batch time"]
    """Unit vector from hip to ankle."""
    direction: Float[np.ndarray, "3 batch time"]
    """Unit vector across it, towards the knee."""
    distance: Float[np.ndarray, "batch time"]
    """Hip to ankle."""
    reachable: Bool[np.ndarray, "batch time"]


def hip_places(
    body: BodyBatch, position: Float[np.ndarray, "3 batch time"], rotation: Float[np.ndarray, "3 3 batch time"]
) -> dict[str, Float[np.ndarray, "3 batch time"]]:
    """Return both hip joints, which lie on the pelvis's y axis on either side of its origin, world, m."""
    aside = rotation[:, 1] * body.offset["left_thigh"][1]
    return {"left": position + aside, "right": position - aside}


def solve_leg(
    body: BodyBatch,
    hip: Float[np.ndarray, "3 batch time"],
    foot: Foot,
    sign: float,
    medial_shift: Float[np.ndarray, "batch time"] | None = None,
) -> Leg:
    """Return the leg between a hip and a foot that are both given.

    The knee lies on a circle about the hip-ankle line. Zero ``medial_shift`` (m) keeps it in the plane of that line and
    the foot's forward axis; otherwise it is displaced inwards by that much along the foot's side axis. With A and B the parts
    of the circle's two axes along that side axis, the swivel φ solves A cos φ + B sin φ = A + shift.
    """
    upper, lower = body.length["thigh"], body.length["shank"]
    reach = foot.ankle - hip
    squared = rot.dot(reach, reach)
    distance = np.sqrt(squared)
    along = reach / distance
    split = (upper**2 - lower**2 + squared) / (2.0 * distance)
    radius_squared = upper**2 - split**2
    reachable = radius_squared > 1e-6
    radius = np.sqrt(np.maximum(radius_squared, 1e-6))
    forward = foot.rotation[:, 0]
    direction = rot.unit(forward - rot.dot(forward, along) * along)
    if medial_shift is not None:
        aside = rot.cross(along, direction)
        a, b = (-sign * rot.dot(axis, foot.rotation[:, 1]) for axis in (direction, aside))
        norm = np.sqrt(a * a + b * b)
        cosine = (a + medial_shift / radius) / norm
        reachable &= np.abs(cosine) < 1.0
        sine = sign * np.sqrt(np.maximum(1.0 - cosine * cosine, 0.0))
        swivelled = ((a * cosine + b * sine) / norm) * direction
        swivelled += ((b * cosine - a * sine) / norm) * aside
        direction = np.where(medial_shift == 0.0, direction, swivelled)
    knee = split * along
    knee += hip
    knee += radius * direction
    return Leg(hip, knee, along, direction, distance, reachable)


def leg_angles(
    body: BodyBatch, pelvis_rotation: Float[np.ndarray, "3 3 batch time"], legs: dict[str, Leg], feet: dict[str, Foot]
) -> Angles:
    """Return hip, knee and ankle angles of solved legs."""
    angles: Angles = {}
    upper, lower = body.length["thigh"], body.length["shank"]
    pelvis = _axes(pelvis_rotation)
    for side, sign in SIDES:
        leg, foot = legs[side], feet[side]
        left = rot.cross(leg.direction, leg.along)  # common y axis of thigh and shank
        thigh_up, shank_up = (leg.hip - leg.knee) / upper, (leg.knee - foot.ankle) / lower
        thigh, shank = (rot.cross(left, thigh_up), left, thigh_up), (rot.cross(left, shank_up), left, shank_up)
        bend = (leg.distance**2 - upper**2 - lower**2) / (2.0 * upper * lower)
        _store(angles, f"{side}_thigh", rot.relative_yxz(pelvis, thigh), sign)
        angles[f"{side}_shank.y"] = np.arccos(np.clip(bend, -1.0, 1.0))
        _store(angles, f"{side}_foot", rot.relative_yxz(shank, _axes(foot.rotation)), sign)
    return angles


def _axes(rotation: Float[np.ndarray, "3 3 batch time"]) -> tuple[Float[np.ndarray, "3 batch time"], ...]:
    return rotation[:, 0], rotation[:, 1], rotation[:, 2]


def _store(angles: Angles, name: str, yxz: tuple[Float[np.ndarray, "batch time"], ...], sign: float) -> None:
    y, x, z = yxz
    angles[f"{name}.y"], angles[f"{name}.x"], angles[f"{name}.z"] = y, sign * x, sign * z


@dataclass(frozen=True)
class UpperBody:
    """Mass moments of pelvis, trunk, head and arms, from which their centre of mass follows for any pitch of the shoulders."""

    mass: Float[np.ndarray, "batch 1"]
    moment: Float[np.ndarray, "3 batch time"]
    """Mass times position of everything but the arms' own extent, pelvis frame, kg m."""
    chest: Float[np.ndarray, "3 3 batch time"]
    arm_moment: dict[str, Float[np.ndarray, "3 batch time"]]
    """Mass times position of each arm from its shoulder, before the shoulder's pitch, kg m."""

    @classmethod
    def of(cls, body: BodyBatch, angles: Angles) -> "UpperBody":
        """Reduce the upper body in the posture of ``angles``."""
        parts = ("pelvis", "abdomen", "thorax", "head")
        mass = sum((body.mass[part] for part in parts[1:]), body.mass[parts[0]])
        abdomen = _turn(angles, "abdomen")
        chest_at = body.offset["abdomen"] + rot.rotate(abdomen, body.offset["thorax"])
        chest = rot.compose(abdomen, _turn(angles, "thorax"))
        head = rot.from_yx(angles["head.y"], angles["head.x"])
        head_centre = body.offset["head"] + rot.rotate(head, body.centre["head"])
        moment = (
            body.mass["pelvis"] * body.centre["pelvis"]
            + body.mass["abdomen"] * (body.offset["abdomen"] + rot.rotate(abdomen, body.centre["abdomen"]))
            + body.mass["thorax"] * (chest_at + rot.rotate(chest, body.centre["thorax"]))
            + body.mass["head"] * (chest_at + rot.rotate(chest, head_centre))
        )
        arm_moment = {}
        for side, sign in SIDES:
            arm_moment[side] = _arm_moment(body, angles, side, sign)
            arm_mass = body.mass[f"{side}_upper_arm"] + body.mass[f"{side}_forearm"]
            moment = moment + arm_mass * (chest_at + rot.rotate(chest, body.offset[f"{side}_upper_arm"]))
            mass = mass + arm_mass
        return cls(mass, moment, chest, arm_moment)

    def total_moment(
        self, shoulder_pitch: dict[str, Float[np.ndarray, "batch time"]]
    ) -> Float[np.ndarray, "3 batch time"]:
        """Return mass times centre of mass in the pelvis frame with the shoulders pitched so, kg m."""
        arms = np.zeros_like(self.moment)
        for side, pitch in shoulder_pitch.items():
            x, y, z = self.arm_moment[side]
            c, s = np.cos(pitch), np.sin(pitch)
            arms[0] += c * x + s * z
            arms[1] += y
            arms[2] += c * z - s * x
        return np.asarray(self.moment + rot.rotate(self.chest, arms))


def _turn(angles: Angles, name: str) -> Float[np.ndarray, "3 3 batch time"]:
    return rot.from_yxz(angles[f"{name}.y"], angles[f"{name}.x"], angles[f"{name}.z"])


def _arm_moment(body: BodyBatch, angles: Angles, side: str, sign: float) -> Float[np.ndarray, "3 batch time"]:
    elbow_at, forearm = body.offset[f"{side}_forearm"], body.mass[f"{side}_forearm"]
    below = forearm * body.centre[f"{side}_forearm"]  # on the axis of pronation, which therefore does not move it
    bend = angles[f"{side}_forearm.y"]
    bent = np.stack([np.sin(bend) * below[2], np.zeros_like(bend), np.cos(bend) * below[2]])
    moment = body.mass[f"{side}_upper_arm"] * body.centre[f"{side}_upper_arm"] + forearm * elbow_at + bent
    zero = np.zeros_like(bend)
    return rot.rotate(
        rot.from_yxz(zero, sign * angles[f"{side}_upper_arm.x"], sign * angles[f"{side}_upper_arm.z"]), moment
    )


class LegMasses:
    """Mass moments of both legs for given feet, from which their centre of mass follows for any hips and knees.

    Args:
        body: dimensions and masses.
        feet: where both feet are.
    """

    def __init__(self, body: BodyBatch, feet: dict[str, Foot]) -> None:
        mass: Float[np.ndarray, "batch 1"] | float = 0.0
        self._terms = {}
        for side, _ in SIDES:
            foot = feet[side]
            thigh, shank, sole = (body.mass[f"{side}_{part}"] for part in ("thigh", "shank", "foot"))
            thigh_share = -body.centre[f"{side}_thigh"][2] / body.length["thigh"]
            shank_share = -body.centre[f"{side}_shank"][2] / body.length["shank"]
            foot_centre = foot.ankle + rot.rotate(foot.rotation, body.centre[f"{side}_foot"])
            at_hip, at_knee = thigh * (1.0 - thigh_share), thigh * thigh_share + shank * (1.0 - shank_share)
            self._terms[side] = (at_hip, at_knee, shank * shank_share * foot.ankle, sole * foot_centre)
            mass = mass + thigh + shank + sole
        self.mass: Float[np.ndarray, "batch 1"] = np.asarray(mass)
        """Of both legs with their feet, kg."""

    def moment(self, legs: dict[str, Leg], axes: int = 3) -> Float[np.ndarray, "axes batch time"]:
        """Return mass times position of both legs with their feet, world, kg m; its first ``axes`` components."""
        moment: Float[np.ndarray, "axes batch time"] | None = None
        for side, _ in SIDES:
            at_hip, at_knee, at_ankle, foot = self._terms[side]
            hip = at_hip * legs[side].hip[:axes]
            if moment is None:
                moment = hip
            else:
                moment += hip
            moment += at_knee * legs[side].knee[:axes]
            moment += at_ankle[:axes]
            moment += foot[:axes]
        return np.asarray(moment)
