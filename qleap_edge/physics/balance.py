"""Static balance: pelvis positions that put the whole body's centre of mass at its target.

:func:`balance` solves a double stance on planted feet for the shanks' lean; :class:`PelvisPlacement` shifts a pelvis over feet
that may move. Both use a fixed number of iterations on whole arrays, because an early exit would not be smooth in time. The
dynamics of the motion are not considered.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.physics import rotations as rot
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.kinematics import Angles, BodyBatch, Foot, LegMasses, Pelvis, UpperBody, hip_places, solve_leg
from qleap_edge.physics.motion_targets import MotionTargets

MAX_REACH = 0.991
"""Largest hip-ankle distance as a share of the leg's length: the knee keeps about 15° of flexion, away from its singularity."""

_SHIFT_GAIN = 0.88  # shift of the centre of mass over that of the pelvis: the feet do not move
_SHIFT_PASSES = 6  # each leaves about a tenth of the error

_PASSES = 4
_SLOPE_PASSES = (0, 2)
_SLOPE_STEP_RAD = 1e-4
_LATERAL_GAIN = 0.85  # d(COM_y)/d(pelvis_y): feet do not move, shanks move less


@dataclass(frozen=True)
class Stance:
    """Inputs of :func:`balance`: a double stance with the posture over it.

    Pelvis pitch = ``pitch_per_lean`` × shank lean + ``pitch``: 1 keeps the trunk parallel to the shank (squat), 0 makes
    the pitch independent of the legs (standing).
    """

    feet: dict[str, Foot]
    thigh: Float[np.ndarray, "batch time"]
    """Lean of the thighs back from the vertical, rad; π/2 is a thigh parallel to the floor."""
    pitch: Float[np.ndarray, "batch time"]
    pitch_per_lean: float
    roll: Float[np.ndarray, "batch time"]
    com_target: Float[np.ndarray, "2 batch time"]
    """World x and y of the whole body's centre of mass."""
    knee_shift: dict[str, Float[np.ndarray, "batch time"]] | None
    """Medial, m."""
    upper: Angles
    lean_compensation: dict[str, Float[np.ndarray, "batch 1"]]
    """Share of the trunk's pitch that each shoulder compensates: at 1 the arm keeps its direction in the world."""
    contact_mask: Bool[np.ndarray, "batch time 4"]
    """Heels and balls that must not move; passed on. The body is balanced over both feet whatever it says."""


def balance(body: BodyBatch, stance: Stance) -> MotionTargets:
    """Return targets whose centre of mass is within 0.5 mm of the stance's target, on feet that never leave the floor.

    Source:
        Newton's method in the shanks' lean (fore-aft) and the pelvis's lateral position, started from a lean of a third
        of the thighs'.
    """
    search = _Search(body, stance)
    lean = 0.05 + 0.35 * stance.thigh
    side = stance.com_target[1].copy()
    slope = np.ones_like(lean)
    for number in range(_PASSES):
        com = search.centre_of_mass(lean, side)
        if number in _SLOPE_PASSES:
            ahead = search.centre_of_mass(lean + _SLOPE_STEP_RAD, side)
            slope = (ahead[0] - com[0]) / _SLOPE_STEP_RAD
        lean = lean - np.clip((com[0] - stance.com_target[0]) / slope, -0.3, 0.3)
        side = side - (com[1] - stance.com_target[1]) / _LATERAL_GAIN
    pelvis = search.pelvis(lean, side)
    shoulders = {f"{name}_upper_arm.y": pitch for name, pitch in search.shoulders(pelvis.pitch).items()}
    return MotionTargets(pelvis, stance.upper | shoulders, stance.feet, stance.knee_shift, stance.contact_mask)


