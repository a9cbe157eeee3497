"""The row, id 8: bent over a bar or dumbbells, with one arm, or sitting before a cable or a machine.

The hands go from straight arms to the belly or the lower chest; elbows and pronation follow from the grip. A cable's force is
not modelled. In the row with one arm, both arms make the same motion, because a watch does not see the other one.
"""

import numpy as np
from jaxtyping import Float

from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.exercises.guided_arms import Chest, Column, Vector, add_unrest, arm_to, thumb
from qleap_edge.physics.exercises.guided_lift import (
    LiftPlan,
    draw_lift,
    level_pelvis,
    radians,
    sizes,
    standing_targets,
)
from qleap_edge.physics.exercises.protocol import FeasibilityLimits
from qleap_edge.physics.exercises.seats import (
    Seat,
    draw_foot_plate_seat,
    draw_seat,
    seated_pelvis,
    seated_targets,
)
from qleap_edge.physics.exercises.standing import column, trunk_angles
from qleap_edge.physics.exercises.timing import effort, phase
from qleap_edge.physics.exercises.variants import Variants
from qleap_edge.physics.kinematics import Angles, BodyBatch
from qleap_edge.physics.motion_targets import MotionTargets
from qleap_edge.physics.randomize import Distributions

_NARROWEST_BAR = -0.3  # × shoulder half-width: hands on a bar, inwards of the shoulders
_UNDER_A_HAND_M = 0.035  # from the middle: where two hands meet at a V handle


def _pull(subject: Subject, distributions: Distributions, rng: np.random.Generator) -> dict[str, float]:
    """Draw where the hands are at both ends of the way."""
    return {
        "reach": distributions.straight_reach.draw(rng),
        "width": distributions.row_width.draw(rng) * subject.lengths["shoulder_half_width"],
        "touch_x": distributions.row_touch_x.draw(rng) * subject.stature_m,
        "touch_z": distributions.row_touch_z.draw(rng) * subject.stature_m,
        "out": distributions.row_elbow_out.draw(rng),
    }


def _draw_bent_over(
    subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
) -> LiftPlan:
    return _draw_standing(subject, duration_s, distributions, rng, distributions.row_grip.draw(rng))


def _draw_one_arm(
    subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
) -> LiftPlan:
    return _draw_standing(subject, duration_s, distributions, rng, "neutral")


def _draw_standing(
    subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator, grip: str
) -> LiftPlan:
    size = _pull(subject, distributions, rng) | {
        "pitch": radians(distributions.row_pitch_deg, rng),
        "thigh": radians(distributions.row_thigh_deg, rng),
        "lumbar": radians(distributions.hinge_lumbar_deg, rng),
        "jerk": radians(distributions.row_jerk_deg, rng),
    }
    return draw_lift(
        subject,
        duration_s,
        distributions,
        rng,
        grip=grip,
        size=size,
        lifts_first=True,
        ratio=distributions.row_ratio,
    )


def _draw_cable(
    subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
) -> LiftPlan:
    seat = draw_foot_plate_seat(subject, distributions, rng)
    return _draw_seated(subject, duration_s, distributions, rng, seat)


def _draw_machine(
    subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
) -> LiftPlan:
    return _draw_seated(subject, duration_s, distributions, rng, draw_seat(subject, distributions, rng, 0.0))


def _draw_seated(
    subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator, seat: Seat
) -> LiftPlan:
    grip = distributions.row_grip.draw(rng)
    aside = distributions.cable_width.draw(rng)
    if grip != "neutral":  # hands that meet at a V handle hold it with their thumbs up
        aside = max(aside, _NARROWEST_BAR)
    aside *= subject.lengths["shoulder_half_width"]
    size = _pull(subject, distributions, rng) | {
        "width": max(aside, _UNDER_A_HAND_M - subject.lengths["shoulder_half_width"]),
        "down": radians(distributions.cable_down_deg, rng),
        "lean": radians(distributions.cable_lean_deg, rng),
        "rock": radians(distributions.cable_rock_deg, rng),
    }
    return draw_lift(
        subject,
        duration_s,
        distributions,
        rng,
        grip=grip,
        size=size,
        lifts_first=True,
        ratio=None,
        seat=seat,
    )


