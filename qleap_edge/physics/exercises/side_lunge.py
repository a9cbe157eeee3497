"""The side lunge, id 14: one leg bends, the other one stays straight, on feet that are wide apart or after a step aside.

The trunk leans and the hips sink as far as the straight leg lets them. Its foot may roll onto the inner edge. The centre of
mass goes over the foot of the bending leg; the dynamics of a step are not solved for, so that it is prescribed only.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int8

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

_FLAT_FOOT = np.radians(26.0)
"""Lean of a leg to the side up to which its foot stays flat: eversion of the ankle and toes that point outwards allow it."""
_ROLL_BEND = np.radians(5.0)  # over which the foot begins to roll
_SOFTLY_M = 0.02  # over which one leg takes over from the other as the one that limits the hips' height
_CLEARANCE_M = 0.05
_OVER_STANCE = 0.5  # × half-width: how far the body shifts over the foot it steps from
_LEAD_S, _TRAIL_S = 0.25, 0.15
_RATHER_NARROW = 1.2  # × hip half-width, at most, before a step
_TURN_BACK_S = 0.4


@dataclass(frozen=True)
class Sideways:
    """One repetition to one side; seconds."""

    sign: float
    """1 left, −1 right."""
    step_out_s: float
    step_back_s: float
    """When the foot sets out and returns; without a step, before and after the recording."""
    step_s: float
    repetition: Repetition


@dataclass(frozen=True)
class SideLungePlan:
    """One sequence; angles in rad, lengths in m."""

    posture: str
    load: Load
    footing: Footing
    ways: tuple[Sideways, ...]
    steps: bool
    wide: float
    """Half the distance of the ankles in the lunge."""
    over: float
    """How far the centre of mass goes to the side."""
    straight: float
    """Reach of the straight leg over its length."""
    lean: float
    arms: ArmPlan


class SideLunge:
    """The lateral lunge, id 14."""

    name: Exercise = "side_lunge"
    forward = False
    feasibility_limits = FeasibilityLimits(support_margin_m=None, friction=0.7)

    def draw(
        self, subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
    ) -> SideLungePlan:
        """Draw one sequence."""
        posture = distributions.side_lunge_arms.draw(rng)
        leg = subject.lengths["thigh"] + subject.lengths["shank"]
        steps = distributions.side_lunge_variant.draw(rng) == "step"
        footing = draw_footing(distributions, rng)
        wide = distributions.side_lunge_half_width.draw(rng) * leg
        return SideLungePlan(
            posture=posture,
            load=draw_load(posture, subject, distributions, rng),
            footing=replace(footing, stance_ratio=min(footing.stance_ratio, _RATHER_NARROW)),
            ways=_draw_ways(distributions, rng, duration_s, steps=steps),
            steps=steps,
            wide=wide,
            over=distributions.side_lunge_over.draw(rng) * wide,
            straight=distributions.side_lunge_straight.draw(rng),
            lean=float(np.radians(distributions.side_lunge_lean_deg.draw(rng))),
            arms=draw_arms(GripDraw(subject, rng), distributions, [posture], [], duration_s),
        )

    def targets(
        self, plans: list[SideLungePlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]
    ) -> MotionTargets:
        """Return the targets, with the centre of mass between the feet or over the one that carries."""
        ph = {
            sign: phase([tuple(one.repetition for one in plan.ways if one.sign == sign) for plan in plans], time_s)
            for _, sign in SIDES
        }
        both = ph[1.0] + ph[-1.0]
        ankles, aloft, lifts = _ankles(plans, body, time_s)
        drift = sway(plans, time_s)
        middle = 0.5 * (ankles["left"] + ankles["right"])
        aside = middle + column(plans, "over") * (ph[1.0] - ph[-1.0]) + drift[1]
        com = np.stack(
            [column(plans, "footing.com_ahead") + drift[0], aside + _OVER_STANCE * half_width(plans, body) * lifts]
        )
        arms, lean_compensation = arm_angles([plan.arms for plan in plans], time_s, effort(both))
        pitch = column(plans, "lean") * both
        upper = arms | trunk_angles(plans, time_s, lumbar_flexion=0.25 * pitch, head_flexion=-0.5 * pitch)
        compensate_trunk_lean(upper, lean_compensation, pitch)
        feet = _feet(plans, body, ankles, aloft, com[1])
        down = {side: ~(aloft[side] > 0.0) for side, _ in SIDES}
        contact_mask = np.stack([down["left"], down["left"], down["right"], down["right"]], axis=-1)
        height = _height(plans, body, ankles, com[1], both)
        return balanced_targets(body, feet, contact_mask, upper, com, height, yaw=np.zeros_like(both), pitch=pitch)

    def exercises(self, plan: SideLungePlan, time_s: Float[np.ndarray, " time"]) -> Int8[np.ndarray, " time"]:
        """Return the exercise id of each sample."""
        return one_exercise(self.name, time_s)


def _draw_ways(
    distributions: Distributions, rng: np.random.Generator, duration_s: float, *, steps: bool
) -> tuple[Sideways, ...]:
    descent, ascent = distributions.lunge_descent_s.draw(rng), distributions.lunge_ascent_s.draw(rng)
    step, alternates = distributions.side_lunge_step_s.draw(rng), rng.uniform() < 0.5
    sign = 1.0 if rng.uniform() < 0.5 else -1.0
    lead = step if steps else 0.0  # a step and the way down overlap by half of the step
    ones = schedule(
        rng,
        distributions,
        duration_s,
        lambda: Repetition(
            descent + 0.5 * lead,
            distributions.bottom_hold_s.draw(rng),
            ascent + 0.5 * lead,
            distributions.rep_depth_ratio.draw(rng),
        ),
    )
    found: list[Sideways] = []
    clock = 0.0
    for number, one in enumerate(ones):
        if steps:  # both feet have to be back before the next step
            one = replace(one, start_s=max(one.start_s, clock))
            if found and one.end_s > duration_s - QUIET_S:
                break
            clock = one.end_s + _TURN_BACK_S
        way = sign * (-1.0) ** (number * alternates)
        out, back = one.start_s, one.end_s - step
        found.append(Sideways(way, out, back, step, one))
    return tuple(found)


def _ankles(
    plans: list[SideLungePlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], Float[np.ndarray, "batch time"]]:
    """Return where the ankles are to the left (m), how high each foot is in the air (0-1), and to which side the body leans."""
    narrow = half_width(plans, body)
    gone = {side: np.zeros_like(time_s) for side, _ in SIDES}
    aloft = {side: np.zeros_like(time_s) for side, _ in SIDES}
    lifts = np.zeros_like(time_s)
    for row, plan in enumerate(plans):
        for one in plan.ways if plan.steps else ():
            side = "left" if one.sign > 0.0 else "right"
            out, back = ((time_s[row] - start) / one.step_s for start in (one.step_out_s, one.step_back_s))
            gone[side][row] += quintic(out) - quintic(back)
            aloft[side][row] += bump(out) + bump(back)
            takes = one.step_s + _LEAD_S + _TRAIL_S
            for start in (one.step_out_s, one.step_back_s):
                lifts[row] -= one.sign * bump((time_s[row] - start + _LEAD_S) / takes)
    steps = np.array([[float(plan.steps)] for plan in plans])
    wide = column(plans, "wide")
    base = narrow * steps + wide * (1.0 - steps)
    ankles = {side: sign * (base + (2.0 * wide - 2.0 * base) * gone[side]) for side, sign in SIDES}
    return ankles, aloft, lifts


def _leaning(
    plans: list[SideLungePlan], body: BodyBatch, ankle: np.ndarray, aside: np.ndarray, sign: float
) -> Float[np.ndarray, "batch time"]:
    """Return how far a leg's ankle lies outwards of its hip, m; the pelvis is about where the centre of mass is."""
    return np.asarray(sign * (ankle - aside) - body.length["hip_half_width"])


