"""The push-up, id 13: a straight body turns about its toes, or about its knees, over hands that stand on the floor.

Wrists and feet stay where they are to rounding. The hands carry part of the weight, so that balance over the feet is not
checked. The wrist is bent back by about a right angle, which the watch on the forearm does not see.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int8

from qleap_edge.core.exercises import Exercise
from qleap_edge.physics import rotations as rot
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.exercises.guided_arms import LEAST_SLACK, Chest, Column, add_unrest, arm_to
from qleap_edge.physics.exercises.guided_lift import LiftPlan, draw_lift, level_pelvis, radians, sizes
from qleap_edge.physics.exercises.protocol import FeasibilityLimits
from qleap_edge.physics.exercises.standing import (
    NEARLY_STRAIGHT,
    half_width,
    one_exercise,
    rolling_ankle,
    trunk_angles,
)
from qleap_edge.physics.exercises.timing import effort, phase
from qleap_edge.physics.kinematics import BodyBatch, Foot
from qleap_edge.physics.motion_targets import MotionTargets
from qleap_edge.physics.randomize import Distributions

WRIST_HEIGHT_M = 0.045
"""Of the joint above the floor, with the palm on it."""
_KNEE_HEIGHT_M = 0.055
_LEAST_SHOULDER_M = 0.13  # above the floor: the chest touches it
_NARROW = 0.35  # × shoulder half-width: hands so near to each other leave the elbows at the trunk
_FEET_TOGETHER = 0.6  # × the stance of standing
_ON_TOES = np.radians(72.0)  # pitch of the feet


class PushUp:
    """Hands and toes, or hands and knees, id 13."""

    name: Exercise = "push_up"
    forward = False
    feasibility_limits = FeasibilityLimits(support_margin_m=None, supported=True)

    def draw(
        self, subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
    ) -> LiftPlan:
        """Draw one sequence."""
        on_knees = distributions.push_up_on_knees.draw(rng)
        width = distributions.push_up_width.draw(rng)
        size = {
            "reach": min(distributions.straight_reach.draw(rng), LEAST_SLACK),
            "width": width * subject.lengths["shoulder_half_width"],
            "ahead": distributions.push_up_hands_ahead.draw(rng) * subject.stature_m,
            "low": distributions.push_up_low.draw(rng) * subject.lengths["upper_arm"],
            "out": distributions.push_up_elbow_out.draw(rng) * (width - _NARROW),
            "turned_in": radians(distributions.push_up_hands_in_deg, rng),
            "sag": radians(distributions.push_up_sag_deg, rng),
            "knees": float(on_knees),
        }
        plan = draw_lift(
            subject, duration_s, distributions, rng, grip="overhand", size=size, lifts_first=False, ratio=None
        )
        return replace(plan, posture="on_knees" if on_knees else "on_toes")

    def targets(self, plans: list[Any], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> MotionTargets:
        """Return the targets: straight arms at phase 0, the chest near the floor at phase 1."""
        ph = phase([plan.repetitions for plan in plans], time_s)
        feet, pivot, legs = _legs(plans, body, ph.shape)
        trunk = body.length["lumbar_base"] + body.length["lumbar"] + body.length["shoulder_height"]
        sag, low, reach, width, ahead = sizes(plans, "sag", "low", "reach", "width", "ahead")
        arm = reach * (body.length["upper_arm"] + body.length["forearm"])
        across = width - body.length["shoulder_half_width"]
        high = WRIST_HEIGHT_M + np.sqrt(arm**2 - across**2 - ahead**2)
        bottom = np.maximum(WRIST_HEIGHT_M + body.length["forearm"] + low, _LEAST_SHOULDER_M)
        slope = _slope(pivot, legs, trunk, sag, high + (np.minimum(bottom, high - 0.05) - high) * ph)
        position = pivot + np.stack([legs * np.cos(slope), 0.0 * slope, legs * np.sin(slope)])
        pelvis = replace(level_pelvis(np.pi / 2.0 - slope + sag), position=position)
        upper = trunk_angles(plans, time_s, head_flexion=-0.25 + 0.0 * ph)
        chest = Chest.of(body, pelvis, upper)
        rest = _slope(pivot, legs, trunk, sag, high)
        hands = pivot[0] + legs * np.cos(rest) + trunk * np.cos(rest - sag) + ahead
        out, turned_in = sizes(plans, "out", "turned_in")
        for side, sign in SIDES:
            wrist = np.stack([hands + 0.0 * ph, sign * width + 0.0 * ph, WRIST_HEIGHT_M + 0.0 * ph])
            pole = np.stack([0.0 * ph - 1.0, sign * out + 0.0 * ph, 0.0 * ph])
            thumbwards = np.stack([-np.sin(turned_in) + 0.0 * ph, -sign * np.cos(turned_in) + 0.0 * ph, 0.0 * ph])
            upper |= arm_to(body, chest, side, wrist - chest.shoulders[side], pole, thumbwards)
        add_unrest(upper, [plan.arms for plan in plans], time_s, effort(ph), ("forearm.pronation",))
        on_floor = np.zeros((*ph.shape, 4), dtype=bool)
        on_floor[:, :, 1] = on_floor[:, :, 3] = True
        return MotionTargets(pelvis, upper, feet, None, on_floor)

    def exercises(self, plan: Any, time_s: Float[np.ndarray, " time"]) -> Int8[np.ndarray, " time"]:
        """Return the exercise id of each sample."""
        return one_exercise(self.name, time_s)


def _slope(
    pivot: Float[np.ndarray, "3 batch 1"], legs: Column, trunk: Column, sag: Column, shoulders: Column
) -> Float[np.ndarray, "batch #time"]:
    """Return the angle of the thighs above the floor (rad) at which the shoulders have this height (m).

    The trunk is ``sag`` (rad) flatter than the thighs: legs and trunk together are one vector of fixed length and direction.
    """
    length = np.sqrt(legs**2 + trunk**2 + 2.0 * legs * trunk * np.cos(sag))
    turned = np.arctan2(trunk * np.sin(sag), legs + trunk * np.cos(sag))
    return np.asarray(np.arcsin(np.clip((shoulders - pivot[2]) / length, -0.9, 0.9)) + turned)


def _legs(
    plans: list[LiftPlan], body: BodyBatch, shape: tuple[int, ...]
) -> tuple[dict[str, Foot], Float[np.ndarray, "3 batch 1"], Column]:
    """Return the feet, the point about which the body turns, and its distance to the hips, m."""
    (knees,) = sizes(plans, "knees")
    pitch = np.full_like(knees, _ON_TOES)
    forward, up = rolling_ankle(body, pitch)
    apart = _FEET_TOGETHER * half_width(plans, body)
    ankle_height = up
    shank_flat = np.sqrt(body.length["shank"] ** 2 - (ankle_height - _KNEE_HEIGHT_M) ** 2)
    pivot_x = np.where(knees > 0.0, forward + shank_flat, forward)
    pivot_z = np.where(knees > 0.0, _KNEE_HEIGHT_M, ankle_height)
    whole = NEARLY_STRAIGHT * (body.length["thigh"] + body.length["shank"])
    legs = np.where(knees > 0.0, body.length["thigh"], np.sqrt(whole**2 - (apart - body.length["hip_half_width"]) ** 2))
    feet = {}
    for side, sign in SIDES:
        ankle = np.stack(
            [forward, sign * apart * (1.0 - knees) + sign * body.length["hip_half_width"] * knees, ankle_height]
        )
        turned = np.broadcast_to(rot.about("y", pitch), (3, 3, *shape))
        feet[side] = Foot(np.broadcast_to(ankle, (3, *shape)), turned)
    return feet, np.stack([pivot_x, np.zeros_like(pivot_x), pivot_z]), np.asarray(legs)
