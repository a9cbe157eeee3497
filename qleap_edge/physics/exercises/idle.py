"""Standing or sitting without exercising, as between sets, id 7.

People sway, shift their weight, turn, and change what their arms do: gestures, a bottle, a telephone, a towel, the watch,
shoes, weights that are carried. Sitting lasts from before the sequence to after it; the way there is
:mod:`qleap_edge.physics.exercises.sit_to_stand`.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int8

from qleap_edge.core.exercises import Exercise
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.arms import ArmPlan, arm_angles, draw_arms, draw_posture
from qleap_edge.physics.balance import Stance, balance
from qleap_edge.physics.distributions import Categorical
from qleap_edge.physics.exercises.protocol import FeasibilityLimits
from qleap_edge.physics.exercises.seats import NO_SEAT, Seat, draw_seat, seated_pelvis, seated_targets
from qleap_edge.physics.exercises.standing import (
    Footing,
    column,
    compensate_trunk_lean,
    draw_footing,
    draw_load,
    one_exercise,
    planted_feet,
    sway,
    trunk_angles,
)
from qleap_edge.physics.exercises.timing import QUIET_S
from qleap_edge.physics.exercises.variants import in_order
from qleap_edge.physics.grips import GripDraw
from qleap_edge.physics.kinematics import BodyBatch
from qleap_edge.physics.load import NO_LOAD, Load
from qleap_edge.physics.motion_targets import MotionTargets, all_in_contact
from qleap_edge.physics.randomize import Distributions
from qleap_edge.physics.trajectory import quintic

_STATION_CHANNELS = 4  # sideways shift (m), trunk pitch, trunk turn, side bend (rad)
_RESTLESS = 0.15  # of the jitter of exercising arms
_THIGH_PER_PITCH = 0.45  # knees give when a standing person bends down
_LUMBAR_SHARE = 0.3  # of the lean of who sits, above the pelvis
_BOTH_HANDS = ("crossed", "clasped", "adjust_watch", "forearms_on_thighs", "shoes", "grip", "goblet")
"""Postures that need both arms."""


@dataclass(frozen=True)
class IdlePlan:
    """One sequence; angles in rad, lengths in m."""

    posture: str
    """The first arm posture."""
    load: Load
    footing: Footing
    thigh: float
    seated: bool
    seat: Seat
    stations: Float[np.ndarray, "stations 4"]
    """Weight shift, trunk pitch, trunk turn and side bend held between changes of posture."""
    arms: ArmPlan


class Idle:
    """No exercise, id 7."""

    name: Exercise = "idle"
    forward = True
    feasibility_limits = FeasibilityLimits(support_margin_m=-0.01)

    def draw(
        self, subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
    ) -> IdlePlan:
        """Draw one sequence."""
        changes: list[tuple[float, float]] = []
        clock = QUIET_S + distributions.dwell_s.draw(rng)
        while clock + (change := distributions.change_s.draw(rng)) < duration_s - QUIET_S:
            changes.append((clock, change))
            clock += change + distributions.dwell_s.draw(rng)
        seated = distributions.rests_seated.draw(rng)
        carries = not seated and distributions.carries.draw(rng)
        arms = distributions.carried_arms if carries else distributions.idle_arms
        names = [(distributions.seated_arms if seated else arms).draw(rng) for _ in range(len(changes) + 1)]
        draw = GripDraw(subject, rng)
        plan = draw_arms(draw, distributions, names, changes, duration_s)
        return IdlePlan(
            posture=names[0],
            load=draw_load("dumbbells", subject, distributions, rng) if carries else NO_LOAD,
            footing=draw_footing(distributions, rng, sway_share=1.0),
            thigh=float(np.radians(distributions.idle_thigh_deg.draw(rng))),
            seated=seated,
            seat=draw_seat(subject, distributions, rng, 0.0) if seated else NO_SEAT,
            stations=np.array([_station(name, distributions, rng, seated=seated) for name in names]),
            arms=_one_handed(plan, names, draw, distributions, None if carries else arms),
        )

    def targets(self, plans: list[IdlePlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> MotionTargets:
        """Return the targets: balanced over the feet, or on a seat."""
        pieces = []
        for seated, targets in ((False, _standing), (True, _seated)):
            rows = [row for row, plan in enumerate(plans) if plan.seated is seated]
            if rows:
                pieces.append((rows, targets([plans[row] for row in rows], body.rows(rows), time_s[rows])))
        return pieces[0][1] if len(pieces) == 1 else in_order(pieces)

    def exercises(self, plan: IdlePlan, time_s: Float[np.ndarray, " time"]) -> Int8[np.ndarray, " time"]:
        """Return the exercise id of each sample."""
        return one_exercise(self.name, time_s)


def _station(name: str, distributions: Distributions, rng: np.random.Generator, *, seated: bool) -> list[float]:
    """Draw what the trunk does while the arms hold a posture."""
    pitch = distributions.idle_lean_deg.draw(rng)
    if seated:
        leans = {"forearms_on_thighs": distributions.sit_bent_deg, "shoes": distributions.sit_shoes_deg}
        pitch = leans.get(name, distributions.sit_lean_deg).draw(rng)
    elif distributions.bends_down.draw(rng):
        pitch = distributions.bend_down_deg.draw(rng)
    return [
        distributions.weight_shift_m.draw(rng),
        float(np.radians(pitch)),
        float(np.radians(distributions.idle_turn_deg.draw(rng))),
        float(np.radians(distributions.idle_side_bend_deg.draw(rng))),
    ]


def _one_handed(
    plan: ArmPlan, names: list[str], draw: GripDraw, distributions: Distributions, others: Categorical | None
) -> ArmPlan:
    """Return the plan with some of its postures made by one arm only, while the other one does something else."""
    postures = plan.postures.copy()
    for index, name in enumerate(names):
        if others is None or name in _BOTH_HANDS or not distributions.one_handed.draw(draw.rng):
            continue
        other = others.draw(draw.rng)
        if other not in _BOTH_HANDS:
            side = int(draw.rng.integers(2))
            postures[index, side] = draw_posture(draw, other)[side]
    return replace(plan, postures=postures)


def _standing(plans: list[IdlePlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> MotionTargets:
    arms, lean_compensation = arm_angles([plan.arms for plan in plans], time_s, _RESTLESS)
    shift, pitch, turn, bend = _stations(plans, time_s)
    drift = sway(plans, time_s)
    stance = Stance(
        feet=planted_feet(plans, body, time_s.shape),
        thigh=column(plans, "thigh") + _THIGH_PER_PITCH * np.maximum(pitch, 0.0),
        pitch=pitch,
        pitch_per_lean=0.0,
        roll=np.zeros_like(time_s),
        com_target=np.stack([column(plans, "footing.com_ahead") + drift[0], shift + drift[1]]),
        knee_shift=None,
        upper=arms | trunk_angles(plans, time_s, side_bend=bend, turn=turn),
        lean_compensation=lean_compensation,
        contact_mask=all_in_contact(time_s.shape),
    )
    return balance(body, stance)


def _seated(plans: list[IdlePlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> MotionTargets:
    arms, lean_compensation = arm_angles([plan.arms for plan in plans], time_s, _RESTLESS)
    _, lean, turn, bend = _stations(plans, time_s)
    pelvis = seated_pelvis(plans, time_s, (1.0 - _LUMBAR_SHARE) * lean)
    upper = arms | trunk_angles(plans, time_s, side_bend=bend, turn=turn, lumbar_flexion=_LUMBAR_SHARE * lean)
    compensate_trunk_lean(upper, lean_compensation, pelvis.pitch)
    return seated_targets(plans, body, pelvis, upper)


def _stations(plans: list[IdlePlan], time_s: Float[np.ndarray, "batch time"]) -> Float[np.ndarray, "4 batch time"]:
    out = np.empty((_STATION_CHANNELS, *time_s.shape))
    for row, plan in enumerate(plans):
        out[:, row] = plan.stations[0][:, None]
        for index, (start, length) in enumerate(zip(plan.arms.change_start_s, plan.arms.change_s, strict=True)):
            step = quintic((time_s[row] - start) / length)
            out[:, row] += (plan.stations[index + 1] - plan.stations[index])[:, None] * step
    return out
