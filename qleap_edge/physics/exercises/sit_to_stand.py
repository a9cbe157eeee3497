"""Sitting down on a chair and standing up, id 15: an everyday action, no exercise.

The hips rest on the seat until the trunk leans forward enough, then they leave it while the body comes over its feet. The
frames in which the person sits or stands still are idle, unless the pause is shorter than :data:`LEAST_REST_S`, as in a
five-times sit-to-stand test. The seat's force is not modelled, so that balance is not checked.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int8

from qleap_edge.core.exercises import EXERCISE_ID, Exercise
from qleap_edge.physics import rotations as rot
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.arms import ArmPlan, arm_angles, draw_arms
from qleap_edge.physics.balance import Stance, balance
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.exercises.guided_arms import Chest, arm_to
from qleap_edge.physics.exercises.protocol import FeasibilityLimits
from qleap_edge.physics.exercises.standing import (
    Footing,
    column,
    compensate_trunk_lean,
    draw_footing,
    one_exercise,
    planted_feet,
    sway,
    trunk_angles,
)
from qleap_edge.physics.exercises.timing import Repetition, phase
from qleap_edge.physics.grips import GripDraw
from qleap_edge.physics.kinematics import Angles, BodyBatch, Pelvis
from qleap_edge.physics.load import NO_LOAD, Load
from qleap_edge.physics.motion_targets import MotionTargets, all_in_contact
from qleap_edge.physics.randomize import Distributions
from qleap_edge.physics.trajectory import bump, quintic

LEAST_REST_S = 1.0
"""A shorter pause between two changes belongs to them."""
_BEFORE_S, _AFTER_S = 1.0, 4.0  # not recorded: how long a person has been sitting, or stays there
_LEAVES_SEAT, _OVER_FEET = 0.15, 0.85
"""Shares of the way up at which the hips leave the seat and at which the body is over its feet."""
_LEANS_EARLY, _LEANS_LATE = 0.35, 0.75  # of the way up, before and after its beginning
_AS_IF_RISING = np.radians(40.0)  # of the trunk that would balance over the feet where the seat carries in fact
_LUMBAR_SHARE = 0.25  # of the trunk's lean
_MOST_THIGH = np.radians(78.0)  # of who would balance over the feet; lower, the seat carries
_RESTLESS = 0.3  # of the jitter of exercising arms
_LETS_GO, _HAS_LET_GO = 0.35, 0.85  # of the way up: hands leave thighs or arm rests
_MOST_REACH, _SOFTLY_M = 0.97, 0.015
_ON_THIGH_M = 0.075  # wrist above the thigh's axis


@dataclass(frozen=True)
class Hands:
    """Where hands rest while the person sits; shares of the thigh's length from the hip, or m from the hips."""

    kind: str
    """``thighs``, ``push_off`` (arm rests), or anything else for hands that rest on nothing."""
    along: float
    aside: float
    up: float


@dataclass(frozen=True)
class SitToStandPlan:
    """One sequence; angles in rad, lengths in m."""

    posture: str
    load: Load
    footing: Footing
    cycles: tuple[Repetition, ...]
    """Down, seated, up; the first may begin before the recording and the last end after it."""
    hips: float
    """Height of the hip joints of who sits."""
    shank: float
    """Its lean ahead of the vertical while seated."""
    back: float
    """Pitch of the pelvis of who sits."""
    lean: float
    """Of the trunk when the hips leave the seat."""
    arms: ArmPlan
    hands: Hands


