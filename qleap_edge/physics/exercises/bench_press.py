"""The bench press, id 9: lying, inclined or before a machine's back rest, with a bar, dumbbells or handles.

The bench carries the trunk; the feet stand on the floor. At the chest the forearms stand nearly upright under the weight, so
that the width of the grip follows from how far the elbows go out.
"""

import numpy as np
from jaxtyping import Float

from qleap_edge.core.exercises import Exercise
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.distributions import Uniform
from qleap_edge.physics.exercises.guided_arms import Chest, add_unrest, arm_to, thumb
from qleap_edge.physics.exercises.guided_lift import LiftPlan, draw_lift, radians, sizes
from qleap_edge.physics.exercises.protocol import FeasibilityLimits
from qleap_edge.physics.exercises.seats import draw_seat, seated_pelvis, seated_targets
from qleap_edge.physics.exercises.standing import column, trunk_angles
from qleap_edge.physics.exercises.timing import effort, phase
from qleap_edge.physics.exercises.variants import Draw, Variants
from qleap_edge.physics.kinematics import Angles, BodyBatch
from qleap_edge.physics.motion_targets import MotionTargets
from qleap_edge.physics.randomize import Distributions

_ARCH = np.radians(-8.0)  # of the lower back on a bench, which tilts the pelvis: the chest lies on the bench
_FLAT = Uniform(-4.0, 6.0)  # degrees above the horizontal


def _draw(back_deg: Uniform | None, grip: str | None, *, weighs: bool, together: bool) -> Draw:
    """Return how a variant is drawn.

    Args:
        back_deg: of the back above the horizontal; None takes that of an inclined bench.
        grip: overhand for a bar; None draws anything between overhand and neutral, which dumbbells allow.
        weighs: whether the hands hold a weight; a machine carries its own.
        together: whether the hands may meet above the chest.
    """

    def draw(subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator) -> LiftPlan:
        incline = radians(back_deg or distributions.incline_deg, rng)
        held = grip or ("overhand" if rng.uniform() < 0.6 else "neutral")
        size = {
            "reach": distributions.straight_reach.draw(rng),
            "out": radians(distributions.bench_elbow_out_deg, rng),
            "down": radians(distributions.bench_elbow_down_deg, rng),
            "tilt_in": radians(distributions.bench_forearm_deg, rng),
            "tilt_up": radians(distributions.bench_forearm_deg, rng),
            "caudal": radians(distributions.bench_caudal_deg, rng),
            "together": distributions.bench_together.draw(rng) if together else 0.0,
        }
        seat = draw_seat(subject, distributions, rng, incline - np.pi / 2.0)
        ratio = distributions.bench_ratio if weighs else None
        return draw_lift(
            subject, duration_s, distributions, rng, grip=held, size=size, lifts_first=False, ratio=ratio, seat=seat
        )

    return draw


def _targets(plans: list[LiftPlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> MotionTargets:
    """Return the targets: straight arms at phase 0, the weight at the chest at phase 1."""
    ph = phase([plan.repetitions for plan in plans], time_s)
    pelvis = seated_pelvis(plans, time_s, -1.5 * _ARCH)
    upper = trunk_angles(plans, time_s, lumbar_flexion=_ARCH + 0.0 * ph, thorax_flexion=0.5 * _ARCH + 0.0 * ph)
    chest = Chest.of(body, pelvis, upper)
    upper |= _arms(plans, body, chest, ph)
    add_unrest(upper, [plan.arms for plan in plans], time_s, effort(ph))
    return seated_targets(plans, body, pelvis, upper)


def _arms(plans: list[LiftPlan], body: BodyBatch, chest: Chest, ph: Float[np.ndarray, "batch time"]) -> Angles:
    reach, out, down, tilt_in, tilt_up, caudal, together = sizes(
        plans, "reach", "out", "down", "tilt_in", "tilt_up", "caudal", "together"
    )
    zero = np.zeros_like(ph)
    long, short = body.length["upper_arm"], body.length["forearm"]
    press = _press_direction(plans, chest)
    cranial = chest.world(zero, 0.0, 1.0)
    cranial = cranial - press * (cranial * press).sum(axis=0)
    arms: Angles = {}
    for side, sign in SIDES:
        aside = chest.world(zero, sign, 0.0)
        elbow = chest.world(-np.sin(down) + zero, sign * np.cos(down) * np.sin(out), -np.cos(down) * np.cos(out))
        forearm = press - np.tan(tilt_in) * aside + np.tan(tilt_up) * cranial
        low = long * elbow + short * forearm / np.sqrt((forearm * forearm).sum(axis=0))
        lateral = (low * aside).sum(axis=0) * (1.0 - together) - together * 0.7 * body.length["shoulder_half_width"]
        arm = reach * (long + short)
        across = np.clip(lateral / arm, -0.6, 0.75)
        straight = np.cos(caudal) * press - np.sin(caudal) * cranial
        high = arm * (np.sqrt(1.0 - across**2) * straight + across * aside)
        thumbwards = thumb(sign, column(plans, "grip"), cranial)
        arms |= arm_to(body, chest, side, high + (low - high) * ph, elbow, thumbwards)
    return arms


def _press_direction(plans: list[LiftPlan], chest: Chest) -> Float[np.ndarray, "3 batch time"]:
    """Return where the weight is pressed to: up, or ahead of the chest where a machine guides the handles."""
    machine = np.array([[float(plan.posture == "machine_press")] for plan in plans])
    zero = 0.0 * chest.rotation[0, 0]
    up = np.stack([zero, zero, zero + 1.0])
    ahead = chest.world(1.0 + zero, 0.0, 0.0)
    return np.asarray(machine * ahead + (1.0 - machine) * up)


NAME: Exercise = "bench_press"
BENCH_PRESS = Variants(
    NAME,
    FeasibilityLimits(support_margin_m=None, supported=True),
    lambda distributions: distributions.bench_variant,
    {
        "flat_bar": (_draw(_FLAT, "overhand", weighs=True, together=False), _targets),
        "flat_dumbbells": (_draw(_FLAT, None, weighs=True, together=True), _targets),
        "incline": (_draw(None, None, weighs=True, together=True), _targets),
        "machine_press": (_draw(Uniform(62.0, 86.0), None, weighs=False, together=False), _targets),
    },
)
