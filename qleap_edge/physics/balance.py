"""Balance on two planted feet: lean the shanks until the centre of mass is where it is wanted.

Everything else is given or follows in closed form, so only two numbers a frame are searched, by a fixed number of Newton
steps on whole arrays (an early exit would not be smooth in time).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.physics import rotations as rot
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.carriage import Carriage
from qleap_edge.physics.kinematics import Angles, BodyBatch, Foot, Pelvis, UpperBody, legs_moment, solve_leg

_PASSES = 4
_SLOPE_PASSES = (0, 2)
_SLOPE_STEP_RAD = 1e-4
_LATERAL_GAIN = 0.85  # d(COM_y)/d(pelvis_y): feet and shanks stay behind


@dataclass(frozen=True)
class Stance:
    """What a balanced double stance is asked to do.

    Pelvis pitch = ``pitch_per_lean`` × shank lean + ``pitch``: 1 keeps the trunk parallel to the shank (squat), 0 keeps
    it where it is told (standing).
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
    level: dict[str, Float[np.ndarray, "batch 1"]]
    """Share of the trunk's pitch that each arm makes up for: at 1 it keeps its direction to the world."""
    pinned: Bool[np.ndarray, "batch time 4"]
    """Heels and balls that stand; the body is balanced over both feet either way."""


def balance(body: BodyBatch, stance: Stance) -> Carriage:
    """Return a carriage whose centre of mass is within 0.5 mm of its target, on feet that never leave the floor.

    Source:
        Newton's method in the shanks' lean (fore-aft) and the pelvis's sideways place, started from a lean of a third
        of the thighs'.
    """
    upper = UpperBody.of(body, stance.upper)
    lean = 0.05 + 0.35 * stance.thigh
    side = stance.com_target[1].copy()
    slope = np.ones_like(lean)
    for number in range(_PASSES):
        com = _centre_of_mass(body, stance, upper, lean, side)
        if number in _SLOPE_PASSES:
            ahead = _centre_of_mass(body, stance, upper, lean + _SLOPE_STEP_RAD, side)
            slope = (ahead[0] - com[0]) / _SLOPE_STEP_RAD
        lean = lean - np.clip((com[0] - stance.com_target[0]) / slope, -0.3, 0.3)
        side = side - (com[1] - stance.com_target[1]) / _LATERAL_GAIN
    pelvis = _pelvis(body, stance, lean, side)
    shoulders = {f"{name}_upper_arm.y": pitch for name, pitch in _shoulders(stance, pelvis.pitch).items()}
    return Carriage(pelvis, stance.upper | shoulders, stance.feet, stance.knee_shift, stance.pinned)


def _pelvis(
    body: BodyBatch, stance: Stance, lean: Float[np.ndarray, "batch time"], side: Float[np.ndarray, "batch time"]
) -> Pelvis:
    left, right = stance.feet["left"].ankle, stance.feet["right"].ankle
    long, short, thigh = body.length["thigh"], body.length["shank"], stance.thigh
    spread = 0.5 * np.sqrt((left[0] - right[0]) ** 2 + (left[1] - right[1]) ** 2) - body.length["hip_half_width"]
    # Legs that also lean sideways are shorter seen from the side, by the same ratio for thigh and shank.
    squeeze = np.sqrt(1.0 - spread**2 / (long**2 + short**2 + 2.0 * long * short * np.cos(lean + thigh)))
    position = np.stack(
        [
            0.5 * (left[0] + right[0]) + squeeze * (short * np.sin(lean) - long * np.sin(thigh)),
            side,
            0.5 * (left[2] + right[2]) + squeeze * (short * np.cos(lean) + long * np.cos(thigh)),
        ]
    )
    pitch = stance.pitch_per_lean * lean + stance.pitch
    return Pelvis(position, np.zeros_like(pitch), pitch, stance.roll)


def _shoulders(stance: Stance, pitch: Float[np.ndarray, "batch time"]) -> dict[str, Float[np.ndarray, "batch time"]]:
    trunk = pitch + stance.upper["abdomen.y"] + stance.upper["thorax.y"]
    return {name: stance.upper[f"{name}_upper_arm.y"] - stance.level[name] * trunk for name, _ in SIDES}


def _centre_of_mass(
    body: BodyBatch,
    stance: Stance,
    upper: UpperBody,
    lean: Float[np.ndarray, "batch time"],
    side: Float[np.ndarray, "batch time"],
) -> Float[np.ndarray, "3 batch time"]:
    pelvis = _pelvis(body, stance, lean, side)
    rotation = rot.from_yxz(pelvis.pitch, stance.roll, np.zeros_like(pelvis.pitch))
    legs = {}
    for name, sign in SIDES:
        shift = None if stance.knee_shift is None else stance.knee_shift[name]
        hip = pelvis.position + rot.rotate(rotation, body.offset[f"{name}_thigh"])
        legs[name] = solve_leg(body, hip, stance.feet[name], sign, shift)
    moment, mass = legs_moment(body, legs, stance.feet)
    inside = upper.total_moment(_shoulders(stance, pelvis.pitch))
    return (moment + upper.mass * pelvis.position + rot.rotate(rotation, inside)) / (mass + upper.mass)
