"""Standing about: planted feet, sway, shifting weight, turning, and arms that gesture, reach or rest."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from qleap_edge.core.exercises import Exercise
from qleap_edge.physics import randomize
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.arms import ArmPlan, arm_angles, draw_arms
from qleap_edge.physics.balance import Stance, balance
from qleap_edge.physics.exercises.protocol import Gate, Motion
from qleap_edge.physics.exercises.standing import TRUNK_WANDER_CHANNELS, column, planted_feet, trunk_angles
from qleap_edge.physics.kinematics import BodyBatch
from qleap_edge.physics.trajectory import Wander, quintic, wander

_QUIET_S = 0.3
_STATION_CHANNELS = 4  # sideways shift (m), trunk pitch, trunk turn, side bend (rad)


@dataclass(frozen=True)
class IdlePlan:
    """One sequence; angles in rad, lengths in m."""

    posture: str
    """The first arm posture."""
    thigh: float
    com_ahead: float
    stance_ratio: float
    toe_out: float
    stations: Float[np.ndarray, "stations 4"]
    """Weight shift, trunk pitch, trunk turn and side bend held between changes of posture."""
    arms: ArmPlan
    trunk: Wander
    sway: Wander


class Idle:
    """Standing without exercising, id 7."""

    name: Exercise = "idle"
    scored = False
    gate = Gate(support=True, support_margin_m=-0.01)

    def draw(self, subject: Subject, duration_s: float, rng: np.random.Generator) -> IdlePlan:
        """Draw one sequence."""
        changes: list[tuple[float, float]] = []
        clock = _QUIET_S + randomize.DWELL_S.draw(rng)
        while clock + (change := randomize.CHANGE_S.draw(rng)) < duration_s - _QUIET_S:
            changes.append((clock, change))
            clock += change + randomize.DWELL_S.draw(rng)
        names = [randomize.choose(rng, randomize.IDLE_ARMS) for _ in range(len(changes) + 1)]
        stations = np.array([self._station(rng) for _ in names])
        return IdlePlan(
            posture=names[0],
            thigh=np.radians(randomize.IDLE_THIGH_DEG.draw(rng)),
            com_ahead=randomize.COM_AHEAD_OF_ANKLE_M.draw(rng),
            stance_ratio=randomize.IDLE_STANCE_RATIO.draw(rng),
            toe_out=np.radians(randomize.TOE_OUT_DEG.draw(rng)),
            stations=stations,
            arms=draw_arms(rng, names, changes),
            trunk=Wander.draw(rng, np.full(TRUNK_WANDER_CHANNELS, np.radians(randomize.TRUNK_WANDER_DEG.draw(rng)))),
            sway=Wander.draw(rng, np.full(2, randomize.SWAY_RMS_M.draw(rng)), high_hz=0.5),
        )

    @staticmethod
    def _station(rng: np.random.Generator) -> list[float]:
        return [
            randomize.WEIGHT_SHIFT_M.draw(rng),
            float(np.radians(randomize.IDLE_LEAN_DEG.draw(rng))),
            float(np.radians(randomize.IDLE_TURN_DEG.draw(rng))),
            float(np.radians(randomize.IDLE_SIDE_BEND_DEG.draw(rng))),
        ]

    def motion(self, plans: list[IdlePlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> Motion:
        """Return the balanced, planted kinematics."""
        arms, level = arm_angles([plan.arms for plan in plans], time_s)
        shift, pitch, turn, bend = _stations(plans, time_s)
        sway = wander([plan.sway for plan in plans], time_s)
        zero = np.zeros_like(time_s)
        stance = Stance(
            feet=planted_feet(
                body,
                column(plans, "stance_ratio") * body.length["hip_half_width"],
                column(plans, "toe_out"),
                time_s.shape,
            ),
            thigh=column(plans, "thigh") + zero,
            pitch=pitch,
            pitch_per_lean=0.0,
            roll=zero,
            com_target=np.stack([column(plans, "com_ahead") + sway[0], shift + sway[1]]),
            knee_shift=None,
            upper=arms | trunk_angles(wander([p.trunk for p in plans], time_s), side_bend=bend, turn=turn),
            level=level,
        )
        pelvis, angles, reachable = balance(body, stance)
        return Motion(pelvis, angles, reachable, np.ones((*time_s.shape, 4), dtype=bool))


def _stations(plans: list[IdlePlan], time_s: Float[np.ndarray, "batch time"]) -> Float[np.ndarray, "4 batch time"]:
    out = np.empty((_STATION_CHANNELS, *time_s.shape))
    for row, plan in enumerate(plans):
        out[:, row] = plan.stations[0][:, None]
        for index, (start, length) in enumerate(zip(plan.arms.change_start_s, plan.arms.change_s, strict=True)):
            step = quintic((time_s[row] - start) / length)
            out[:, row] += (plan.stations[index + 1] - plan.stations[index])[:, None] * step
    return out