def _feet(
    plans: list[SideLungePlan],
    body: BodyBatch,
    ankles: dict[str, np.ndarray],
    aloft: dict[str, np.ndarray],
    aside: Float[np.ndarray, "batch time"],
) -> dict[str, Foot]:
    """Return the feet; the soles' middle lines stay where they are when a foot rolls onto its inner edge."""
    feet = {}
    toe_out, height = column(plans, "footing.toe_out"), body.length["ankle_height"]
    leg = body.length["thigh"] + body.length["shank"]
    for side, sign in SIDES:
        lean = np.arcsin(np.clip(_leaning(plans, body, ankles[side], aside, sign) / leg, -0.95, 0.95))
        roll = _ROLL_BEND * np.logaddexp(0.0, (lean - _FLAT_FOOT) / _ROLL_BEND) * (1.0 - aloft[side])
        turned = rot.compose(
            np.broadcast_to(rot.about("z", sign * toe_out), (3, 3, *lean.shape)), rot.about("x", sign * roll)
        )
        sole = np.stack([0.0 * lean, ankles[side], _CLEARANCE_M * aloft[side]])
        feet[side] = Foot(sole + height * turned[:, 2], turned)
    return feet


def _height(
    plans: list[SideLungePlan],
    body: BodyBatch,
    ankles: dict[str, np.ndarray],
    aside: Float[np.ndarray, "batch time"],
    both: Float[np.ndarray, "batch time"],
) -> Float[np.ndarray, "batch time"]:
    """Return the pelvis's height: the leg that reaches less far limits it, nearly straight."""
    leg = body.length["thigh"] + body.length["shank"]
    reach = leg * (NEARLY_STRAIGHT + (column(plans, "straight") - NEARLY_STRAIGHT) * np.clip(both, 0.0, 1.0))
    room = []
    for side, sign in SIDES:
        aslant = _leaning(plans, body, ankles[side], aside, sign)
        room.append(np.sqrt(np.maximum(reach**2 - aslant**2, 0.01)))
    left, right = room
    lower = 0.5 * (left + right) - np.sqrt(0.25 * (left - right) ** 2 + _SOFTLY_M**2)
    return np.asarray(body.length["ankle_height"] + lower)
