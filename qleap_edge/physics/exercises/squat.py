"""The squat: both feet planted, the centre of mass over midfoot, faults as parameters of the task.

A repetition has one phase ph in [0, 1] (a quintic down, a pause, a quintic up); thigh lean, knee shift, spine flexion,
pelvic drop and trunk lean are their bottom values times ph. The shank's lean is what balances the body.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float

from qleap_edge.core.exercises import Exercise
from qleap_edge.physics import randomize
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.arms import ArmPlan, arm_angles, draw_arms, draw_posture
from qleap_edge.physics.balance import Stance, balance
from qleap_edge.physics.exercises.protocol import Gate, Motion
from qleap_edge.physics.exercises.standing import TRUNK_WANDER_CHANNELS, column, planted_feet, trunk_angles
from qleap_edge.physics.kinematics import Angles, BodyBatch
from qleap_edge.physics.trajectory import Wander, quintic, wander

CRITERIA = ("depth", "valgus", "lean", "lumbar", "asymmetry", "tempo")
"""Criteria of the rubric that a plan can break."""

_QUIET_S = 0.3
_THORAX_SHARE = -0.5  # the chest extends by half of what the lumbar spine flexes
_TRUNK_PER_LUMBAR = 0.62  # so the line pelvis-shoulders leans by this share of the lumbar flexion


@dataclass(frozen=True)
class Repetition:
    """One repetition's clock (s) and depth."""

    start_s: float
    descent_s: float
    pause_s: float
    """Negative when the way up begins before the way down has ended: a bounce."""
    ascent_s: float
    depth: float
    """Ratio to the plan's depth."""


@dataclass(frozen=True)
class SquatPlan:
    """One sequence; angles in rad, lengths in m, all at the bottom unless said otherwise."""

    posture: str
    repetitions: tuple[Repetition, ...]
    thigh: float
    standing_thigh: float
    lean: float
    """Trunk beyond the shank."""
    lumbar: float
    knee_shift: tuple[float, float]
    """Left, right; medial positive."""
    pelvis_drop: float
    com_ahead: float
    load_shift: float
    """Sideways place of the centre of mass over the stance half-width; left positive."""
    stance_ratio: float
    toe_out: float
    arms: ArmPlan
    arms_rise: Float[np.ndarray, "2 5"]
    """Change of the arm angles from standing to the bottom."""
    trunk: Wander
    sway: Wander


def draw_severities(rng: np.random.Generator) -> dict[str, int]:
    """Draw how badly each criterion is broken (0, 1, 2), so that every score of the rubric occurs often."""
    pattern = randomize.choose(rng, randomize.FAULT_PATTERN)
    options: dict[str, list[tuple[int, int]]] = {  # (severe, mild)
        "none": [(0, 0)],
        "one_mild": [(0, 1)],
        "some": [(0, 2), (0, 3), (1, 0), (1, 1)],
        "many": [(1, 2), (1, 3), (0, 4), (0, 5)],
        "gross": [(2, 0), (2, 1), (2, 2)],
    }
    severe, mild = options[pattern][int(rng.integers(len(options[pattern])))]
    order = [CRITERIA[index] for index in rng.permutation(len(CRITERIA))]
    broken = dict.fromkeys(order[:severe], 2) | dict.fromkeys(order[severe : severe + mild], 1)
    return {name: broken.get(name, 0) for name in CRITERIA}


def _draw_repetitions(
    rng: np.random.Generator, severity: int, thigh: float, duration_s: float
) -> tuple[Repetition, ...]:
    descent, ascent = randomize.DESCENT_S[severity].draw(rng), randomize.ASCENT_S[severity].draw(rng)
    if severity == 2:  # the same bounce needs less time on a shorter way
        shorter = float((1.0 - np.cos(thigh)) ** 0.4)
        descent, ascent = descent * shorter, ascent * shorter
    room = duration_s - 2.0 * _QUIET_S
    shrink = min(1.0, room / (descent + ascent))
    descent, ascent = descent * shrink, ascent * shrink
    overlap = randomize.BOUNCE_OVERLAP.draw(rng) * descent
    repetitions: list[Repetition] = []
    clock = _QUIET_S
    for _ in range(12):
        pause = -overlap if severity == 2 else randomize.BOTTOM_PAUSE_S.draw(rng) * (severity == 0)
        if clock + descent + pause + ascent > duration_s - _QUIET_S:
            if repetitions:
                break
            pause = min(pause, 0.0)
        depth = randomize.REP_DEPTH_RATIO.draw(rng) / _peak(descent, pause, ascent)
        repetitions.append(Repetition(clock, descent, pause, ascent, depth))
        clock += descent + pause + ascent + randomize.TOP_PAUSE_S.draw(rng)
    last = repetitions[-1]
    spare = duration_s - _QUIET_S - (last.start_s + last.descent_s + last.pause_s + last.ascent_s)
    late = max(0.0, spare) * rng.uniform()
    return tuple(replace(repetition, start_s=repetition.start_s + late) for repetition in repetitions)


def _peak(descent_s: float, pause_s: float, ascent_s: float) -> float:
    """Return the highest phase of a repetition; below 1 only when the way up begins before the way down has ended."""
    if pause_s >= 0.0:
        return 1.0
    time = np.linspace(descent_s + pause_s, descent_s, 65)
    return float((quintic(time / descent_s) - quintic((time - descent_s - pause_s) / ascent_s)).max())


