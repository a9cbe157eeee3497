"""The squat: feet planted, the centre of mass over midfoot, faults as parameters of the task.

A repetition has one phase ph in [0, 1] (a quintic down, a pause, a quintic up); thigh lean, knee shift, spine flexion,
pelvic drop and trunk lean are their bottom values times ph. The shanks' lean follows from balance. In a squat with rising
heels the centre of mass is over the balls of the feet from the start, because shifting it so far within a repetition would
move the centre of pressure out of the support polygon.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int8

from qleap_edge.core.exercises import Exercise
from qleap_edge.core.form import NOT_OBSERVABLE
from qleap_edge.physics import rotations as rot
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.arms import POSTURES, ArmPlan, add_phased_arm_change, arm_angles, draw_arms, draw_posture
from qleap_edge.physics.balance import Stance, balance
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.exercises.protocol import FeasibilityLimits
from qleap_edge.physics.exercises.standing import (
    Footing,
    column,
    draw_footing,
    draw_load,
    half_width,
    one_exercise,
    planted_feet,
    rolling_ankle,
    sway,
    trunk_angles,
)
from qleap_edge.physics.exercises.timing import QUIET_S, Repetition, effort, peak, phase, schedule
from qleap_edge.physics.grips import GripDraw
from qleap_edge.physics.kinematics import BodyBatch, Foot
from qleap_edge.physics.load import Load
from qleap_edge.physics.motion_targets import MotionTargets, all_in_contact
from qleap_edge.physics.randomize import Distributions
from qleap_edge.physics.trajectory import quintic

FAULTS = ("depth", "tempo", "pauses", "lean")
"""Faults that a plan draws together, because they deduct. A severe one of tempo is a bounce."""

_THORAX_SHARE = -0.5  # the chest extends by half of what the lumbar spine flexes
_TRUNK_PER_LUMBAR = 0.62  # so the line pelvis-shoulders leans by this share of the lumbar flexion
_TIPTOE_FROM = 0.5  # of the way down: where a rising heel leaves the floor
_HALTED_MOVES_SLOWER = 1.5  # [design] two starts and stops on one way at about the same acceleration
_OVER_BALL_M = 0.008  # ahead of the ball's middle: the pad under it reaches as far back as the toes reach forward


@dataclass(frozen=True)
class SquatPlan:
    """One sequence; angles in rad, lengths in m, all at the bottom unless said otherwise."""

    posture: str
    load: Load
    footing: Footing
    repetitions: tuple[Repetition, ...]
    thigh: float
    lean: float
    """Trunk beyond the shank."""
    lumbar: float
    knee_shift: tuple[float, float]
    """Left, right; medial positive."""
    heel_rise: float
    pelvis_drop: float
    load_shift: float
    """Sideways place of the centre of mass over the stance half-width; left positive."""
    arms: ArmPlan
    arms_rise: Float[np.ndarray, "2 5"]
    """Change of the arm angles from standing to the bottom."""
    unrack_thigh: float
    """Bend under the bar at the beginning."""
    unrack_s: float


def draw_severities(distributions: Distributions, rng: np.random.Generator) -> dict[str, int]:
    """Draw how bad each fault is (0, 1, 2): of :data:`FAULTS` so that every score occurs often, the others independently."""
    pattern = distributions.fault_pattern.draw(rng)
    options: dict[str, list[tuple[int, int]]] = {  # (severe, mild)
        "none": [(0, 0)],
        "one_mild": [(0, 1)],
        "some": [(0, 2), (1, 0), (1, 0)],
        "many": [(0, 3), (1, 1), (1, 1)],
        "gross": [(2, 0), (1, 2), (2, 1)],
    }
    severe, mild = options[pattern][int(rng.integers(len(options[pattern])))]
    order = [FAULTS[index] for index in rng.permutation(len(FAULTS))]
    broken = dict.fromkeys(order[:severe], 2) | dict.fromkeys(order[severe : severe + mild], 1)
    hidden = {name: ("none", "mild", "severe").index(distributions.hidden_fault.draw(rng)) for name in NOT_OBSERVABLE}
    return {name: broken.get(name, 0) for name in FAULTS} | hidden


def draw_repetitions(
    distributions: Distributions, rng: np.random.Generator, broken: dict[str, int], thigh: float, duration_s: float
) -> tuple[Repetition, ...]:
    """Draw the clock of a sequence: one tempo with its variation, halts, fatigue, pauses and partial repetitions."""
    tempo = broken["tempo"]
    descent, ascent = distributions.descent_s[tempo].draw(rng), distributions.ascent_s[tempo].draw(rng)
    if tempo == 2:  # a shallower squat takes less time at the same acceleration
        shorter = float((1.0 - np.cos(thigh)) ** 0.4)
        descent, ascent = descent * shorter, ascent * shorter
    overlap = distributions.bounce_overlap.draw(rng) * descent * (tempo == 2)
    pauses, unsteady, tires = (
        one.draw(rng) for one in (distributions.bottom_pause, distributions.unsteady, distributions.tires)
    )
    slower = distributions.fatigue_ratio.draw(rng) if tires else 1.0
    halt = distributions.halt_s[broken["pauses"]].draw(rng) * (tempo < 2)
    halts_down = rng.uniform() < 0.5 and tempo == 0
    effort_ratio = 1.0

    def one() -> Repetition:
        nonlocal effort_ratio
        hold = (distributions.bottom_pause_s if pauses else distributions.bottom_hold_s).draw(rng) * (tempo == 0)
        partial = distributions.partial_rep.draw(rng) and tempo == 0
        depth = distributions.partial_ratio.draw(rng) if partial else distributions.rep_depth_ratio.draw(rng)
        if unsteady and tempo < 2:
            depth *= distributions.unsteady_depth_ratio.draw(rng)
        pace = (distributions.unsteady_tempo if unsteady and tempo < 2 else distributions.rep_tempo_ratio).draw(rng)
        down, up = descent * pace, ascent * pace * effort_ratio
        effort_ratio *= slower
        at = distributions.halt_at.draw(rng)
        if halt > 0.0 and halts_down:
            down = halt + _HALTED_MOVES_SLOWER * down
        elif halt > 0.0:
            up = halt + _HALTED_MOVES_SLOWER * up
        drawn = Repetition(down, -overlap if tempo == 2 else hold, up)
        halted = {"halt_down_s" if halts_down else "halt_up_s": halt}
        return replace(drawn, depth=depth / peak(drawn), halt_at=at, **halted)

    return schedule(rng, distributions, duration_s, one)


class Squat:
    """The squat, id 0."""

    name: Exercise = "squat"
    forward = True
    feasibility_limits = FeasibilityLimits(support_margin_m=0.0)

    def draw(
        self, subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
    ) -> SquatPlan:
        """Draw one sequence."""
        broken = draw_severities(distributions, rng)
        thigh = float(np.radians(distributions.thigh_deg[broken["depth"]].draw(rng)))
        shift = distributions.knee_shift_m[broken["valgus"]].draw(rng)
        other = shift if rng.uniform() < 0.6 else distributions.knee_shift_m.none.draw(rng)  # both knees, or one
        sign = 1.0 if rng.uniform() < 0.5 else -1.0
        posture = distributions.squat_arms.draw(rng)
        grips = GripDraw(subject, rng)
        follows = distributions.arms_follow_depth.draw(rng) and posture == "forward"
        arms = draw_arms(grips, distributions, ["hanging" if follows else posture], [], duration_s)
        if follows:
            rise = draw_posture(grips, "forward") - arms.postures[0]
        else:
            drifts = np.radians([distributions.arm_drift_deg.draw(rng) for _ in range(arms.postures[0].size)])
            rise = drifts.reshape(arms.postures[0].shape) * POSTURES[posture].free
        load = draw_load(posture, subject, distributions, rng)
        unracks = distributions.unrack.draw(rng) and load.bar_kg > 0.0
        return SquatPlan(
            posture="rising" if follows else posture,
            load=load,
            footing=draw_footing(distributions, rng),
            repetitions=draw_repetitions(distributions, rng, broken, thigh, duration_s),
            thigh=thigh,
            lean=np.radians(distributions.lean_deg[broken["lean"]].draw(rng)),
            lumbar=subject.lumbar_baseline + np.radians(distributions.lumbar_excess_deg[broken["lumbar"]].draw(rng)),
            knee_shift=(shift, other) if rng.uniform() < 0.5 else (other, shift),
            heel_rise=distributions.heel_rise_m[broken["heel_rise"]].draw(rng),
            pelvis_drop=-sign * np.radians(distributions.pelvis_drop_deg.draw(rng)) * (broken["asymmetry"] > 0),
            load_shift=sign * distributions.load_shift[broken["asymmetry"]].draw(rng),
            arms=arms,
            arms_rise=rise,
            unrack_thigh=np.radians(distributions.unrack_thigh_deg.draw(rng)) * unracks,
            unrack_s=distributions.unrack_s.draw(rng),
        )

    def targets(
        self, plans: list[SquatPlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]
    ) -> MotionTargets:
        """Return the balanced targets."""
        ph = phase([plan.repetitions for plan in plans], time_s)
        arms, lean_compensation = arm_angles([plan.arms for plan in plans], time_s, effort(ph))
        add_phased_arm_change(arms, [plan.arms_rise for plan in plans], ph, ph)
        lumbar = column(plans, "lumbar") * ph
        roll = column(plans, "pelvis_drop") * ph
        upper = arms | trunk_angles(
            plans,
            time_s,
            lumbar_flexion=lumbar,
            thorax_flexion=_THORAX_SHARE * lumbar,
            side_bend=-roll,
            head_flexion=-0.35 * ph,
        )
        feet, contact_mask = _feet(plans, body, ph)
        tiptoe = column(plans, "heel_rise") > 0.0
        ahead = np.where(tiptoe, body.length["foot_ball"] + _OVER_BALL_M, column(plans, "footing.com_ahead"))
        drift = sway(plans, time_s)
        apart = half_width(plans, body)
        bend = column(plans, "unrack_thigh") * (1.0 - quintic((time_s - QUIET_S / 2) / column(plans, "unrack_s")))
        stance = Stance(
            feet=feet,
            thigh=column(plans, "footing.thigh") * (1.0 - ph) + column(plans, "thigh") * ph + bend * (1.0 - ph),
            pitch=column(plans, "lean") * ph - _TRUNK_PER_LUMBAR * lumbar - 0.03 * (1.0 - ph),
            pitch_per_lean=1.0,
            roll=roll,
            com_target=np.stack([ahead + drift[0], column(plans, "load_shift") * apart * ph + drift[1]]),
            knee_shift={side: column(plans, "knee_shift", index) * ph for index, (side, _) in enumerate(SIDES)},
            upper=upper,
            lean_compensation=lean_compensation,
            contact_mask=contact_mask,
        )
        return balance(body, stance)

    def exercises(self, plan: SquatPlan, time_s: Float[np.ndarray, " time"]) -> Int8[np.ndarray, " time"]:
        """Return the exercise id of each sample."""
        return one_exercise(self.name, time_s)


def _feet(
    plans: list[SquatPlan], body: BodyBatch, ph: Float[np.ndarray, "batch time"]
) -> tuple[dict[str, Foot], Bool[np.ndarray, "batch time 4"]]:
    """Return the feet and their contact mask."""
    flat = planted_feet(plans, body, ph.shape)
    rise = column(plans, "heel_rise")
    if not rise.any():
        return flat, all_in_contact(ph.shape)
    lifted = quintic((ph - _TIPTOE_FROM) / (1.0 - _TIPTOE_FROM))
    pitch = np.arcsin(rise / (body.length["foot_heel"] + body.length["foot_ball"])) * lifted
    forward, up = rolling_ankle(body, pitch)
    feet = {}
    for side, _ in SIDES:
        turned = flat[side].rotation
        ankle = flat[side].ankle + turned[:, 0] * forward
        ankle[2] = up
        feet[side] = Foot(ankle, rot.compose(turned, rot.about("y", pitch)))
    heel_down = ~((lifted > 0.0) & (rise > 0.0))
    contact_mask = np.stack([heel_down, np.ones_like(heel_down), heel_down, np.ones_like(heel_down)], axis=-1)
    return feet, contact_mask
