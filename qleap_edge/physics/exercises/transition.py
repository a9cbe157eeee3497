"""Transitions: sequences of two or three exercises without a load, as in an unedited recording.

Between two exercises the motion targets of one blend into those of the next while both stand on the same feet, which stay
planted to rounding; every curve stays smooth. After a walk the next exercise is placed where the walk ended. Jumping jacks are
left out, because they neither begin nor end standing.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, Int8

from qleap_edge.core.exercises import EXERCISE_ID, Content, Exercise
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.distributions import Uniform
from qleap_edge.physics.exercises.arm_lift import BicepsCurl
from qleap_edge.physics.exercises.deadlift import Deadlift
from qleap_edge.physics.exercises.idle import Idle
from qleap_edge.physics.exercises.lateral_raise import LateralRaise
from qleap_edge.physics.exercises.lunge import Lunge
from qleap_edge.physics.exercises.protocol import ExerciseModel, FeasibilityLimits
from qleap_edge.physics.exercises.seated_press import StandingOrSeatedPress
from qleap_edge.physics.exercises.side_lunge import SideLunge
from qleap_edge.physics.exercises.squat import Squat
from qleap_edge.physics.exercises.standing import draw_footing
from qleap_edge.physics.exercises.walk import Walk, WalkPlan, standing_place
from qleap_edge.physics.kinematics import BodyBatch, Foot, Pelvis
from qleap_edge.physics.load import NO_LOAD, Load
from qleap_edge.physics.motion_targets import MotionTargets, transform_targets
from qleap_edge.physics.randomize import Distributions, standing_only
from qleap_edge.physics.trajectory import quintic

STANDING: dict[Exercise, ExerciseModel] = {
    "squat": Squat(),
    "lunge": Lunge(),
    "deadlift": Deadlift(),
    "overhead_press": StandingOrSeatedPress(),
    "biceps_curl": BicepsCurl(),
    "lateral_raise": LateralRaise(),
    "side_lunge": SideLunge(),
    "idle": Idle(),
}
"""Exercises on one spot that begin and end standing on both feet."""

_PARTS: dict[Exercise, ExerciseModel] = {**STANDING, "walk": Walk()}
_WALKERS_STANCE = Uniform(0.7, 1.0)  # half the distance of the ankles over that of the hips
_ROOM_S = {"lunge": 4.8, "idle": 0.0, "walk": 4.0}  # for one unhurried repetition, or a few steps
_OTHERS_ROOM_S = 3.2
_STILL_S = 0.6  # at least, of standing before or after
_THREE_FROM_S = 9.0


@dataclass(frozen=True)
class Part:
    """One exercise of the sequence; seconds."""

    exercise: Exercise
    plan: Any
    start_s: float
    end_s: float
    place: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Where on the floor its own origin lies: x, y (m) and heading (rad)."""


@dataclass(frozen=True)
class TransitionPlan:
    """One sequence."""

    posture: str
    load: Load
    parts: tuple[Part, ...]


class Transition:
    """Several exercises and the transitions between them."""

    name: Content = "transition"
    forward = False
    feasibility_limits = FeasibilityLimits(support_margin_m=None, friction=0.7)

    def draw(
        self, subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
    ) -> TransitionPlan:
        """Draw one sequence."""
        count = 3 if duration_s >= _THREE_FROM_S and rng.uniform() < 0.5 else 2
        changes = [distributions.transition_s.draw(rng) for _ in range(count - 1)]
        room = duration_s - sum(changes)
        names = _draw_names(count, rng)
        shares = rng.uniform(0.8, 1.2, count)
        if room < count * _OTHERS_ROOM_S:  # too short for two exercises: one of them is idle
            still = int(rng.integers(2))
            names = ["idle" if index == still else name for index, name in enumerate(names)]
            names[1 - still] = "squat" if names[1 - still] == "idle" else names[1 - still]
            shares[still] = max(_STILL_S, room - _OTHERS_ROOM_S - rng.uniform(0.0, 1.0))
            shares[1 - still] = room - shares[still]
        lengths = room * shares / shares.sum()
        footing = draw_footing(distributions, rng)
        if "walk" in names:
            toe_out = float(np.radians(distributions.walk_toe_out_deg.draw(rng)))
            footing = replace(footing, stance_ratio=_WALKERS_STANCE.draw(rng), toe_out=toe_out)
        parts: list[Part] = []
        clock, place = 0.0, (0.0, 0.0, 0.0)
        for index, name in enumerate(names):
            end = clock + float(lengths[index])
            # The recording may begin and end in the middle of an exercise, whose tempo does not change.
            needs = max(float(lengths[index]), _ROOM_S.get(name, _OTHERS_ROOM_S))
            plan = replace(
                _PARTS[name].draw(subject, needs, standing_only(distributions), rng), footing=footing, load=NO_LOAD
            )
            start = end - needs if index == 0 else clock
            if isinstance(plan, WalkPlan):
                plan = _stepping(plan, subject, first=index == 0, last=index == count - 1, duration_s=end - start)
            parts.append(Part(name, plan, start, end, place))
            if isinstance(plan, WalkPlan):
                place = _further(place, standing_place(plan, end - start))
            clock = end + (changes[index] if index < count - 1 else 0.0)
        return TransitionPlan("mixed", NO_LOAD, tuple(parts))

    def targets(
        self, plans: list[TransitionPlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]
    ) -> MotionTargets:
        """Return the blended targets of all parts, each on its own clock."""
        pieces = _pieces(plans, body, time_s)
        last = [len(plan.parts) - 1 for plan in plans]
        whole = _stacked([pieces[row, 0] for row in range(len(plans))])
        for index in range(1, max(last) + 1):
            part = _stacked([pieces[row, min(index, last[row])] for row in range(len(plans))])
            weight = np.stack([_arrived(plan, index, time) for plan, time in zip(plans, time_s, strict=True)])
            whole = _blend(whole, part, weight)
        return whole

    def exercises(self, plan: TransitionPlan, time_s: Float[np.ndarray, " time"]) -> Int8[np.ndarray, " time"]:
        """Return the exercise id of each sample; it changes in the middle of a transition."""
        middles = [0.5 * (a.end_s + b.start_s) for a, b in zip(plan.parts[:-1], plan.parts[1:], strict=True)]
        ids = np.array([EXERCISE_ID[part.exercise] for part in plan.parts], dtype=np.int8)
        return ids[np.searchsorted(middles, time_s)]