class _Search:
    """Terms of a stance that do not depend on the two unknowns: the shanks' lean and the pelvis's lateral position."""

    def __init__(self, body: BodyBatch, stance: Stance) -> None:
        self._body, self._stance = body, stance
        self._upper, self._legs = UpperBody.of(body, stance.upper), LegMasses(body, stance.feet)
        left, right = stance.feet["left"].ankle, stance.feet["right"].ankle
        long, short = body.length["thigh"], body.length["shank"]
        spread = 0.5 * np.sqrt((left[0] - right[0]) ** 2 + (left[1] - right[1]) ** 2) - body.length["hip_half_width"]
        self._spread_squared = spread**2
        self._square, self._product = long**2 + short**2, 2.0 * long * short
        self._middle = 0.5 * (left[0] + right[0]), 0.5 * (left[2] + right[2])
        self._thigh = long * np.sin(stance.thigh), long * np.cos(stance.thigh)
        self._trunk = stance.upper["abdomen.y"], stance.upper["thorax.y"]

    def pelvis(self, lean: Float[np.ndarray, "batch time"], side: Float[np.ndarray, "batch time"]) -> Pelvis:
        """Return the pelvis over the middle of the ankles, raised by the legs' lean."""
        short = self._body.length["shank"]
        # Legs that also lean sideways are shorter seen from the side, by the same ratio for thigh and shank.
        apart = self._square + self._product * np.cos(lean + self._stance.thigh)
        squeeze = np.sqrt(1.0 - self._spread_squared / apart)
        position = np.empty((3, *lean.shape))
        position[0] = self._middle[0] + squeeze * (short * np.sin(lean) - self._thigh[0])
        position[1] = side
        position[2] = self._middle[1] + squeeze * (short * np.cos(lean) + self._thigh[1])
        pitch = self._stance.pitch_per_lean * lean + self._stance.pitch
        return Pelvis(position, np.zeros_like(pitch), pitch, self._stance.roll)

    def shoulders(self, pitch: Float[np.ndarray, "batch time"]) -> dict[str, Float[np.ndarray, "batch time"]]:
        """Return both shoulders' pitch after lean compensation, rad."""
        stance, trunk = self._stance, pitch + self._trunk[0]
        trunk += self._trunk[1]
        return {name: stance.upper[f"{name}_upper_arm.y"] - stance.lean_compensation[name] * trunk for name, _ in SIDES}

    def centre_of_mass(
        self, lean: Float[np.ndarray, "batch time"], side: Float[np.ndarray, "batch time"]
    ) -> Float[np.ndarray, "2 batch time"]:
        """Return world x and y of the whole body's centre of mass, m."""
        stance, pelvis = self._stance, self.pelvis(lean, side)
        rotation = rot.from_yx(pelvis.pitch, stance.roll)
        hips = hip_places(self._body, pelvis.position, rotation)
        legs = {}
        for name, sign in SIDES:
            shift = None if stance.knee_shift is None else stance.knee_shift[name]
            legs[name] = solve_leg(self._body, hips[name], stance.feet[name], sign, shift)
        com = self._legs.moment(legs, axes=2)
        com += self._upper.mass * pelvis.position[:2]
        com += rot.rotate(rotation[:2], self._upper.total_moment(self.shoulders(pelvis.pitch)))
        com /= self._legs.mass + self._upper.mass
        return com


class PelvisPlacement:
    """A body whose posture, pelvis angles and feet are given, and whose pelvis position is solved for.

    Args:
        body: dimensions.
        pelvis: its angles are used.
        feet: both, anywhere.
        upper: final hinge angles of spine, neck and arms.
    """

    def __init__(self, body: BodyBatch, pelvis: Pelvis, feet: dict[str, Foot], upper: Angles) -> None:
        self._body, self._feet = body, feet
        turned = rot.from_zyx(pelvis.yaw, pelvis.pitch, pelvis.roll)
        self._hips = hip_places(body, np.zeros_like(turned[:, 1]), turned)
        self._legs = LegMasses(body, feet)
        reduced = UpperBody.of(body, upper)
        inside = reduced.total_moment({side: upper[f"{side}_upper_arm.y"] for side, _ in SIDES})
        self._upper_mass, self._upper_moment = reduced.mass, rot.rotate(turned, inside)

    def centre_of_mass(self, position: Float[np.ndarray, "3 batch time"]) -> Float[np.ndarray, "3 batch time"]:
        """Return the whole body's centre of mass with the pelvis at ``position``, m."""
        legs = {
            side: solve_leg(self._body, position + self._hips[side], self._feet[side], sign) for side, sign in SIDES
        }
        moment = self._legs.moment(legs)
        moment += self._upper_mass * position
        moment += self._upper_moment
        moment /= self._legs.mass + self._upper_mass
        return moment

    def with_com_at(
        self,
        position: Float[np.ndarray, "3 batch time"],
        com_target: Float[np.ndarray, "axes batch time"],
        passes: int = _SHIFT_PASSES,
    ) -> Float[np.ndarray, "3 batch time"]:
        """Return the pelvis positions for which the centre of mass is at its target.

        Args:
            position: where to start.
            com_target: world x and y, or x, y and z, m; with two rows the pelvis keeps its height.
            passes: fixed, because an early exit would not be smooth in time.
        """
        axes = len(com_target)
        for _ in range(passes):
            error = self.centre_of_mass(position)[:axes] - com_target
            position = np.concatenate([position[:axes] - error / _SHIFT_GAIN, position[axes:]])
        return position

    def _room_above(self, position: Float[np.ndarray, "3 batch time"], reach: float) -> Float[np.ndarray, "batch time"]:
        """Return how much higher the pelvis could be before a leg is longer than ``reach`` of its length, m."""
        longest = reach * (self._body.length["thigh"] + self._body.length["shank"])
        room = []
        for side, hip in self._hips.items():
            ankle = self._feet[side].ankle
            x, y, z = position + hip
            apart = (x - ankle[0]) ** 2 + (y - ankle[1]) ** 2
            room.append(ankle[2] + np.sqrt(np.maximum(longest**2 - apart, 0.01)) - z)
        return np.minimum(*room)

    def at_leg_reach(
        self, position: Float[np.ndarray, "3 batch time"], reach: float = MAX_REACH
    ) -> Float[np.ndarray, "3 batch time"]:
        """Return the positions shifted vertically, all samples alike, to where the longest leg has the share ``reach``."""
        up = self._room_above(position, reach).min(axis=1, keepdims=True)
        return position + np.stack([0.0 * up, 0.0 * up, up])
