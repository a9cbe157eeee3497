"""Warm-up moves, which are labelled idle because they are none of the exercises.

They are knee raises, heel raises, arm circles, arm swings, twists, side bends, toe touches and windmills. Without them a
network classifies any rhythmic motion as an exercise, because it has only seen standing, sitting and walking beside them.
Each move is a train of out-and-back strokes, alternately of both sides or of both together; a recording may begin and end
within it. Prescribed only, and the centre of pressure is not solved for: one foot may be in the air.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int8

from qleap_edge.core.exercises import Content
from qleap_edge.physics import rotations as rot
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.arms import ArmPlan, add_phased_arm_change, arm_angles, draw_arms, draw_posture
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.distributions import Uniform
from qleap_edge.physics.exercises.protocol import FeasibilityLimits
from qleap_edge.physics.exercises.standing import (
    NEARLY_STRAIGHT,
    Footing,
    balanced_targets,
    column,
    compensate_trunk_lean,
    draw_footing,
    half_width,
    one_exercise,
    planted_feet,
    rolling_ankle,
    sway,
    trunk_angles,
)
from qleap_edge.physics.exercises.timing import QUIET_S, Repetition, effort, phase
from qleap_edge.physics.grips import GripDraw
from qleap_edge.physics.kinematics import Angles, BodyBatch, Foot
from qleap_edge.physics.load import NO_LOAD, Load
from qleap_edge.physics.motion_targets import MotionTargets
from qleap_edge.physics.randomize import Distributions

_OVER_FOOT = 0.5  # of the half-width: how far the body shifts over the foot it stands on
_STANCE = Uniform(0.85, 1.3)  # × hip half-width: nobody raises a knee from a wide stance
_TOES_DOWN = np.radians(25.0)  # of a foot in the air
_BENDING = 1.5  # × a stroke: the way down to the toes is long
_MOST_ABDUCTED = np.radians(85.0)  # of an arm that goes round: at 90° flexion no longer moves the hand
_ARMS = {"arm_circle": "circling", "arm_swing": "hanging", "toe_touch": "hanging", "windmill": "aside"}
"""Where the arms begin in moves that are made with them; in the others they are anywhere."""
_PELVIS_TURNS, _WAIST_TURNS = 0.45, 0.17  # shares of a twist; the chest does the rest


@dataclass(frozen=True)
class Circle:
    """Arms that go round; angles in rad."""

    rate_hz: float
    """Negative backwards."""
    phase: float
    flexion: float
    abduction: float
    """Half widths of the circle."""
    sides: tuple[float, float]
    """Left, right: 1 takes part, 0 rests."""


_NO_CIRCLE = Circle(0.0, 0.0, 0.0, 0.0, (0.0, 0.0))


@dataclass(frozen=True)
class WarmUpPlan:
    """One sequence; angles in rad, lengths in m, all at the far end of a stroke. What a move does not use is 0."""

    posture: str
    """The move's name."""
    load: Load
    footing: Footing
    left: tuple[Repetition, ...]
    right: tuple[Repetition, ...]
    """Strokes of each side; the same of both where the sides move together."""
    arms: ArmPlan
    arms_rise: Float[np.ndarray, "2 5"]
    """Change of each arm's angles with its side's stroke."""
    arms_cross: Float[np.ndarray, "2 5"]
    """The same with the other side's."""
    circle: Circle = _NO_CIRCLE
    knee: float = 0.0
    """Flexion of the raised thigh."""
    bob: float = 0.0
    """How far the pelvis rises with the knee."""
    heels: float = 0.0
    """Pitch of feet on their balls."""
    pitch: float = 0.0
    lumbar: float = 0.0
    drop: float = 0.0
    """Of the pelvis of who bends down."""
    turn: float = 0.0
    """Towards the stroke's side, of pelvis and chest together."""
    bend: float = 0.0
    """To the stroke's side."""


