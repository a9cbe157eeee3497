"""The jumping jack: feet jump apart and together, arms swing up and down, and in flight the body follows a ballistic path.

One cycle is two jumps. The vertical ground force is one smooth pulse a contact; pulses and gravity give the height of the
centre of mass in closed form, and the pelvis follows from it. The two pulses of a cycle differ a little, because the centre of
mass is higher with the feet together than with the feet apart. Prescribed only: ankle torques at landing are not solved for.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int8

from qleap_edge.core.exercises import Exercise
from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.physics import rotations as rot
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.arms import ArmPlan, add_phased_arm_change, arm_angles, draw_arms
from qleap_edge.physics.balance import PelvisPlacement
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.exercises.protocol import FeasibilityLimits
from qleap_edge.physics.exercises.standing import (
    Footing,
    column,
    draw_footing,
    one_exercise,
    rolling_ankle,
    trunk_angles,
)
from qleap_edge.physics.grips import GripDraw
from qleap_edge.physics.kinematics import BodyBatch, Foot, Pelvis
from qleap_edge.physics.load import NO_LOAD, Load
from qleap_edge.physics.motion_targets import MotionTargets
from qleap_edge.physics.randomize import Distributions
from qleap_edge.physics.trajectory import bump, quintic

_LEAN = np.radians(3.0)
_HALF_PULSE = 16.0 / 60.0  # integral of the pulse 16 s²(1 - s)² over half of it
_REACH = 0.978  # knees stay bent by 24°: closer to straight the knee's angular velocity would exceed human limits
_TO_SETTLE = (1, 2, 6)  # steps of balance after each fit of the height; the last ones make the flight ballistic


@dataclass(frozen=True)
class JumpingJackPlan:
    """One sequence; angles in rad, lengths in m."""

    posture: str
    load: Load
    footing: Footing
    """Toe-out, and where the weight is."""
    cycle_s: float
    flight_share: float
    first_phase: float
    """Cycles at time 0; the feet are apart at whole numbers."""
    wide: float
    narrow: float
    """Half distances of the ankles."""
    rise: float
    """Centre of mass higher with the feet together; the arms, which hang then, pull it down."""
    lift: float
    toes_down: float
    arms: ArmPlan
    arms_rise: Float[np.ndarray, "2 5"]


class JumpingJack:
    """The jumping jack, id 5."""

    name: Exercise = "jumping_jack"
    forward = False
    feasibility_limits = FeasibilityLimits(support_margin_m=None, peak_force=5.5, flight=True)

    def draw(
        self, subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
    ) -> JumpingJackPlan:
        """Draw one sequence."""
        arms = draw_arms(GripDraw(subject, rng), distributions, ["hanging"], [], duration_s)
        top = np.radians(distributions.jack_arms_up_deg.draw(rng))
        elbow = np.radians(distributions.jack_elbow_deg.draw(rng))
        rise = np.zeros((2, 5))
        rise[:, 0] = -np.radians(distributions.jack_arms_ahead_deg.draw(rng))
        rise[:, 1] = top - arms.postures[0][:, 1]
        rise[:, 2] = np.radians(distributions.jack_arms_turn_deg.draw(rng))
        rise[:, 3] = -elbow
        rise[:, 4] = np.radians(distributions.jack_arms_turn_deg.draw(rng))
        hips = subject.lengths["hip_half_width"]
        return JumpingJackPlan(
            posture="jack",
            load=NO_LOAD,
            footing=draw_footing(distributions, rng),
            cycle_s=distributions.jack_cycle_s.draw(rng),
            flight_share=distributions.jack_flight_share.draw(rng),
            first_phase=float(rng.uniform()),
            wide=distributions.jack_wide_ratio.draw(rng) * hips,
            narrow=distributions.jack_narrow_ratio.draw(rng) * hips,
            rise=distributions.jack_rise_m.draw(rng),
            lift=distributions.jack_foot_lift_m.draw(rng),
            toes_down=float(np.radians(distributions.jack_toes_down_deg.draw(rng))),
            arms=arms,
            arms_rise=rise,
        )

    def targets(
        self, plans: list[JumpingJackPlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]
    ) -> MotionTargets:
        """Return the targets: ballistic in flight, on both feet otherwise."""
        cycle = column(plans, "cycle_s")
        clock = (time_s / cycle + column(plans, "first_phase")) % 1.0 * cycle  # s since the feet were last apart
        feet, standing = _feet(plans, body, clock)
        arms, _ = arm_angles([plan.arms for plan in plans], time_s, 1.0)
        up = 0.5 + 0.5 * np.cos(2.0 * np.pi * clock / cycle)
        add_phased_arm_change(arms, [plan.arms_rise for plan in plans], up, up)
        upper = arms | trunk_angles(plans, time_s)
        height = _height(plans, clock)
        zero = np.zeros_like(clock)
        ahead = column(plans, "footing.com_ahead") + zero
        pelvis = Pelvis(np.stack([ahead, zero, height]), zero, zero + _LEAN, zero)
        place = PelvisPlacement(body, pelvis, feet, upper)
        position = pelvis.position
        for passes in _TO_SETTLE:
            position = place.at_leg_reach(position, _REACH)
            level = (place.centre_of_mass(position)[2] - height).mean(axis=1, keepdims=True)
            position = place.with_com_at(position, np.stack([ahead, zero, height + level]), passes)
        contact_mask = np.repeat(standing[:, :, None], 4, axis=-1)
        return MotionTargets(Pelvis(position, zero, pelvis.pitch, zero), upper, feet, None, contact_mask)

    def exercises(self, plan: JumpingJackPlan, time_s: Float[np.ndarray, " time"]) -> Int8[np.ndarray, " time"]:
        """Return the exercise id of each sample."""
        return one_exercise(self.name, time_s)


def _feet(
    plans: list[JumpingJackPlan], body: BodyBatch, clock: Float[np.ndarray, "batch time"]
) -> tuple[dict[str, Foot], np.ndarray]:
    """Return the feet, and when they stand."""
    jump = 0.5 * column(plans, "cycle_s")
    flight = column(plans, "flight_share") * jump
    contact = jump - flight
    inwards, outwards = (clock - 0.5 * contact) / flight, (clock - jump - 0.5 * contact) / flight
    together = quintic(inwards) - quintic(outwards)
    apart = column(plans, "wide") + (column(plans, "narrow") - column(plans, "wide")) * together
    aloft = bump(inwards) + bump(outwards)
    pitch = column(plans, "toes_down") * aloft
    forward, up = rolling_ankle(body, pitch)
    feet = {}
    for side, sign in SIDES:
        turned = rot.about("z", np.broadcast_to(sign * column(plans, "footing.toe_out"), clock.shape))
        ankle = turned[:, 0] * forward
        ankle[1] += sign * apart
        ankle[2] = up + column(plans, "lift") * aloft
        feet[side] = Foot(ankle, rot.compose(turned, rot.about("y", pitch)))
    return feet, aloft == 0.0


def _height(plans: list[JumpingJackPlan], clock: Float[np.ndarray, "batch time"]) -> Float[np.ndarray, "batch time"]:
    """Return the centre of mass's height over its height with the feet apart, m.

    Two conditions give the two pulses: a cycle ends at the speed it began with, and together is ``rise`` above apart.
    """
    jump = 0.5 * column(plans, "cycle_s")
    contact = (1.0 - column(plans, "flight_share")) * jump
    total = STANDARD_GRAVITY * jump / (_HALF_PULSE * contact)

    def travelled(wide: np.ndarray, narrow: np.ndarray, time: np.ndarray) -> np.ndarray:
        since = 0.5 + time / contact  # of the pulse whose middle is at time 0
        first = _twice(since) - _twice(np.full_like(time, 0.5)) - _HALF_PULSE * time / contact
        later = narrow * _twice(since - jump / contact) + wide * _twice(since - 2.0 * jump / contact)
        return contact**2 * (wide * first + later) - 0.5 * STANDARD_GRAVITY * time**2

    half, one = 0.5 * total, np.ones_like(total)
    even = travelled(half, half, jump)
    slope = travelled(half + one, half - one, jump) - even
    more = (column(plans, "rise") - even) / slope
    return travelled(half + more, half - more, clock)


def _twice(s: Float[np.ndarray, "batch time"]) -> Float[np.ndarray, "batch time"]:
    """Return the second integral of the pulse from its start; a straight line after its end."""
    inside = np.clip(s, 0.0, 1.0)
    polynomial = 16.0 * inside**4 * (1.0 / 12.0 + inside * (inside / 30.0 - 1.0 / 10.0))
    return polynomial + 2.0 * _HALF_PULSE * np.maximum(s - 1.0, 0.0)
