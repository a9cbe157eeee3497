"""Common part of the lifts whose hands are guided by what they hold: plans, repetitions and loads."""

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import Float

from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.arms import ArmPlan, draw_arms
from qleap_edge.physics.balance import Stance, balance
from qleap_edge.physics.distributions import LogUniform
from qleap_edge.physics.exercises.guided_arms import draw_grip
from qleap_edge.physics.exercises.seats import NO_SEAT, Seat, hold_still
from qleap_edge.physics.exercises.standing import Footing, column, draw_footing, planted_feet, sway
from qleap_edge.physics.exercises.timing import Repetition, schedule
from qleap_edge.physics.grips import GripDraw
from qleap_edge.physics.kinematics import Angles, BodyBatch, Pelvis
from qleap_edge.physics.load import NO_LOAD, Load
from qleap_edge.physics.motion_targets import MotionTargets, all_in_contact
from qleap_edge.physics.randomize import Distributions

_HELD = "swing"
"""A posture of arms that are not free: of its plan only the involuntary motion is used."""


@dataclass(frozen=True)
class LiftPlan:
    """One sequence; angles in rad, lengths in m."""

    posture: str
    """The variant."""
    load: Load
    footing: Footing
    repetitions: tuple[Repetition, ...]
    arms: ArmPlan
    """Its involuntary motion is used; where the hands go follows from ``size``."""
    grip: float
    """As :func:`qleap_edge.physics.exercises.guided_arms.draw_grip` draws it."""
    size: MappingProxyType[str, float]
    """What else the exercise has drawn, by the names that its file uses."""
    seat: Seat = NO_SEAT

    @property
    def seated(self) -> bool:
        """Whether a seat or a bench carries the body."""
        return self.seat != NO_SEAT


def draw_lift(
    subject: Subject,
    duration_s: float,
    distributions: Distributions,
    rng: np.random.Generator,
    *,
    grip: str,
    size: dict[str, float],
    lifts_first: bool,
    ratio: LogUniform | None,
    seat: Seat | None = None,
) -> LiftPlan:
    """Draw the common part of a lift.

    Args:
        subject: who lifts.
        duration_s: of the sequence.
        distributions: to draw from.
        rng: of the sequence.
        grip: overhand, neutral or underhand.
        size: what else the exercise has drawn.
        lifts_first: whether a repetition begins with the concentric half.
        ratio: mass in each hand over body mass; None where a machine or a cable carries it.
        seat: where the body sits or lies, if it does.
    """
    lift, lower = distributions.lift_s.draw(rng), distributions.lower_s.draw(rng)
    there, back = (lift, lower) if lifts_first else (lower, lift)
    full = distributions.arm_rep_range.draw(rng)
    repetitions = schedule(
        rng,
        distributions,
        duration_s,
        lambda: Repetition(
            there, distributions.lift_hold_s.draw(rng), back, full * distributions.rep_depth_ratio.draw(rng)
        ),
    )
    footing = draw_footing(distributions, rng)
    if seat is not None:
        footing = replace(footing, trunk=hold_still(footing.trunk))
    mass = 0.0 if ratio is None else ratio.draw(rng) * subject.mass_kg
    return LiftPlan(
        posture="",
        load=Load(hand_kg=mass) if mass and distributions.loaded.draw(rng) else NO_LOAD,
        footing=footing,
        repetitions=repetitions,
        arms=draw_arms(GripDraw(subject, rng), distributions, [_HELD], [], duration_s),
        grip=draw_grip(grip, distributions, rng),
        size=MappingProxyType(size),
        seat=seat or NO_SEAT,
    )


def sizes(plans: list[LiftPlan], *names: str) -> tuple[Float[np.ndarray, "batch 1"], ...]:
    """Return what plans have drawn under these names, as columns."""
    return tuple(np.array([[plan.size[name]] for plan in plans]) for name in names)


def radians(distribution: Any, rng: np.random.Generator) -> float:
    """Draw an angle that is given in degrees, rad."""
    return float(np.radians(distribution.draw(rng)))


def level_pelvis(pitch: Float[np.ndarray, "batch time"]) -> Pelvis:
    """Return a pelvis of this pitch (rad) at the origin: what turns the chest, before balance places it."""
    zero = np.zeros_like(pitch)
    return Pelvis(np.zeros((3, *pitch.shape)), zero, pitch, zero)


def standing_targets(
    plans: list[LiftPlan],
    body: BodyBatch,
    time_s: Float[np.ndarray, "batch time"],
    upper: Angles,
    pitch: Float[np.ndarray, "batch time"],
    thigh: Float[np.ndarray, "batch time"],
) -> MotionTargets:
    """Return the balanced targets of a body on two planted feet, whose pelvis has this pitch (rad)."""
    drift = sway(plans, time_s)
    return balance(
        body,
        Stance(
            feet=planted_feet(plans, body, time_s.shape),
            thigh=thigh,
            pitch=pitch,
            pitch_per_lean=0.0,
            roll=np.zeros_like(time_s),
            com_target=np.stack([column(plans, "footing.com_ahead") + drift[0], drift[1]]),
            knee_shift=None,
            upper=upper,
            lean_compensation={side: np.zeros((len(plans), 1)) for side in ("left", "right")},
            contact_mask=all_in_contact(time_s.shape),
        ),
    )