def _stepping(plan: WalkPlan, subject: Subject, *, first: bool, last: bool, duration_s: float) -> WalkPlan:
    """Return a walk on the sequence's own feet that starts and stops where another exercise is before or after it."""
    return replace(
        plan,
        half_width=plan.footing.stance_ratio * subject.lengths["hip_half_width"],
        toe_out=plan.footing.toe_out,
        starts_s=-np.inf if first else plan.steps_off_s,
        stops_s=np.inf if last else duration_s - plan.settles_s,
    )


def _further(place: tuple[float, float, float], way: tuple[float, float, float]) -> tuple[float, float, float]:
    """Return the end of a path that begins at a place and is given in its axes: place and heading."""
    x, y, heading = place
    ahead, aside, turned = way
    c, s = math.cos(heading), math.sin(heading)
    return x + c * ahead - s * aside, y + s * ahead + c * aside, heading + turned


def _draw_names(count: int, rng: np.random.Generator) -> list[Exercise]:
    """Return exercises no two neighbours of which are the same."""
    names: list[Exercise] = []
    known = list(_PARTS)
    while len(names) < count:
        name = known[int(rng.integers(len(known)))]
        if not names or names[-1] != name:
            names.append(name)
    return names


def _arrived(plan: TransitionPlan, index: int, time_s: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
    """Return how far (0-1) a sequence has gone over to its part ``index``."""
    if index >= len(plan.parts):
        return np.zeros_like(time_s)
    left, entered = plan.parts[index - 1].end_s, plan.parts[index].start_s
    return quintic((time_s - left) / (entered - left))


def _pieces(
    plans: list[TransitionPlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]
) -> dict[tuple[int, int], tuple[MotionTargets, int]]:
    """Return (sequence, part) → a batch of one exercise and the part's row in it; one batch an exercise."""
    found: dict[tuple[int, int], tuple[MotionTargets, int]] = {}
    for name, model in _PARTS.items():
        keys = [
            (row, index)
            for row, plan in enumerate(plans)
            for index, part in enumerate(plan.parts)
            if part.exercise == name
        ]
        if keys:
            parts, rows = [plans[row].parts[index] for row, index in keys], [row for row, _ in keys]
            starts = np.array([[part.start_s] for part in parts])
            carried = model.targets([part.plan for part in parts], body.rows(rows), time_s[rows] - starts)
            places = np.array([part.place for part in parts]).T[:, :, None]
            if places.any():
                carried = transform_targets(carried, places[:2], places[2])
            found |= {key: (carried, place) for place, key in enumerate(keys)}
    return found


def _stacked(pieces: list[tuple[MotionTargets, int]]) -> MotionTargets:
    """Return one batch of single sequences taken out of several batches."""

    def joined(pick: Any) -> np.ndarray:
        """Stack along the batch, which is the last axis but time."""
        return np.stack([pick(carried)[..., place, :] for carried, place in pieces], axis=-2)

    first = pieces[0][0]
    zero = np.zeros_like(first.pelvis.yaw[:1])
    return MotionTargets(
        pelvis=Pelvis(
            *(joined(lambda c, n=name: getattr(c.pelvis, n)) for name in ("position", "yaw", "pitch", "roll"))
        ),
        upper={name: joined(lambda c, n=name: c.upper[n]) for name in first.upper},
        feet={
            side: Foot(joined(lambda c, s=side: c.feet[s].ankle), joined(lambda c, s=side: c.feet[s].rotation))
            for side, _ in SIDES
        },
        knee_shift={
            side: np.concatenate([zero if c.knee_shift is None else c.knee_shift[side][[place]] for c, place in pieces])
            for side, _ in SIDES
        },
        contact_mask=np.stack([c.contact_mask[place] for c, place in pieces]),
    )


def _blend(a: MotionTargets, b: MotionTargets, weight: Float[np.ndarray, "batch time"]) -> MotionTargets:
    """Return ``a`` where the weight is 0 and ``b`` where it is 1; between, both stand on the same feet."""

    def mixed(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        return np.asarray(one + (other - one) * weight)

    later = weight > 0.5
    shift_a, shift_b = a.knee_shift, b.knee_shift
    if shift_a is None or shift_b is None:
        raise ValueError("parts are stacked with a knee shift")
    return MotionTargets(
        pelvis=Pelvis(
            *(mixed(getattr(a.pelvis, name), getattr(b.pelvis, name)) for name in ("position", "yaw", "pitch", "roll"))
        ),
        upper={name: mixed(a.upper[name], b.upper[name]) for name in a.upper},
        feet={
            side: Foot(
                np.where(later, b.feet[side].ankle, a.feet[side].ankle),
                np.where(later, b.feet[side].rotation, a.feet[side].rotation),
            )
            for side, _ in SIDES
        },
        knee_shift={side: mixed(shift_a[side], shift_b[side]) for side, _ in SIDES},
        contact_mask=np.where(later[:, :, None], b.contact_mask, a.contact_mask),
    )