class SitToStand:
    """Sitting down and standing up, id 15."""

    name: Exercise = "sit_to_stand"
    forward = False
    feasibility_limits = FeasibilityLimits(support_margin_m=None, supported=True)

    def draw(
        self, subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
    ) -> SitToStandPlan:
        """Draw one sequence."""
        posture = distributions.rise_arms.draw(rng)
        free = posture if posture not in ("thighs", "push_off") else "hanging"
        return SitToStandPlan(
            posture=posture,
            load=NO_LOAD,
            footing=draw_footing(distributions, rng),
            cycles=_draw_cycles(distributions, rng, duration_s),
            hips=distributions.chair_height_m.draw(rng) + distributions.hip_above_seat_m.draw(rng),
            shank=float(np.radians(distributions.sit_to_stand_foot_back_deg.draw(rng))),
            back=float(np.radians(distributions.sit_back_deg.draw(rng))),
            lean=float(np.radians(distributions.rise_lean_deg.draw(rng))),
            arms=draw_arms(GripDraw(subject, rng), distributions, [free], [], duration_s),
            hands=Hands(
                posture,
                along=float(rng.uniform(0.45, 0.85) if posture == "thighs" else rng.uniform(0.02, 0.20)),
                aside=float(rng.uniform(0.0, 0.05) if posture == "thighs" else rng.uniform(0.24, 0.32)),
                up=_ON_THIGH_M if posture == "thighs" else float(rng.uniform(0.12, 0.2)),
            ),
        )

    def targets(
        self, plans: list[SitToStandPlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]
    ) -> MotionTargets:
        """Return the targets: on the seat, over the feet, and the way between."""
        seated = phase([plan.cycles for plan in plans], time_s)
        on_seat, leaning, holding = _weights(plans, time_s)
        seat = _seat(plans, body)
        lean = column(plans, "lean") * leaning
        pitch = column(plans, "back") * seated + (1.0 - _LUMBAR_SHARE) * lean
        trunk = trunk_angles(plans, time_s, lumbar_flexion=_LUMBAR_SHARE * lean, head_flexion=-0.4 * lean)
        free, lean_compensation = arm_angles([plan.arms for plan in plans], time_s, np.maximum(_RESTLESS, leaning))
        drift = sway(plans, time_s)
        standing = balance(
            body,
            Stance(
                feet=planted_feet(plans, body, time_s.shape),
                thigh=column(plans, "footing.thigh") * (1.0 - seated) + np.minimum(seat[1], _MOST_THIGH) * seated,
                pitch=pitch + _AS_IF_RISING * on_seat * (1.0 - leaning),
                pitch_per_lean=0.0,
                roll=np.zeros_like(seated),
                com_target=np.stack([column(plans, "footing.com_ahead") + drift[0], drift[1]]),
                knee_shift=None,
                upper=free | trunk,
                lean_compensation=lean_compensation,
                contact_mask=all_in_contact(time_s.shape),
            ),
        )
        place = np.stack([seat[0] + 0.0 * seated, 0.2 * drift[1], column(plans, "hips") + 0.0 * seated])
        position = standing.pelvis.position + on_seat * (place - standing.pelvis.position)
        pelvis = replace(standing.pelvis, position=position, pitch=pitch)
        upper = free | trunk
        compensate_trunk_lean(upper, lean_compensation, pitch)
        upper = _with_hands(plans, body, pelvis, upper, place, holding)
        return replace(standing, pelvis=pelvis, upper=upper)

    def exercises(self, plan: SitToStandPlan, time_s: Float[np.ndarray, " time"]) -> Int8[np.ndarray, " time"]:
        """Return the exercise id of each sample: idle while the person stays seated or standing."""
        ids = np.asarray(one_exercise("idle", time_s))
        for start, end in _moving(plan.cycles):
            ids[(time_s >= start) & (time_s <= end)] = EXERCISE_ID[self.name]
        return ids


def _draw_cycles(distributions: Distributions, rng: np.random.Generator, duration_s: float) -> tuple[Repetition, ...]:
    again = distributions.five_times.draw(rng)
    seated = distributions.begins_seated.draw(rng)
    rest = distributions.five_times_pause_s if again else distributions.sit_still_s
    down, up = distributions.lower_to_seat_s.draw(rng), distributions.rise_s.draw(rng)
    clock = min(distributions.sit_still_s.draw(rng), max(0.2, duration_s - 1.2 * (up + down))) * rng.uniform(0.2, 1.0)
    found: list[Repetition] = []
    if seated:
        found.append(Repetition(down, _BEFORE_S + clock, up, 1.0, -_BEFORE_S - down))
        clock = found[-1].end_s + rest.draw(rng)
    while clock < duration_s:
        stays = rest.draw(rng)
        if clock + down + stays > duration_s:
            stays += _AFTER_S
        found.append(Repetition(down * rng.uniform(0.9, 1.1), stays, up * rng.uniform(0.9, 1.1), 1.0, clock))
        clock = found[-1].end_s + rest.draw(rng)
    return tuple(found)


def _moving(cycles: tuple[Repetition, ...]) -> list[tuple[float, float]]:
    """Return the spans in which the person sits down or stands up; short pauses between them belong to them."""
    spans: list[tuple[float, float]] = []
    for one in cycles:
        rises = one.end_s - one.ascent_s
        for start, end in (
            (one.start_s, one.start_s + one.descent_s),
            (rises - 0.5 * _LEANS_EARLY * one.ascent_s, one.end_s),
        ):
            if spans and start - spans[-1][1] < LEAST_REST_S:
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
    return spans