class Squat:
    """The squat, id 0."""

    name: Exercise = "squat"
    scored = True
    gate = Gate(support=True, support_margin_m=0.0)

    def draw(self, subject: Subject, duration_s: float, rng: np.random.Generator) -> SquatPlan:
        """Draw one sequence."""
        broken = draw_severities(rng)

        def law(laws: dict[int, randomize.Uniform], criterion: str) -> float:
            return laws[broken[criterion]].draw(rng)

        thigh = float(np.radians(law(randomize.THIGH_DEG, "depth")))
        shift = law(randomize.KNEE_SHIFT_M, "valgus")
        other = shift if rng.uniform() < 0.6 else randomize.KNEE_SHIFT_M[0].draw(rng)  # both knees, or one
        sign = 1.0 if rng.uniform() < 0.5 else -1.0
        posture = randomize.choose(rng, randomize.SQUAT_ARMS)
        follows = posture == "forward" and rng.uniform() < randomize.FORWARD_FOLLOWS_DEPTH
        arms = draw_arms(rng, ["hanging" if follows else posture], [])
        rise = draw_posture(rng, "forward") - arms.postures[0]
        trunk_rms = np.radians(randomize.TRUNK_WANDER_DEG.draw(rng))
        return SquatPlan(
            posture="rising" if follows else posture,
            repetitions=_draw_repetitions(rng, broken["tempo"], thigh, duration_s),
            thigh=thigh,
            standing_thigh=np.radians(randomize.STANDING_THIGH_DEG.draw(rng)),
            lean=np.radians(law(randomize.LEAN_DEG, "lean")),
            lumbar=subject.lumbar_baseline + np.radians(law(randomize.LUMBAR_EXCESS_DEG, "lumbar")),
            knee_shift=(shift, other) if rng.uniform() < 0.5 else (other, shift),
            pelvis_drop=-sign * np.radians(randomize.PELVIS_DROP_DEG.draw(rng)) * (broken["asymmetry"] > 0),
            com_ahead=randomize.COM_AHEAD_OF_ANKLE_M.draw(rng),
            load_shift=sign * law(randomize.LOAD_SHIFT, "asymmetry"),
            stance_ratio=randomize.STANCE_HALF_WIDTH_RATIO.draw(rng),
            toe_out=np.radians(randomize.TOE_OUT_DEG.draw(rng)),
            arms=arms,
            arms_rise=rise if follows else np.zeros((2, 5)),
            trunk=Wander.draw(rng, np.full(TRUNK_WANDER_CHANNELS, trunk_rms)),
            sway=Wander.draw(rng, np.full(2, randomize.SWAY_RMS_M.draw(rng) * 0.5), high_hz=0.8),
        )

    def motion(self, plans: list[SquatPlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> Motion:
        """Return the balanced, planted kinematics."""
        phase = _phase(plans, time_s)
        arms, level = arm_angles([plan.arms for plan in plans], time_s)
        _raise_arms(arms, plans, phase)
        lumbar = column(plans, "lumbar") * phase
        roll = column(plans, "pelvis_drop") * phase
        upper = arms | trunk_angles(
            wander([plan.trunk for plan in plans], time_s),
            lumbar_flexion=lumbar,
            thorax_flexion=_THORAX_SHARE * lumbar,
            side_bend=-roll,
            head_flexion=-0.35 * phase,
        )
        sway = wander([plan.sway for plan in plans], time_s)
        ahead, shift = column(plans, "com_ahead"), column(plans, "load_shift")
        half_width = column(plans, "stance_ratio") * body.length["hip_half_width"]
        stance = Stance(
            feet=planted_feet(body, half_width, column(plans, "toe_out"), time_s.shape),
            thigh=column(plans, "standing_thigh") * (1.0 - phase) + column(plans, "thigh") * phase,
            pitch=column(plans, "lean") * phase - _TRUNK_PER_LUMBAR * lumbar - 0.03 * (1.0 - phase),
            pitch_per_lean=1.0,
            roll=roll,
            com_target=np.stack([ahead + sway[0], shift * half_width * phase + sway[1]]),
            knee_shift={
                side: column(plans, "knee_shift", index) * phase for index, side in enumerate(("left", "right"))
            },
            upper=upper,
            level=level,
        )
        pelvis, angles, reachable = balance(body, stance)
        return Motion(pelvis, angles, reachable, np.ones((*time_s.shape, 4), dtype=bool))


def _phase(plans: list[SquatPlan], time_s: Float[np.ndarray, "batch time"]) -> Float[np.ndarray, "batch time"]:
    phase = np.zeros_like(time_s)
    for row, plan in enumerate(plans):
        for rep in plan.repetitions:
            bottom = rep.start_s + rep.descent_s
            down = quintic((time_s[row] - rep.start_s) / rep.descent_s)
            up = quintic((time_s[row] - bottom - rep.pause_s) / rep.ascent_s)
            phase[row] += rep.depth * (down - up)
    return phase


def _raise_arms(arms: Angles, plans: list[SquatPlan], phase: Float[np.ndarray, "batch time"]) -> None:
    names = list(arms)
    rise = np.stack([plan.arms_rise.reshape(10) for plan in plans], axis=1)
    for index, name in enumerate(names):
        arms[name] = arms[name] + rise[index][:, None] * phase
