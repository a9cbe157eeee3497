"""Walking: footholds along a straight or gently bending path, each foot rolling over heel, sole and ball without sliding.

The stance foot turns about its heel until it is flat, stands, and turns about its ball until it leaves the floor; the
contact point never moves. What is not modelled: toe joint, heel-strike impact, starting and stopping, and a centre of
pressure that the step pattern would have to be solved for (the gate checks force and friction, not support).
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int8

from qleap_edge.core.exercises import Exercise
from qleap_edge.physics import rotations as rot
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.arms import ArmPlan, arm_angles, draw_arms
from qleap_edge.physics.carriage import Carriage
from qleap_edge.physics.exercises.protocol import Gate
from qleap_edge.physics.exercises.standing import Footing, column, draw_footing, one_exercise, rolled, trunk_angles
from qleap_edge.physics.kinematics import Angles, BodyBatch, Foot, Pelvis
from qleap_edge.physics.load import NO_LOAD, Load
from qleap_edge.physics.placement import Placement
from qleap_edge.physics.randomize import Laws
from qleap_edge.physics.trajectory import bump, quintic

# Shares of one stride, from this foot's heel strike; Perry and Burnfield 2010, Gait Analysis, ch. 1.
_FLAT, _HEEL_OFF, _TOE_OFF = 0.10, 0.32, 0.60
# The pelvis passes over the foot before half of stance, because the heel rises behind it.
_MID_STANCE = 0.24
_STEADY_PASSES = 2
_EFFORT = 0.5  # of the jitter of exercising arms
_ARM_LAG = 0.04  # strides; the arm reaches its front end a little after the opposite heel strikes


@dataclass(frozen=True)
class WalkPlan:
    """One sequence; angles in rad, lengths in m."""

    posture: str
    load: Load
    footing: Footing
    """Only its trunk's micro-motion: a walker's feet have their own plan."""
    stride_hz: float
    step_length: float
    half_width: float
    curvature: float
    toe_out: float
    first_phase: float
    """Gait phase of the left foot at time 0, strides."""
    bob: float
    sway: float
    turn: float
    drop: float
    lean: float
    swing: tuple[float, float]
    """Shoulder amplitude of the left and right arm."""
    elbow: float
    toe_off: float
    heel_strike: float
    clearance: float
    arms: ArmPlan


class Walk:
    """Walking, id 6."""

    name: Exercise = "walk"
    forward = False
    gate = Gate(support_margin_m=None)

    def draw(self, subject: Subject, duration_s: float, laws: Laws, rng: np.random.Generator) -> WalkPlan:
        """Draw one sequence."""
        posture = laws.walk_arms.draw(rng)
        share = 1.0 if posture == "swing" else 0.2
        swing = share * np.radians(laws.arm_swing_deg.draw(rng))
        side = rng.uniform(0.8, 1.2, 2)
        degrees = {name: float(np.radians(getattr(laws, law).draw(rng))) for name, law in _ANGLES.items()}
        return WalkPlan(
            posture=posture,
            load=NO_LOAD,
            footing=draw_footing(laws, rng),
            stride_hz=laws.step_rate_hz.draw(rng) / 2.0,
            step_length=laws.step_length_ratio.draw(rng) * subject.stature_m,
            half_width=laws.step_half_width_m.draw(rng),
            curvature=laws.path_curvature_1_m.draw(rng),
            first_phase=float(rng.uniform()),
            bob=laws.pelvis_bob_m.draw(rng),
            sway=laws.pelvis_sway_m.draw(rng),
            swing=(swing * side[0], swing * side[1]),
            elbow=share * np.radians(laws.elbow_swing_deg.draw(rng)),
            clearance=laws.foot_clearance_m.draw(rng),
            arms=draw_arms(rng, laws, [posture], [], duration_s),
            **degrees,
        )

    def carriage(self, plans: list[WalkPlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> Carriage:
        """Return the kinematics along the path."""
        stride = column(plans, "stride_hz") * time_s + column(plans, "first_phase")  # left foot's gait clock
        feet, pinned = {}, []
        for side, sign, ahead in (("left", 1.0, 0.0), ("right", -1.0, 0.5)):
            feet[side], contact = _foot(plans, body, stride + ahead, time_s, sign, ahead)
            pinned.append(contact)
        pelvis = _pelvis(plans, stride, time_s)
        arms, _ = arm_angles([plan.arms for plan in plans], time_s, _EFFORT)
        _swing_arms(arms, plans, stride)
        turn = 1.7 * column(plans, "turn") * np.cos(2.0 * np.pi * stride)
        upper = arms | trunk_angles(plans, time_s, side_bend=-pelvis.roll, turn=turn)
        return Carriage(_steadied(body, pelvis, feet, upper), upper, feet, None, np.concatenate(pinned, axis=-1))

    def exercises(self, plan: WalkPlan, time_s: Float[np.ndarray, " time"]) -> Int8[np.ndarray, " time"]:
        """Return the exercise id of each sample."""
        return one_exercise(self.name, time_s)


_ANGLES = {
    "toe_out": "walk_toe_out_deg",
    "turn": "pelvis_turn_deg",
    "drop": "pelvis_list_deg",
    "lean": "walk_lean_deg",
    "toe_off": "toe_off_pitch_deg",
    "heel_strike": "heel_strike_pitch_deg",
}


def _path(
    distance: Float[np.ndarray, "batch time"], curvature: Float[np.ndarray, "batch 1"]
) -> tuple[Float[np.ndarray, "2 batch time"], Float[np.ndarray, "batch time"]]:
    """Return position and heading after walking ``distance`` along a circle (a straight line at zero curvature)."""
    half = 0.5 * curvature * distance
    chord = distance * np.sinc(half / np.pi)
    return np.stack([chord * np.cos(half), chord * np.sin(half)]), 2.0 * half


def _foot(
    plans: list[WalkPlan],
    body: BodyBatch,
    clock: Float[np.ndarray, "batch time"],
    time_s: Float[np.ndarray, "batch time"],
    sign: float,
    ahead: float,
) -> tuple[Foot, Bool[np.ndarray, "batch time 2"]]:
    cycle = np.floor(clock)
    phase = clock - cycle
    swing = (phase - _TOE_OFF) / (1.0 - _TOE_OFF)
    step = quintic(swing)
    toe_off, strike = column(plans, "toe_off"), column(plans, "heel_strike")
    pitch = (
        -strike * (1.0 - quintic(phase / _FLAT))
        + toe_off * quintic((phase - _HEEL_OFF) / (_TOE_OFF - _HEEL_OFF))
        - (toe_off + strike) * step
    )
    from_place, from_heading = _foothold(plans, cycle, sign, ahead)
    to_place, to_heading = _foothold(plans, cycle + 1.0, sign, ahead)
    # Over the floor, a swinging foot goes from where its toe left to where its heel will strike.
    forward_from, up_from = rolled(body, np.where(phase < _TOE_OFF, pitch, toe_off))
    forward_to, up_to = rolled(body, -strike + np.zeros_like(pitch))
    start = _placed(from_place, from_heading, forward_from, up_from)
    end = _placed(to_place, to_heading, forward_to, up_to)
    ankle = start + (end - start) * step
    ankle[2] += column(plans, "clearance") * bump(swing)
    heading = from_heading + (to_heading - from_heading) * step
    rotation = rot.compose(rot.about("z", heading), rot.about("y", pitch))
    pinned = np.stack([phase < _HEEL_OFF, (phase >= _FLAT) & (phase <= _TOE_OFF)], axis=-1)
    return Foot(ankle, rotation), pinned


def _foothold(
    plans: list[WalkPlan], cycle: Float[np.ndarray, "batch time"], sign: float, ahead: float
) -> tuple[Float[np.ndarray, "2 batch time"], Float[np.ndarray, "batch time"]]:
    """Return where (point under the ankle) and at which heading a foot stands during one of its cycles."""
    stride = 2.0 * column(plans, "step_length")
    place, heading = _path(
        (cycle + _MID_STANCE - ahead - column(plans, "first_phase")) * stride, column(plans, "curvature")
    )
    aside = sign * column(plans, "half_width")
    place = place + aside * np.stack([-np.sin(heading), np.cos(heading)])
    return place, heading + sign * column(plans, "toe_out")


def _placed(
    place: Float[np.ndarray, "2 batch time"],
    heading: Float[np.ndarray, "batch time"],
    forward: Float[np.ndarray, "batch time"],
    up: Float[np.ndarray, "batch time"],
) -> Float[np.ndarray, "3 batch time"]:
    return np.stack([place[0] + forward * np.cos(heading), place[1] + forward * np.sin(heading), up])


def _pelvis(
    plans: list[WalkPlan], stride: Float[np.ndarray, "batch time"], time_s: Float[np.ndarray, "batch time"]
) -> Pelvis:
    """Return the pelvis's path with the bob, sway, turn and list of a stride; its height is still open."""
    speed = 2.0 * column(plans, "step_length") * column(plans, "stride_hz")
    place, heading = _path(speed * time_s, column(plans, "curvature"))
    over_left = np.cos(2.0 * np.pi * (stride - _MID_STANCE))
    place = place + column(plans, "sway") * over_left * np.stack([-np.sin(heading), np.cos(heading)])
    bob = column(plans, "bob") * np.cos(4.0 * np.pi * (stride - _MID_STANCE))
    yaw = heading - column(plans, "turn") * np.cos(2.0 * np.pi * stride)
    lean = column(plans, "lean") + np.zeros_like(yaw)
    return Pelvis(np.stack([place[0], place[1], bob]), yaw, lean, column(plans, "drop") * over_left)


