"""Lifting with the arms while standing: overhead press and biceps curl, on two planted feet."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int8

from qleap_edge.core.exercises import Exercise
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.arms import LIFTS, ArmPlan, add_phased_arm_change, arm_angles, draw_lift
from qleap_edge.physics.balance import Stance, balance
from qleap_edge.physics.distributions import Uniform
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
from qleap_edge.physics.trajectory import bump

_DIP_THIGH = np.radians(14.0)  # of a push press, just before the arms go up
_DIP_BEFORE_S, _DIP_S = 0.25, 0.6


@dataclass(frozen=True)
class ArmLiftPlan:
    """One sequence; angles in rad."""

    posture: str
    load: Load
    footing: Footing
    left: tuple[Repetition, ...]
    right: tuple[Repetition, ...]
    arms: ArmPlan
    arms_rise: Float[np.ndarray, "2 5 knots"]
    """Change of the arm angles along the path from bottom to top."""
    path_share: float
    """Of the path that the hands go."""
    lean_back: float
    """Of the chest, most at mid-lift."""
    dips: bool


@dataclass(frozen=True)
class LiftMotion:
    """What the hands hold in a lift, and the distributions of its durations and lean."""

    holds: str
    """A name of :data:`qleap_edge.physics.arms.LIFTS`."""
    up_s: Uniform
    down_s: Uniform
    lean_deg: Uniform


class _ArmLift:
    """Common part of press and curl."""

    name: Exercise
    forward = True
    feasibility_limits = FeasibilityLimits(support_margin_m=-0.005)

    def targets(
        self, plans: list[ArmLiftPlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]
    ) -> MotionTargets:
        """Return the balanced targets: the body leans back by the moment of the arms and their load."""
        left, right = phase([plan.left for plan in plans], time_s), phase([plan.right for plan in plans], time_s)
        most = np.maximum(left, right)
        arms, lean_compensation = arm_angles([plan.arms for plan in plans], time_s, effort(most))
        share = column(plans, "path_share")
        add_phased_arm_change(arms, [plan.arms_rise for plan in plans], share * left, share * right)
        both = 0.5 * (left + right)
        drift = sway(plans, time_s)
        stance = Stance(
            feet=planted_feet(plans, body, time_s.shape),
            thigh=column(plans, "footing.thigh") + _dips(plans, time_s),
            pitch=np.zeros_like(both),
            pitch_per_lean=0.0,
            roll=np.zeros_like(both),
            com_target=np.stack([column(plans, "footing.com_ahead") + drift[0], drift[1]]),
            knee_shift=None,
            upper=arms
            | trunk_angles(plans, time_s, thorax_flexion=-4.0 * column(plans, "lean_back") * both * (1.0 - both)),
            lean_compensation=lean_compensation,
            contact_mask=all_in_contact(time_s.shape),
        )
        return balance(body, stance)

    def exercises(self, plan: ArmLiftPlan, time_s: Float[np.ndarray, " time"]) -> Int8[np.ndarray, " time"]:
        """Return the exercise id of each sample."""
        return one_exercise(self.name, time_s)

    @staticmethod
    def _draw_lift(
        lift: LiftMotion, subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
    ) -> ArmLiftPlan:
        """Draw a sequence in which both arms do the same."""
        arms, rise = draw_lift(GripDraw(subject, rng), distributions, LIFTS[lift.holds], duration_s)
        up, down = lift.up_s.draw(rng), lift.down_s.draw(rng)
        repetitions = schedule(
            rng,
            distributions,
            duration_s,
            lambda: Repetition(
                up, distributions.bottom_hold_s.draw(rng), down, distributions.rep_depth_ratio.draw(rng)
            ),
        )
        return ArmLiftPlan(
            posture=lift.holds,
            load=draw_load(lift.holds, subject, distributions, rng),
            footing=draw_footing(distributions, rng),
            left=repetitions,
            right=repetitions,
            arms=arms,
            arms_rise=rise,
            path_share=distributions.arm_rep_range.draw(rng),
            lean_back=float(np.radians(lift.lean_deg.draw(rng))),
            dips=False,
        )


class OverheadPress(_ArmLift):
    """Both hands from the shoulders to overhead, id 3."""

    name: Exercise = "overhead_press"

    def draw(
        self, subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
    ) -> ArmLiftPlan:
        """Draw one sequence."""
        lift = LiftMotion(
            distributions.press_holds.draw(rng),
            distributions.press_up_s,
            distributions.press_down_s,
            distributions.press_lean_deg,
        )
        plan = self._draw_lift(lift, subject, duration_s, distributions, rng)
        return replace(plan, dips=distributions.press_style.draw(rng) == "push")


class BicepsCurl(_ArmLift):
    """Both forearms, together or in turn, from hanging to the shoulder, id 4."""

    name: Exercise = "biceps_curl"

    def draw(
        self, subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
    ) -> ArmLiftPlan:
        """Draw one sequence."""
        lift = LiftMotion(
            distributions.curl_holds.draw(rng),
            distributions.curl_up_s,
            distributions.curl_down_s,
            distributions.curl_swing_deg,
        )
        plan = self._draw_lift(lift, subject, duration_s, distributions, rng)
        if distributions.curl_sides.draw(rng) == "both" or len(plan.left) < 2 or lift.holds == "curl_bar":
            return plan
        return replace(plan, posture="curl_alternate", left=plan.left[::2], right=plan.right[1::2])


def _dips(plans: list[ArmLiftPlan], time_s: Float[np.ndarray, "batch time"]) -> Float[np.ndarray, "batch time"]:
    """Return the knees' short dip before each lift of a push press, as lean of the thighs, rad."""
    out = np.zeros_like(time_s)
    for row, plan in enumerate(plans):
        for one in plan.left if plan.dips else ():
            out[row] += _DIP_THIGH * bump((time_s[row] - one.start_s + _DIP_BEFORE_S) / _DIP_S)
    return out
