"""Bodies that sit or lie on a seat, a bench or the floor: the pelvis rests on it and the feet stand somewhere.

The seat carries most of the weight. Its force and that of the feet are not told apart, so that neither balance nor friction
is checked (:attr:`qleap_edge.physics.exercises.protocol.FeasibilityLimits.supported`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from qleap_edge.physics import rotations as rot
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.exercises.standing import column, half_width, sway
from qleap_edge.physics.kinematics import Angles, BodyBatch, Foot, Pelvis
from qleap_edge.physics.motion_targets import MotionTargets, all_in_contact
from qleap_edge.physics.randomize import Distributions
from qleap_edge.physics.trajectory import SmoothNoise

_MOST_STRETCHED = 0.97
"""Largest distance from hip to ankle, over the leg's length."""


@dataclass(frozen=True)
class Seat:
    """Where a body sits or lies, and where its feet stand; m and rad."""

    hips: float
    """Height of the hip joints."""
    foot_ahead: float
    """Ankles ahead of the hips."""
    foot_height: float
    """Of the soles: a foot plate may be above the floor."""
    foot_pitch: float
    """Of the feet, toes down positive."""
    back: float
    """Pitch of the pelvis: 0 sits upright, −π/2 lies on the back."""


NO_SEAT = Seat(0.0, 0.0, 0.0, 0.0, 0.0)


def draw_seat(subject: Subject, distributions: Distributions, rng: np.random.Generator, back: float) -> Seat:
    """Draw a seat or a bench of common height, on which the feet stand on the floor."""
    height = distributions.seat_height_m.draw(rng) + distributions.hip_above_seat_m.draw(rng)
    ahead = distributions.seat_foot_ahead.draw(rng) * subject.lengths["thigh"]
    return Seat(height, _reachable(subject, height - subject.lengths["ankle_height"], ahead), 0.0, 0.0, back)


def draw_foot_plate_seat(subject: Subject, distributions: Distributions, rng: np.random.Generator) -> Seat:
    """Draw the low bench of a cable row, before which the feet stand on an inclined plate."""
    height = distributions.row_bench_m.draw(rng) + distributions.hip_above_seat_m.draw(rng)
    leg = subject.lengths["thigh"] + subject.lengths["shank"]
    plate = distributions.foot_plate_m.draw(rng)
    ahead = distributions.foot_plate_ahead.draw(rng) * leg
    pitch = -float(np.radians(distributions.foot_plate_deg.draw(rng)))
    return Seat(height, _reachable(subject, height - plate, ahead), plate, pitch, 0.0)


def _reachable(subject: Subject, down: float, ahead: float) -> float:
    """Return how far ahead of the hips an ankle can be that lies so far below them, m."""
    leg = _MOST_STRETCHED * (subject.lengths["thigh"] + subject.lengths["shank"])
    return min(ahead, float(np.sqrt(max(leg**2 - down**2, 0.01))))


def seated_pelvis(
    plans: Sequence[Any],
    time_s: Float[np.ndarray, "batch time"],
    rocking: Float[np.ndarray, "batch time"] | float = 0.0,
) -> Pelvis:
    """Return the pelvis on its seat; ``rocking`` (rad) adds to the pitch of the back."""
    zero = np.zeros_like(time_s)
    drift = sway(plans, time_s)
    height = np.broadcast_to(column(plans, "seat.hips"), time_s.shape)
    pitch = column(plans, "seat.back") + rocking + zero
    return Pelvis(np.stack([0.3 * drift[0], 0.3 * drift[1], height]), zero, pitch, zero)


def seated_targets(plans: Sequence[Any], body: BodyBatch, pelvis: Pelvis, upper: Angles) -> MotionTargets:
    """Return the targets of seated bodies, whose feet never move."""
    shape = pelvis.yaw.shape
    pitch, toe_out, apart = column(plans, "seat.foot_pitch"), column(plans, "footing.toe_out"), half_width(plans, body)
    feet = {}
    for side, sign in SIDES:
        turned = rot.compose(rot.about("z", sign * toe_out), rot.about("y", pitch))
        sole = np.stack([column(plans, "seat.foot_ahead"), sign * apart, column(plans, "seat.foot_height")])
        ankle = sole + body.length["ankle_height"] * turned[:, 2]
        feet[side] = Foot(np.broadcast_to(ankle, (3, *shape)), np.broadcast_to(turned, (3, 3, *shape)))
    return MotionTargets(pelvis, upper, feet, None, all_in_contact(shape))


def hold_still(noise: SmoothNoise) -> SmoothNoise:
    """Return the noise of a part that rests on a seat or a bench: a third of that of a standing body."""
    return SmoothNoise(noise.amplitude / 3.0, noise.frequency_hz, noise.phase)