def _steadied(body: BodyBatch, pelvis: Pelvis, feet: dict[str, Foot], upper: Angles) -> Pelvis:
    """Return the pelvis moved so that the centre of mass, not the pelvis, follows the path, at a height the legs reach.

    Swinging legs would otherwise be thrown by the floor alone: the friction a constant-speed pelvis needs is twice a
    walker's.
    """
    place = Placement(body, pelvis, feet, upper)
    path, position = pelvis.position[:2], pelvis.position
    for _ in range(_STEADY_PASSES):
        position = place.just_reached(position)
        error = place.centre_of_mass(position)[:2] - path
        lead = error.mean(axis=-1, keepdims=True)  # the trunk may be ahead of the pelvis
        position = place.over(position, path + lead, passes=1)
    return replace(pelvis, position=place.just_reached(position))


def _swing_arms(arms: Angles, plans: list[WalkPlan], stride: Float[np.ndarray, "batch time"]) -> None:
    for index, (side, opposite) in enumerate((("left", 0.5), ("right", 0.0))):
        forward = np.cos(2.0 * np.pi * (stride - opposite - _ARM_LAG))
        arms[f"{side}_upper_arm.y"] = arms[f"{side}_upper_arm.y"] - column(plans, "swing", index) * forward
        arms[f"{side}_forearm.y"] = arms[f"{side}_forearm.y"] - column(plans, "elbow") * (1.0 + forward)