def _weights(
    plans: list[SitToStandPlan], time_s: Float[np.ndarray, "batch time"]
) -> tuple[Float[np.ndarray, "batch time"], ...]:
    """Return how far the hips are on the seat, how far the trunk leans, and how far the hands hold; each 0 to 1."""
    on_seat, leaning, holding = (np.zeros_like(time_s) for _ in range(3))
    for row, plan in enumerate(plans):
        for one in plan.cycles:
            rises = one.end_s - one.ascent_s
            down, up = (time_s[row] - one.start_s) / one.descent_s, (time_s[row] - rises) / one.ascent_s
            width = _OVER_FEET - _LEAVES_SEAT
            on_seat[row] += quintic((down - (1.0 - _OVER_FEET)) / width) - quintic((up - _LEAVES_SEAT) / width)
            width = _HAS_LET_GO - _LETS_GO
            holding[row] += quintic((down - (1.0 - _HAS_LET_GO)) / width) - quintic((up - _LETS_GO) / width)
            leans = _LEANS_EARLY + _LEANS_LATE
            leaning[row] += bump((up + _LEANS_EARLY) / leans) + bump((down - (1.0 - _LEANS_LATE)) / leans)
    return on_seat, leaning, holding


def _seat(
    plans: list[SitToStandPlan], body: BodyBatch
) -> tuple[Float[np.ndarray, "batch 1"], Float[np.ndarray, "batch 1"]]:
    """Return where the hips of who sits lie ahead of the ankles (m, negative), and the lean of the thighs (rad)."""
    shank, long, short = column(plans, "shank"), body.length["thigh"], body.length["shank"]
    rise = (column(plans, "hips") - body.length["ankle_height"] - short * np.cos(shank)) / long
    thigh = np.arccos(np.clip(rise, -0.45, 0.9))
    return np.asarray(short * np.sin(shank) - long * np.sin(thigh)), np.asarray(thigh)


def _with_hands(
    plans: list[SitToStandPlan],
    body: BodyBatch,
    pelvis: Pelvis,
    free: Angles,
    place: Float[np.ndarray, "3 batch time"],
    holding: Float[np.ndarray, "batch time"],
) -> Angles:
    """Return the upper body with the hands on thighs or arm rests as far as they hold (0 to 1)."""
    thighs = np.array([[float(plan.hands.kind == "thighs")] for plan in plans])
    rests = np.array([[float(plan.hands.kind == "push_off")] for plan in plans])
    if not (thighs.any() or rests.any()):
        return free
    along, aside, up = (column(plans, f"hands.{name}") for name in ("along", "aside", "up"))
    chest, zero = Chest.of(body, pelvis, free), np.zeros_like(holding)
    most = _MOST_REACH * (body.length["upper_arm"] + body.length["forearm"])
    knee_height = body.length["ankle_height"] + body.length["shank"] + zero
    upper = dict(free)
    for side, sign in SIDES:
        hip = pelvis.position + np.stack([zero, sign * body.length["hip_half_width"] + zero, zero])
        knee = np.stack([0.3 * body.length["shank"] + zero, hip[1] + sign * aside, knee_height])
        on_thigh = hip + along * (knee - hip) + np.stack([zero, zero, up + zero])
        on_rest = place + np.stack([along + zero, sign * aside + zero, up + zero])
        to_wrist = thighs * on_thigh + (1.0 - thighs) * on_rest - chest.shoulders[side]
        distance = np.sqrt(rot.dot(to_wrist, to_wrist))
        nearer = 0.5 * (distance + most) - np.sqrt(0.25 * (distance - most) ** 2 + _SOFTLY_M**2)
        pole = np.stack([zero - 1.0, sign * 0.5 + zero, zero])
        # On a thigh the palm faces down and the thumb inwards, on an arm rest the thumb ahead.
        thumbwards = np.stack([1.0 - 0.6 * thighs + zero, -sign * thighs + zero, zero - 0.2])
        arm = arm_to(body, chest, side, to_wrist * (nearer / distance), pole, thumbwards, hand_turns=True)
        weight = holding * (thighs + rests)
        for name, angle in arm.items():
            upper[name] = free[name] + weight * (angle - free[name])
    return upper
