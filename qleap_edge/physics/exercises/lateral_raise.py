"""The lateral raise, id 10: nearly straight arms from the thighs to the height of the shoulders, standing.

The plane of the arms lies somewhat ahead of the frontal plane, up to that of the shoulder blades (scaption). The thumbs point
ahead throughout, so that the palms face the thighs below and the floor above.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int8

from qleap_edge.core.exercises import Exercise
from qleap_edge.physics import rotations as rot
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.exercises.guided_arms import Chest, add_unrest, arm_along
from qleap_edge.physics.exercises.guided_lift import (
    LiftPlan,
    draw_lift,
    level_pelvis,
    radians,
    sizes,
    standing_targets,
)
from qleap_edge.physics.exercises.protocol import FeasibilityLimits
from qleap_edge.physics.exercises.standing import column, one_exercise, trunk_angles
from qleap_edge.physics.exercises.timing import effort, phase
from qleap_edge.physics.kinematics import Angles, BodyBatch
from qleap_edge.physics.motion_targets import MotionTargets
from qleap_edge.physics.randomize import Distributions

_SWAY = np.radians(-3.0)  # of the trunk, back, most at the top


class LateralRaise:
    """Dumbbells or cables raised to the side, id 10."""

    name: Exercise = "lateral_raise"
    forward = False
    feasibility_limits = FeasibilityLimits(support_margin_m=-0.01)

    def draw(
        self, subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
    ) -> LiftPlan:
        """Draw one sequence."""
        size = {
            "from": radians(distributions.raise_from_deg, rng),
            "to": radians(distributions.raise_to_deg, rng),
            "ahead": radians(distributions.raise_ahead_deg, rng),
            "elbow": radians(distributions.raise_elbow_deg, rng),
            "bends": radians(distributions.raise_elbow_gain_deg, rng),
            "pour": radians(distributions.raise_pour_deg, rng),
            "turned_in": distributions.raise_turn_in.draw(rng),
            "lean": radians(distributions.raise_lean_deg, rng),
        }
        plan = draw_lift(
            subject,
            duration_s,
            distributions,
            rng,
            grip="neutral",
            size=size,
            lifts_first=True,
            ratio=distributions.raise_ratio,
        )
        return replace(plan, posture="raise")

    def targets(self, plans: list[Any], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> MotionTargets:
        """Return the balanced targets."""
        ph = phase([plan.repetitions for plan in plans], time_s)
        (lean,) = sizes(plans, "lean")
        pitch = lean + _SWAY * ph
        upper = trunk_angles(plans, time_s)
        upper |= _arms(plans, Chest.of(body, level_pelvis(pitch), upper), ph)
        add_unrest(upper, [plan.arms for plan in plans], time_s, effort(ph))
        thigh = column(plans, "footing.thigh") + 0.35 * np.maximum(pitch, 0.0)
        return standing_targets(plans, body, time_s, upper, pitch, thigh)

    def exercises(self, plan: Any, time_s: Float[np.ndarray, " time"]) -> Int8[np.ndarray, " time"]:
        """Return the exercise id of each sample."""
        return one_exercise(self.name, time_s)


def _arms(plans: list[LiftPlan], chest: Chest, ph: Float[np.ndarray, "batch time"]) -> Angles:
    low, high, ahead, elbow, bends, pour, turned_in = sizes(
        plans, "from", "to", "ahead", "elbow", "bends", "pour", "turned_in"
    )
    rise = low + (high - low) * ph
    bend = np.maximum(elbow, elbow + bends) * ph + elbow * (1.0 - ph)
    one, zero = np.ones_like(ph), np.zeros_like(ph)
    arms: Angles = {}
    for side, sign in SIDES:
        upper_arm = np.stack(
            [np.sin(rise) * np.sin(ahead), sign * np.sin(rise) * np.cos(ahead), -np.cos(rise)],
        )
        forwards = np.stack([one, zero, zero])
        across = rot.unit(forwards - rot.dot(forwards, upper_arm) * upper_arm)
        forearm = np.cos(bend) * upper_arm + np.sin(bend) * across
        thumbwards = np.stack([one, -sign * turned_in * (1.0 - ph) ** 2, -np.tan(pour) * ph])
        arms |= arm_along(chest, side, upper_arm, forearm, thumbwards - rot.dot(thumbwards, forearm) * forearm)
    return arms
