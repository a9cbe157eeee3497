"""Standing without exercising: sway, shifting weight, turning, arms that gesture, reach or rest, and sitting down.

A seat is not modelled: sitting down is a slow squat over the feet with the trunk leaning forward.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int8

from qleap_edge.core.exercises import Exercise
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.arms import ArmPlan, arm_angles, draw_arms
from qleap_edge.physics.balance import Stance, balance
from qleap_edge.physics.exercises.protocol import FeasibilityLimits
from qleap_edge.physics.exercises.standing import (
    Footing,
    column,
    draw_footing,
    one_exercise,
    planted_feet,
    sway,
    trunk_angles,
)
from qleap_edge.physics.exercises.timing import QUIET_S, Repetition, effort, phase, schedule
from qleap_edge.physics.grips import GripDraw
from qleap_edge.physics.kinematics import BodyBatch
from qleap_edge.physics.load import NO_LOAD, Load
from qleap_edge.physics.motion_targets import MotionTargets, all_in_contact
from qleap_edge.physics.randomize import Distributions
from qleap_edge.physics.trajectory import quintic

_STATION_CHANNELS = 4  # sideways shift (m), trunk pitch, trunk turn, side bend (rad)
_SEAT_PITCH = np.radians(34.0)
_RESTLESS = 0.15  # of the jitter of exercising arms


@dataclass(frozen=True)
class IdlePlan:
    """One sequence; angles in rad, lengths in m."""

    posture: str
    """The first arm posture."""
    load: Load
    footing: Footing
    thigh: float
    seat: tuple[Repetition, ...]
    """When the person sits down and gets up, if at all."""
    seat_thigh: float
    stations: Float[np.ndarray, "stations 4"]
    """Weight shift, trunk pitch, trunk turn and side bend held between changes of posture."""
    arms: ArmPlan


class Idle:
    """Standing without exercising, id 7."""

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
        names = [distributions.idle_arms.draw(rng) for _ in range(len(changes) + 1)]
        sits = distributions.sit_down.draw(rng)
        one_way = distributions.sit_s.draw(rng)
        pause = distributions.dwell_s.draw(rng)
        fits = 2.0 * (QUIET_S + one_way) + pause <= duration_s
        seat = (
            schedule(rng, distributions, duration_s, lambda: Repetition(one_way, pause, one_way))[:1]
            if fits and sits
            else ()
        )
        return IdlePlan(
            posture=names[0],
            load=NO_LOAD,
            footing=draw_footing(distributions, rng, sway_share=1.0),
            thigh=float(np.radians(distributions.idle_thigh_deg.draw(rng))),
            seat=seat,
            seat_thigh=float(np.radians(distributions.sit_thigh_deg.draw(rng))),
            stations=np.array([self._station(distributions, rng) for _ in names]),
            arms=draw_arms(GripDraw(subject, rng), distributions, names, changes, duration_s),
        )

    @staticmethod
    def _station(distributions: Distributions, rng: np.random.Generator) -> list[float]:
        return [
            distributions.weight_shift_m.draw(rng),
            float(np.radians(distributions.idle_lean_deg.draw(rng))),
            float(np.radians(distributions.idle_turn_deg.draw(rng))),
            float(np.radians(distributions.idle_side_bend_deg.draw(rng))),
        ]

    def targets(self, plans: list[IdlePlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> MotionTargets:
        """Return the balanced targets."""
        seated = phase([plan.seat for plan in plans], time_s)
        arms, lean_compensation = arm_angles(
            [plan.arms for plan in plans], time_s, np.maximum(_RESTLESS, effort(seated))
        )
        shift, pitch, turn, bend = _stations(plans, time_s)
        drift = sway(plans, time_s)
        stance = Stance(
            feet=planted_feet(plans, body, time_s.shape),
            thigh=column(plans, "thigh") * (1.0 - seated) + column(plans, "seat_thigh") * seated,
            pitch=pitch + _SEAT_PITCH * seated,
            pitch_per_lean=0.0,
            roll=np.zeros_like(time_s),
            com_target=np.stack(
                [column(plans, "footing.com_ahead") + drift[0], shift * (1.0 - 0.7 * seated) + drift[1]]
            ),
            knee_shift=None,
            upper=arms | trunk_angles(plans, time_s, side_bend=bend, turn=turn, lumbar_flexion=0.15 * seated),
            lean_compensation=lean_compensation,
            contact_mask=all_in_contact(time_s.shape),
        )
        return balance(body, stance)

    def exercises(self, plan: IdlePlan, time_s: Float[np.ndarray, " time"]) -> Int8[np.ndarray, " time"]:
        """Return the exercise id of each sample."""
        return one_exercise(self.name, time_s)


def _stations(plans: list[IdlePlan], time_s: Float[np.ndarray, "batch time"]) -> Float[np.ndarray, "4 batch time"]:
    out = np.empty((_STATION_CHANNELS, *time_s.shape))
    for row, plan in enumerate(plans):
        out[:, row] = plan.stations[0][:, None]
        for index, (start, length) in enumerate(zip(plan.arms.change_start_s, plan.arms.change_s, strict=True)):
            step = quintic((time_s[row] - start) / length)
            out[:, row] += (plan.stations[index + 1] - plan.stations[index])[:, None] * step
    return out
