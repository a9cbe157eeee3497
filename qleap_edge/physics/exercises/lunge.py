"""The lunge: one foot steps forward, the body sinks between both feet, rises and steps back, or stays split and repeats.

The rear foot rolls onto its ball. The pelvis's height is prescribed, its place is where the centre of mass should be:
between the front foot and the rear ball. Prescribed only: the dynamics of the step are not solved for.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int8

from qleap_edge.core.exercises import Exercise
from qleap_edge.physics import rotations as rot
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.arms import ArmPlan, arm_angles, draw_arms
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.exercises.protocol import FeasibilityLimits
from qleap_edge.physics.exercises.standing import (
    NEARLY_STRAIGHT,
    Footing,
    balanced_targets,
    column,
    compensate_trunk_lean,
    draw_footing,
    draw_load,
    half_width,
    one_exercise,
    planted_feet,
    rolling_ankle,
    sway,
    trunk_angles,
)
from qleap_edge.physics.exercises.timing import QUIET_S, Repetition, effort, phase, schedule
from qleap_edge.physics.grips import GripDraw
from qleap_edge.physics.kinematics import BodyBatch, Foot
from qleap_edge.physics.load import Load
from qleap_edge.physics.motion_targets import MotionTargets
from qleap_edge.physics.randomize import Distributions
from qleap_edge.physics.trajectory import bump, quintic

_HEEL_FROM = 0.35  # of the step: where the rear heel leaves the floor
_HEEL_PITCH_SPLIT, _HEEL_PITCH_DEEP = np.radians(32.0), np.radians(24.0)
_FRONT_SHARE = 0.56  # of the weight on the front foot
_OVER_STANCE = 0.55  # of the half-width: how far the body shifts over the foot it steps from
_CLEARANCE_M = 0.07
_LEAD_S, _TRAIL_S = 0.28, 0.12  # the body leaves before the foot does and arrives after it
_STEP_DIP = 0.05  # of the step's length: how far the hips sink while a foot is in the air
_AWAY_S = 3.0  # before the beginning and after the end: not recorded
_TURN_BACK_S = 0.45  # between standing back and the next step


@dataclass(frozen=True)
class Excursion:
    """One step forward, what is done there, and the step back; seconds."""

    side: str
    out_s: float
    back_s: float
    """When each step begins."""
    step_s: float
    repetitions: tuple[Repetition, ...]


@dataclass(frozen=True)
class LungePlan:
    """One sequence; angles in rad, lengths in m."""

    posture: str
    load: Load
    footing: Footing
    excursions: tuple[Excursion, ...]
    length: float
    drop: float
    """Of the pelvis at the bottom."""
    lean: float
    arms: ArmPlan


class Lunge:
    """The forward lunge, id 1."""

    name: Exercise = "lunge"
    forward = False
    feasibility_limits = FeasibilityLimits(support_margin_m=None, friction=0.7)

    def draw(
        self, subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
    ) -> LungePlan:
        """Draw one sequence."""
        posture = distributions.lunge_arms.draw(rng)
        leg = subject.lengths["thigh"] + subject.lengths["shank"]
        footing = replace(draw_footing(distributions, rng), stance_ratio=distributions.lunge_half_width_ratio.draw(rng))
        return LungePlan(
            posture=posture,
            load=draw_load(posture, subject, distributions, rng),
            footing=replace(footing, toe_out=min(footing.toe_out, 0.25)),
            excursions=_draw_excursions(distributions, rng, duration_s),
            length=distributions.lunge_length_ratio.draw(rng) * subject.stature_m,
            drop=distributions.lunge_drop_ratio.draw(rng) * leg,
            lean=float(np.radians(distributions.lunge_lean_deg.draw(rng))),
            arms=draw_arms(GripDraw(subject, rng), distributions, [posture], [], duration_s),
        )

    def targets(
        self, plans: list[LungePlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]
    ) -> MotionTargets:
        """Return the targets, with the centre of mass over the standing feet."""
        ph = phase([_all_repetitions(plan) for plan in plans], time_s)
        feet, contact_mask = _feet(plans, body, ph, time_s)
        split, aside = _weight(plans, time_s)
        ankles = {side: feet[side].ankle for side, _ in SIDES}
        arms, lean_compensation = arm_angles(
            [plan.arms for plan in plans], time_s, effort(np.maximum(ph, split * (1.0 - split)))
        )
        pitch = column(plans, "lean") * ph
        upper = arms | trunk_angles(plans, time_s, head_flexion=-0.5 * pitch)
        compensate_trunk_lean(upper, lean_compensation, pitch)
        drift = sway(plans, time_s)
        ahead = column(plans, "footing.com_ahead")
        front = np.maximum(ankles["left"][0], ankles["right"][0])
        com = np.stack(
            [
                ahead + (_FRONT_SHARE * front + (1.0 - _FRONT_SHARE) * body.length["foot_ball"] * 0.5 - 0.4 * ahead) * split
                + drift[0],
                _OVER_STANCE * half_width(plans, body) * aside + drift[1],
            ]
        )  # fmt: skip
        height = _straight_height(body, plans, split) - column(plans, "drop") * ph
        return balanced_targets(body, feet, contact_mask, upper, com, height, yaw=np.zeros_like(ph), pitch=pitch)

    def exercises(self, plan: LungePlan, time_s: Float[np.ndarray, " time"]) -> Int8[np.ndarray, " time"]:
        """Return the exercise id of each sample."""
        return one_exercise(self.name, time_s)


def _draw_excursions(
    distributions: Distributions, rng: np.random.Generator, duration_s: float
) -> tuple[Excursion, ...]:
    step, descent, ascent = (
        distributions.lunge_step_s.draw(rng),
        distributions.lunge_descent_s.draw(rng),
        distributions.lunge_ascent_s.draw(rng),
    )
    stepping = distributions.lunge_stepping.draw(rng)
    first = int(rng.integers(2))
    if 2.0 * (QUIET_S + step) + descent + ascent > duration_s:  # no time to step: split from before to after
        ones = schedule(
            rng,
            distributions,
            duration_s,
            lambda: Repetition(descent, 0.0, ascent, distributions.rep_depth_ratio.draw(rng)),
        )
        return (Excursion(SIDES[first][0], -_AWAY_S, duration_s + _AWAY_S, step, ones),)
    found: list[Excursion] = []
    clock = QUIET_S
    while clock + 2.0 * step + descent + ascent <= duration_s - QUIET_S + 1e-9:
        repetitions: list[Repetition] = []
        down = clock + step
        while down + descent + ascent + step <= duration_s - QUIET_S + 1e-9 and (not stepping or not repetitions):
            repetitions.append(Repetition(descent, 0.0, ascent, distributions.rep_depth_ratio.draw(rng), down))
            down = repetitions[-1].end_s + distributions.bottom_hold_s.draw(rng) * (not stepping)
        end = repetitions[-1].end_s
        found.append(Excursion(SIDES[(first + len(found)) % 2][0], clock, end, step, tuple(repetitions)))
        clock = end + step + _TURN_BACK_S + distributions.bottom_hold_s.draw(rng)
    return tuple(found)


def _all_repetitions(plan: LungePlan) -> tuple[Repetition, ...]:
    return tuple(one for excursion in plan.excursions for one in excursion.repetitions)


def _feet(
    plans: list[LungePlan],
    body: BodyBatch,
    ph: Float[np.ndarray, "batch time"],
    time_s: Float[np.ndarray, "batch time"],
) -> tuple[dict[str, Foot], Bool[np.ndarray, "batch time 4"]]:
    """Return the feet and their contact mask."""
    split = {side: np.zeros_like(time_s) for side, _ in SIDES}
    aloft = {side: np.zeros_like(time_s) for side, _ in SIDES}
    for row, plan in enumerate(plans):
        for one in plan.excursions:
            out, back = (time_s[row] - one.out_s) / one.step_s, (time_s[row] - one.back_s) / one.step_s
            split[one.side][row] += quintic(out) - quintic(back)
            aloft[one.side][row] += bump(out) + bump(back)
    flat = planted_feet(plans, body, time_s.shape)
    feet, contact_mask = {}, []
    for side, other in (("left", "right"), ("right", "left")):
        left_behind = quintic((split[other] - _HEEL_FROM) / (1.0 - _HEEL_FROM))
        pitch = left_behind * (_HEEL_PITCH_SPLIT + _HEEL_PITCH_DEEP * ph)
        forward, up = rolling_ankle(body, pitch)
        ankle = flat[side].ankle + flat[side].rotation[:, 0] * forward
        ankle[0] += column(plans, "length") * split[side]
        ankle[2] = up + _CLEARANCE_M * aloft[side]
        feet[side] = Foot(ankle, rot.compose(flat[side].rotation, rot.about("y", pitch)))
        down = aloft[side] == 0.0
        contact_mask += [down & (left_behind == 0.0), down]
    return feet, np.stack(contact_mask, axis=-1)


def _weight(
    plans: list[LungePlan], time_s: Float[np.ndarray, "batch time"]
) -> tuple[Float[np.ndarray, "batch time"], Float[np.ndarray, "batch time"]]:
    """Return how far the body has gone forward (0-1), and to which side it leans (1 left, -1 right) to free a foot."""
    split, aside = np.zeros_like(time_s), np.zeros_like(time_s)
    signs = dict(SIDES)
    for row, plan in enumerate(plans):
        for one in plan.excursions:
            takes = one.step_s + _LEAD_S + _TRAIL_S
            out, back = ((time_s[row] - start + _LEAD_S) / takes for start in (one.out_s, one.back_s))
            split[row] += quintic(out) - quintic(back)
            aside[row] -= signs[one.side] * (bump(out) + bump(back))
    return split, aside


def _straight_height(
    body: BodyBatch, plans: list[LungePlan], split: Float[np.ndarray, "batch time"]
) -> Float[np.ndarray, "batch time"]:
    """Return the pelvis's height on legs that are nearly straight, feet together to feet apart, and lower on the way."""
    longest = NEARLY_STRAIGHT * (body.length["thigh"] + body.length["shank"])
    lower = longest - np.sqrt(longest**2 - (_FRONT_SHARE * column(plans, "length")) ** 2)
    dip = _STEP_DIP * column(plans, "length")
    return body.length["ankle_height"] + longest - lower * split - dip * 16.0 * (split * (1.0 - split)) ** 2
