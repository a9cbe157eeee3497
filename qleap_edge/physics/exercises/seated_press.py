"""The overhead press, standing as in :mod:`qleap_edge.physics.exercises.arm_lift` or on a seat with a back rest, id 3.

Sitting, the hands hold dumbbells or the handles of a machine. They go from beside the shoulders, the forearms upright over the
elbows, to straight arms above the head.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int8

from qleap_edge.core.exercises import Exercise
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.exercises.arm_lift import OverheadPress
from qleap_edge.physics.exercises.guided_arms import Chest, Column, add_unrest, arm_to, thumb
from qleap_edge.physics.exercises.guided_lift import LiftPlan, draw_lift, radians, sizes
from qleap_edge.physics.exercises.protocol import FeasibilityLimits
from qleap_edge.physics.exercises.seats import draw_seat, seated_pelvis, seated_targets
from qleap_edge.physics.exercises.standing import column, one_exercise, trunk_angles
from qleap_edge.physics.exercises.timing import effort, phase
from qleap_edge.physics.exercises.variants import in_order
from qleap_edge.physics.kinematics import Angles, BodyBatch
from qleap_edge.physics.motion_targets import MotionTargets
from qleap_edge.physics.randomize import Distributions

_STANDING = OverheadPress()
_MOST_APART = 0.6  # tangent of the straight arms from the vertical


class StandingOrSeatedPress:
    """Both hands from the shoulders to overhead, id 3."""

    name: Exercise = "overhead_press"
    forward = True
    feasibility_limits: FeasibilityLimits = _STANDING.feasibility_limits

    def draw(self, subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator) -> Any:
        """Draw one sequence; forward simulation has no seat."""
        if not distributions.press_seated.draw(rng):
            return _STANDING.draw(subject, duration_s, distributions, rng)
        size = {
            "reach": distributions.straight_reach.draw(rng),
            "out": radians(distributions.seated_press_out_deg, rng),
            "ahead": radians(distributions.seated_press_ahead_deg, rng),
            "tilt_in": radians(distributions.bench_forearm_deg, rng),
            "tilt_back": radians(distributions.bench_forearm_deg, rng),
            "together": distributions.bench_together.draw(rng),
        }
        grip = "overhand" if rng.uniform() < 0.6 else "neutral"
        seat = draw_seat(subject, distributions, rng, radians(distributions.seated_press_back_deg, rng) - np.pi / 2.0)
        plan = draw_lift(
            subject,
            duration_s,
            distributions,
            rng,
            grip=grip,
            size=size,
            lifts_first=True,
            ratio=distributions.press_ratio,
            seat=seat,
        )
        return replace(plan, posture="press_seated")

    def targets(self, plans: list[Any], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> MotionTargets:
        """Return the targets of each sequence's own variant."""
        pieces = []
        for seated, targets in ((False, _STANDING.targets), (True, _seated)):
            rows = [row for row, plan in enumerate(plans) if isinstance(plan, LiftPlan) is seated]
            if rows:
                pieces.append((rows, targets([plans[row] for row in rows], body.rows(rows), time_s[rows])))
        return pieces[0][1] if len(pieces) == 1 else in_order(pieces)

    def exercises(self, plan: Any, time_s: Float[np.ndarray, " time"]) -> Int8[np.ndarray, " time"]:
        """Return the exercise id of each sample."""
        return one_exercise(self.name, time_s)


def _seated(plans: list[LiftPlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> MotionTargets:
    ph = phase([plan.repetitions for plan in plans], time_s)
    pelvis = seated_pelvis(plans, time_s)
    upper = trunk_angles(plans, time_s)
    upper |= _arms(plans, body, Chest.of(body, pelvis, upper), ph)
    add_unrest(upper, [plan.arms for plan in plans], time_s, effort(ph))
    return seated_targets(plans, body, pelvis, upper)


def _arms(plans: list[LiftPlan], body: BodyBatch, chest: Chest, ph: Column) -> Angles:
    reach, out, ahead, tilt_in, tilt_back, together = sizes(
        plans, "reach", "out", "ahead", "tilt_in", "tilt_back", "together"
    )
    zero, one = np.zeros_like(ph), np.ones_like(ph)
    long, short = body.length["upper_arm"], body.length["forearm"]
    up, back = np.stack([zero, zero, one]), np.stack([-one, zero, zero])
    arms: Angles = {}
    for side, sign in SIDES:
        aside = np.stack([zero, sign * one, zero])
        elbow = chest.world(np.sin(out) * np.sin(ahead) + zero, sign * np.sin(out) * np.cos(ahead), -np.cos(out))
        forearm = up - np.tan(tilt_in) * aside + np.tan(tilt_back) * back
        low = long * elbow + short * forearm / np.sqrt((forearm * forearm).sum(axis=0))
        apart = np.clip(low[1] * sign * (1.0 - together) / (long + short), -0.1, _MOST_APART)
        high = reach * (long + short) * (np.sqrt(1.0 - apart**2) * up + apart * aside)
        pole = chest.world(0.6 * np.sin(ahead) + zero, sign * np.cos(ahead), -0.3)
        arms |= arm_to(body, chest, side, low + (high - low) * ph, pole, thumb(sign, column(plans, "grip"), back))
    return arms