class WarmUp:
    """Moves of a warm-up."""

    name: Content = "warm_up"
    forward = False
    feasibility_limits = FeasibilityLimits(support_margin_m=None, friction=0.7)

    def draw(
        self, subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
    ) -> WarmUpPlan:
        """Draw one sequence."""
        move = distributions.warm_up_move.draw(rng)
        to_one_foot = move == "toe_touch" and distributions.to_one_foot.draw(rng)
        if to_one_foot and distributions.windmill.draw(rng):
            move = "windmill"
        posture = _ARMS.get(move) or distributions.warm_up_arms.draw(rng)
        stroke = Repetition(
            distributions.stroke_s.draw(rng), distributions.stroke_hold_s.draw(rng), distributions.stroke_s.draw(rng)
        )
        together = move == "heel_raise" or (move == "toe_touch" and not to_one_foot)
        together = together or (move == "arm_swing" and distributions.both_arms.draw(rng))
        if move in ("toe_touch", "windmill"):
            stroke = replace(stroke, descent_s=_BENDING * stroke.descent_s, ascent_s=_BENDING * stroke.ascent_s)
        gap = distributions.stroke_gap_ratio.draw(rng) * stroke.ascent_s
        # One foot has to be down before the other goes up, and strokes of both sides together return completely.
        strokes = _train(
            rng, distributions, duration_s, stroke, max(gap, 0.0) if together or move == "knee_raise" else gap
        )
        plan = WarmUpPlan(
            posture=move,
            load=NO_LOAD,
            footing=replace(draw_footing(distributions, rng), stance_ratio=_STANCE.draw(rng)),
            left=strokes if together else strokes[::2],
            right=strokes if together else strokes[1::2],
            arms=draw_arms(GripDraw(subject, rng), distributions, [posture], [], duration_s),
            arms_rise=np.zeros((2, 5)),
            arms_cross=np.zeros((2, 5)),
        )
        return _with_move(plan, to_one_foot, subject, distributions, rng)

    def targets(
        self, plans: list[WarmUpPlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]
    ) -> MotionTargets:
        """Return the targets, with the centre of mass over the standing feet."""
        left, right = phase([plan.left for plan in plans], time_s), phase([plan.right for plan in plans], time_s)
        most, aside = np.maximum(left, right), left - right
        feet, contact_mask, up = _feet(plans, body, {"left": left, "right": right})
        arms, lean_compensation = arm_angles([plan.arms for plan in plans], time_s, effort(most))
        add_phased_arm_change(arms, [plan.arms_rise for plan in plans], left, right)
        add_phased_arm_change(arms, [plan.arms_cross for plan in plans], right, left)
        _go_round(arms, plans, time_s)
        pitch, turn = column(plans, "pitch") * most, column(plans, "turn") * aside
        upper = arms | trunk_angles(
            plans,
            time_s,
            lumbar_flexion=column(plans, "lumbar") * most,
            side_bend=-column(plans, "bend") * aside,
            waist_turn=_WAIST_TURNS * turn,
            turn=(1.0 - _PELVIS_TURNS - _WAIST_TURNS) * turn,
        )
        compensate_trunk_lean(upper, lean_compensation, pitch)
        drift = sway(plans, time_s)
        lifted = (column(plans, "knee") > 0.0) * aside
        com = np.stack(
            [
                column(plans, "footing.com_ahead") + drift[0] + 0.5 * body.length["foot_ball"] * (up > 0.0) * most,
                -_OVER_FOOT * half_width(plans, body) * lifted + drift[1],
            ]
        )
        straight = NEARLY_STRAIGHT * (body.length["thigh"] + body.length["shank"]) + body.length["ankle_height"]
        height = straight + up - column(plans, "drop") * most - column(plans, "bob") * (1.0 - most)
        return balanced_targets(body, feet, contact_mask, upper, com, height, yaw=_PELVIS_TURNS * turn, pitch=pitch)

    def exercises(self, plan: WarmUpPlan, time_s: Float[np.ndarray, " time"]) -> Int8[np.ndarray, " time"]:
        """Return the exercise id of each sample: none of the exercises."""
        return one_exercise(self.name, time_s)


def _with_move(
    plan: WarmUpPlan, to_one_foot: bool, subject: Subject, distributions: Distributions, rng: np.random.Generator
) -> WarmUpPlan:
    """Draw the parameters of a plan's move; a toe touch ``to_one_foot`` also turns the trunk."""
    move = plan.posture

    def angle(distribution: Uniform) -> float:
        return float(np.radians(distribution.draw(rng)))

    if move == "knee_raise":
        swing = np.zeros((2, 5))
        swing[:, 0] = angle(distributions.knee_raise_swing_deg)
        knee, bob = angle(distributions.knee_raise_deg), distributions.knee_raise_bob_m.draw(rng)
        return replace(plan, knee=knee, bob=bob, arms_rise=swing, arms_cross=-swing)
    if move == "heel_raise":
        return replace(plan, heels=angle(distributions.heel_raise_deg))
    if move == "arm_circle":
        return replace(plan, circle=_draw_circle(distributions, rng, float(plan.arms.postures[0][:, 1].mean())))
    if move == "arm_swing":
        goal = draw_posture(GripDraw(subject, rng), distributions.swing_to.draw(rng))
        return replace(plan, arms_rise=(goal - plan.arms.postures[0]) * distributions.arm_rep_range.draw(rng))
    if move == "side_bend":
        return replace(plan, bend=angle(distributions.side_bend_deg))
    if move == "twist":
        turn, reach = angle(distributions.twist_deg), np.zeros((2, 5))
        reach[:, 1:3] = angle(distributions.twist_arms_deg)  # outwards with the stroke of its side, else inwards
        return replace(plan, turn=turn, arms_rise=reach, arms_cross=-reach)
    leg = subject.lengths["thigh"] + subject.lengths["shank"]
    return replace(
        plan,
        pitch=angle(distributions.toe_touch_pitch_deg),
        lumbar=angle(distributions.toe_touch_lumbar_deg),
        drop=distributions.toe_touch_drop_ratio.draw(rng) * leg,
        turn=angle(distributions.twist_deg) if to_one_foot else 0.0,
    )