def _bent_over(plans: list[LiftPlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> MotionTargets:
    ph = phase([plan.repetitions for plan in plans], time_s)
    pitch, thigh, lumbar, jerk = sizes(plans, "pitch", "thigh", "lumbar", "jerk")
    trunk = pitch - jerk * ph
    upper = trunk_angles(plans, time_s, lumbar_flexion=lumbar, head_flexion=-0.4 * pitch)
    chest = Chest.of(body, level_pelvis(trunk), upper)
    zero = np.zeros_like(ph)
    straight = np.stack([zero, zero, zero - 1.0])
    ahead = np.stack([zero + 1.0, zero, zero])
    upper |= _arms(plans, body, chest, ph, straight, ahead, chest.world(-1.0, zero, zero))
    add_unrest(upper, [plan.arms for plan in plans], time_s, effort(ph))
    return standing_targets(plans, body, time_s, upper, trunk, np.broadcast_to(thigh, ph.shape))


def _seated(plans: list[LiftPlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> MotionTargets:
    ph = phase([plan.repetitions for plan in plans], time_s)
    down, lean, rock = sizes(plans, "down", "lean", "rock")
    pelvis = seated_pelvis(plans, time_s, lean + 0.7 * rock * (0.5 - ph))
    upper = trunk_angles(plans, time_s, lumbar_flexion=0.5 * rock * (0.5 - ph))
    chest = Chest.of(body, pelvis, upper)
    straight = np.stack([np.cos(down) + 0.0 * ph, 0.0 * ph, 0.0 * ph - np.sin(down)])
    up = np.stack([np.sin(down) + 0.0 * ph, 0.0 * ph, 0.0 * ph + np.cos(down)])
    upper |= _arms(plans, body, chest, ph, straight, up, chest.world(-0.6, 0.0, 0.0 * ph - 0.8))
    add_unrest(upper, [plan.arms for plan in plans], time_s, effort(ph))
    return seated_targets(plans, body, pelvis, upper)


def _arms(
    plans: list[LiftPlan], body: BodyBatch, chest: Chest, ph: Column, straight: Vector, neutral: Vector, back: Vector
) -> Angles:
    """Return the arms between ``straight``, where they point at the start, and the belly.

    ``neutral`` is the thumb's direction of a neutral grip, ``back`` that of elbows which do not go outwards.
    """
    reach, width, touch_x, touch_z, out = sizes(plans, "reach", "width", "touch_x", "touch_z", "out")
    arm = reach * (body.length["upper_arm"] + body.length["forearm"])
    arms: Angles = {}
    for side, sign in SIDES:
        aside = np.stack([0.0 * ph, sign * width + 0.0 * ph, 0.0 * ph])
        start = np.sqrt(arm**2 - width**2) * straight + aside
        end = chest.world(touch_x + 0.0 * ph, 0.0, touch_z) + aside
        pole = back + chest.world(0.0, sign * out, 0.0 * ph)
        thumbwards = thumb(sign, column(plans, "grip"), neutral)
        arms |= arm_to(body, chest, side, start + (end - start) * ph, pole, thumbwards)
    return arms


ROW = Variants(
    "row",
    FeasibilityLimits(support_margin_m=None, supported=True),
    lambda distributions: distributions.row_variant,
    {
        "bent_over": (_draw_bent_over, _bent_over),
        "one_arm_row": (_draw_one_arm, _bent_over),
        "cable_row": (_draw_cable, _seated),
        "machine_row": (_draw_machine, _seated),
    },
)
"""One-arm rows rest the other hand on a bench, which is why all variants count as supported."""
