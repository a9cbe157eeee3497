"""The hip hinge: Romanian deadlift with a bar or dumbbells, or a good morning without load. The knees hardly move."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int8

from qleap_edge.core.exercises import Exercise
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.arms import ArmPlan, arm_angles, draw_arms
from qleap_edge.physics.balance import Stance, balance
from qleap_edge.physics.exercises.protocol import FeasibilityLimits
from qleap_edge.physics.exercises.standing import (
    Footing,
    column,
    draw_footing,
    draw_load,
    one_exercise,
    planted_feet,
    sway,
    trunk_angles,
)
from qleap_edge.physics.exercises.timing import Repetition, effort, phase, schedule
from qleap_edge.physics.grips import GripDraw
from qleap_edge.physics.kinematics import BodyBatch
from qleap_edge.physics.load import Load
from qleap_edge.physics.motion_targets import MotionTargets, all_in_contact
from qleap_edge.physics.randomize import Distributions


@dataclass(frozen=True)
class DeadliftPlan:
    """One sequence; angles in rad, at the bottom."""

    posture: str
    load: Load
    footing: Footing
    repetitions: tuple[Repetition, ...]
    pitch: float
    """Of the pelvis, forwards."""
    thigh: float
    """Back from the vertical."""
    lumbar: float
    arms: ArmPlan


class Deadlift:
    """The hip hinge, id 2."""

    name: Exercise = "deadlift"
    forward = True
    feasibility_limits = FeasibilityLimits(support_margin_m=0.0)

    def draw(
        self, subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
    ) -> DeadliftPlan:
        """Draw one sequence."""
        posture = distributions.hinge_arms.draw(rng)
        descent, ascent = distributions.hinge_descent_s.draw(rng), distributions.hinge_ascent_s.draw(rng)
        return DeadliftPlan(
            posture=posture,
            load=draw_load(posture, subject, distributions, rng),
            footing=draw_footing(distributions, rng),
            repetitions=schedule(
                rng,
                distributions,
                duration_s,
                lambda: Repetition(
                    descent, distributions.bottom_hold_s.draw(rng), ascent, distributions.rep_depth_ratio.draw(rng)
                ),
            ),
            pitch=float(np.radians(distributions.hinge_pitch_deg.draw(rng))),
            thigh=float(np.radians(distributions.hinge_thigh_deg.draw(rng))),
            lumbar=float(np.radians(distributions.hinge_lumbar_deg.draw(rng))),
            arms=draw_arms(GripDraw(subject, rng), distributions, [posture], [], duration_s),
        )

    def targets(
        self, plans: list[DeadliftPlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]
    ) -> MotionTargets:
        """Return the balanced targets: the hips move back as the trunk leans forward."""
        ph = phase([plan.repetitions for plan in plans], time_s)
        arms, lean_compensation = arm_angles([plan.arms for plan in plans], time_s, effort(ph))
        drift = sway(plans, time_s)
        stance = Stance(
            feet=planted_feet(plans, body, time_s.shape),
            thigh=column(plans, "footing.thigh") * (1.0 - ph) + column(plans, "thigh") * ph,
            pitch=column(plans, "pitch") * ph,
            pitch_per_lean=0.0,
            roll=np.zeros_like(ph),
            com_target=np.stack([column(plans, "footing.com_ahead") + drift[0], drift[1]]),
            knee_shift=None,
            upper=arms
            | trunk_angles(plans, time_s, lumbar_flexion=column(plans, "lumbar") * ph, head_flexion=-0.4 * ph),
            lean_compensation=lean_compensation,
            contact_mask=all_in_contact(time_s.shape),
        )
        return balance(body, stance)

    def exercises(self, plan: DeadliftPlan, time_s: Float[np.ndarray, " time"]) -> Int8[np.ndarray, " time"]:
        """Return the exercise id of each sample."""
        return one_exercise(self.name, time_s)