def _draw_circle(distributions: Distributions, rng: np.random.Generator, abduction: float) -> Circle:
    """Draw a circle of arms abducted by so much (rad), by which flexion moves the hand the less."""
    way = 1.0 if rng.uniform() < 0.5 else -1.0
    sides = (1.0, 1.0) if distributions.both_arms.draw(rng) else ((1.0, 0.0) if rng.uniform() < 0.5 else (0.0, 1.0))
    flexion, abducted = np.radians(distributions.circle_deg.draw(rng)), np.radians(distributions.circle_deg.draw(rng))
    return Circle(
        rate_hz=way * distributions.circle_hz.draw(rng),
        phase=float(rng.uniform()),
        flexion=float(flexion / np.cos(abduction)),
        abduction=float(min(abducted, _MOST_ABDUCTED - abduction)),
        sides=sides,
    )


def _train(
    rng: np.random.Generator, distributions: Distributions, duration_s: float, stroke: Repetition, gap: float
) -> tuple[Repetition, ...]:
    """Return strokes that follow each other; half run already when the recording begins, half still at its end."""
    period = stroke.duration_s + gap
    clock = -period * rng.uniform() if rng.uniform() < 0.5 else QUIET_S + 0.3 * duration_s * rng.uniform()
    last = duration_s + period if rng.uniform() < 0.5 else duration_s - QUIET_S
    found: list[Repetition] = []
    while clock + stroke.duration_s <= last or not found:
        found.append(replace(stroke, start_s=clock, depth=distributions.arm_rep_range.draw(rng)))
        clock += period * rng.uniform(0.95, 1.05)
    return tuple(found)


def _feet(
    plans: list[WarmUpPlan], body: BodyBatch, stroke: dict[str, Float[np.ndarray, "batch time"]]
) -> tuple[dict[str, Foot], Bool[np.ndarray, "batch time 4"], Float[np.ndarray, "batch time"]]:
    """Return the feet, their contact mask, and how far rising heels lift the body, m."""
    knee, heels = column(plans, "knee"), column(plans, "heels")
    flat = planted_feet(plans, body, stroke["left"].shape)
    feet, contact_mask = {}, []
    lift = np.zeros_like(stroke["left"])
    for side, _ in SIDES:
        aloft = knee * stroke[side]
        pitch = heels * stroke[side] + _TOES_DOWN * (knee > 0.0) * stroke[side]
        forward, up = rolling_ankle(body, pitch)
        ankle = flat[side].ankle + flat[side].rotation[:, 0] * forward
        ankle[0] += body.length["thigh"] * np.sin(aloft)
        ankle[2] = up + body.length["thigh"] * (1.0 - np.cos(aloft))
        feet[side] = Foot(ankle, rot.compose(flat[side].rotation, rot.about("y", pitch)))
        lift = np.where(heels > 0.0, up - body.length["ankle_height"], lift)
        contact_mask += [pitch == 0.0, aloft == 0.0]
    return feet, np.stack(contact_mask, axis=-1), lift


def _go_round(arms: Angles, plans: list[WarmUpPlan], time_s: Float[np.ndarray, "batch time"]) -> None:
    """Add each sequence's circle to its arms, in place."""
    angle = 2.0 * np.pi * (column(plans, "circle.rate_hz") * time_s + column(plans, "circle.phase"))
    for index, (side, _) in enumerate(SIDES):
        share = column(plans, "circle.sides", index)
        ahead, up = column(plans, "circle.flexion") * np.cos(angle), column(plans, "circle.abduction") * np.sin(angle)
        arms[f"{side}_upper_arm.y"] = arms[f"{side}_upper_arm.y"] - share * ahead
        arms[f"{side}_upper_arm.x"] = arms[f"{side}_upper_arm.x"] + share * up
