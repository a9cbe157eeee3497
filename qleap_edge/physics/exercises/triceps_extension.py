"""The triceps extension, id 12: elbows straighten while the upper arms hardly move.

Variants: pushed down on a cable, behind the head standing or sitting, lying, and on the pad of a machine. A repetition turns
where the elbows are straight. With one arm and with two the motion is the same; a watch does not see the other arm.
"""

import numpy as np
from jaxtyping import Float

from qleap_edge.core.exercises import Exercise
from qleap_edge.physics import rotations as rot
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.distributions import Uniform
from qleap_edge.physics.exercises.guided_arms import Chest, Column, add_unrest, arm_along
from qleap_edge.physics.exercises.guided_lift import (
    LiftPlan,
    draw_lift,
    level_pelvis,
    radians,
    sizes,
    standing_targets,
)
from qleap_edge.physics.exercises.protocol import FeasibilityLimits
from qleap_edge.physics.exercises.seats import draw_seat, seated_pelvis, seated_targets
from qleap_edge.physics.exercises.standing import column, trunk_angles
from qleap_edge.physics.exercises.timing import effort, phase
from qleap_edge.physics.exercises.variants import Draw, Targets, Variants
from qleap_edge.physics.kinematics import Angles, BodyBatch
from qleap_edge.physics.motion_targets import MotionTargets
from qleap_edge.physics.randomize import Distributions

_UPRIGHT, _LYING = Uniform(-14.0, 4.0), Uniform(-92.0, -80.0)  # degrees: pitch of the pelvis
_OVERHEAD_LEAN = Uniform(-4.0, 8.0)


def _draw(upper: str, aside: str, inwards: str, back: Uniform | None) -> Draw:
    """Return how a variant is drawn: the lines of ``randomize`` for its upper arms, and the pitch of who sits or lies."""

    def draw(subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator) -> LiftPlan:
        lean = distributions.push_down_lean_deg if upper == "push_down_upper_deg" else _OVERHEAD_LEAN
        size = {
            "bent": radians(distributions.triceps_bent_deg, rng),
            "straight": radians(distributions.triceps_straight_deg, rng),
            "shift": radians(distributions.triceps_shift_deg, rng),
            "upper": radians(getattr(distributions, upper), rng),
            "aside": radians(getattr(distributions, aside), rng),
            "in": getattr(distributions, inwards).draw(rng),
            "lean": radians(lean, rng),
        }
        seat = None if back is None else draw_seat(subject, distributions, rng, radians(back, rng))
        return draw_lift(
            subject,
            duration_s,
            distributions,
            rng,
            grip=distributions.triceps_grip.draw(rng),
            size=size,
            lifts_first=True,
            ratio=None if upper in ("push_down_upper_deg", "machine_upper_deg") else distributions.triceps_ratio,
            seat=seat,
        )

    return draw


def _targets(*, above: bool, lies: bool = False, stands: bool = False) -> Targets:
    """Return the targets of a variant: upper arms above the head or hanging, the body lying, standing or sitting."""

    def targets(plans: list[LiftPlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> MotionTargets:
        ph = phase([plan.repetitions for plan in plans], time_s)
        (lean,) = sizes(plans, "lean")
        upper = trunk_angles(plans, time_s)
        pelvis = level_pelvis(lean + 0.0 * ph) if stands else seated_pelvis(plans, time_s)
        upper |= _arms(plans, Chest.of(body, pelvis, upper), ph, above=above, lies=lies)
        add_unrest(upper, [plan.arms for plan in plans], time_s, effort(ph))
        if not stands:
            return seated_targets(plans, body, pelvis, upper)
        thigh = column(plans, "footing.thigh") + 0.35 * np.maximum(pelvis.pitch, 0.0)
        return standing_targets(plans, body, time_s, upper, pelvis.pitch, thigh)

    return targets


def _arms(plans: list[LiftPlan], chest: Chest, ph: Column, *, above: bool, lies: bool) -> Angles:
    """Return the arms; ``upper`` is the angle of the upper arms ahead of the vertical, or from it towards the head (lying)."""
    bent, straight, shift, upper, aside, inwards = sizes(plans, "bent", "straight", "shift", "upper", "aside", "in")
    elbow = bent + (straight - bent) * ph
    tilt = upper + shift * (0.5 - ph)
    sine, cosine, zero = np.sin(tilt), np.cos(tilt), np.zeros_like(ph)
    if lies:  # up from the chest, the elbows towards the head
        along, bends = np.stack([-sine, zero, cosine]), np.stack([-cosine, zero, -sine])
    elif above:  # above the head: the forearm bends backwards
        along, bends = np.stack([sine, zero, cosine]), np.stack([-cosine, zero, sine])
    else:  # hanging or ahead: the forearm bends up
        along, bends = np.stack([sine, zero, -cosine]), np.stack([cosine, zero, sine])
    arms: Angles = {}
    for side, sign in SIDES:
        outwards = np.stack([zero, sign + zero, zero])
        upper_arm = rot.unit(along + np.tan(aside) * outwards)
        across = bends - inwards * outwards
        across = rot.unit(across - rot.dot(across, upper_arm) * upper_arm)
        forearm = np.cos(elbow) * upper_arm + np.sin(elbow) * across
        neutral = np.cos(elbow) * across - np.sin(elbow) * upper_arm
        grip = column(plans, "grip")
        # An overhand grip lies along a bar across the body, with the thumbs towards each other; the wrist takes up the rest.
        thumbwards = np.sin(grip) * neutral - np.cos(grip) * (outwards - rot.dot(outwards, forearm) * forearm)
        arms |= arm_along(chest, side, upper_arm, forearm, thumbwards)
    return arms


NAME: Exercise = "triceps_extension"
_HANGING = ("push_down_upper_deg", "push_down_aside_deg", "triceps_in")
_ABOVE = ("overhead_upper_deg", "overhead_aside_deg", "overhead_in")
_AHEAD = ("machine_upper_deg", "overhead_aside_deg", "triceps_in")
TRICEPS_EXTENSION = Variants(
    NAME,
    FeasibilityLimits(support_margin_m=None, supported=True),
    lambda distributions: distributions.triceps_variant,
    {
        "push_down": (_draw(*_HANGING, None), _targets(above=False, stands=True)),
        "overhead": (_draw(*_ABOVE, None), _targets(above=True, stands=True)),
        "seated_overhead": (_draw(*_ABOVE, _UPRIGHT), _targets(above=True)),
        "lying": (_draw(*_ABOVE, _LYING), _targets(above=True, lies=True)),
        "machine": (_draw(*_AHEAD, _UPRIGHT), _targets(above=False)),
    },
)
