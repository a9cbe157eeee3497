"""Walking: footholds along a straight or gently bending path, each foot rolling over heel, sole and ball without sliding.

The stance foot turns about its heel until it is flat, stands, and turns about its ball until it leaves the floor; the
contact point never moves. What is not modelled: toe joint, heel-strike impact, starting and stopping, and a centre of
pressure that the step pattern would have to be solved for (the gate checks force and friction, not support).
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.core.exercises import Exercise
from qleap_edge.physics import randomize
from qleap_edge.physics import rotations as rot
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.arms import ArmPlan, arm_angles, draw_arms
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.exercises.protocol import Gate, Motion
from qleap_edge.physics.exercises.standing import TRUNK_WANDER_CHANNELS, column, trunk_angles
from qleap_edge.physics.kinematics import (
    Angles,
    BodyBatch,
    Foot,
    Leg,
    Pelvis,
    UpperBody,
    leg_angles,
    legs_moment,
    solve_leg,
)
from qleap_edge.physics.trajectory import Wander, bump, quintic, wander

# Shares of one stride, from this foot's heel strike; Perry and Burnfield 2010, Gait Analysis, ch. 1.
_FLAT, _HEEL_OFF, _TOE_OFF = 0.10, 0.32, 0.60
# The pelvis passes over the foot before half of stance, because the heel rises behind it.
_MID_STANCE = 0.24
_MAX_REACH = 0.991  # share of the leg's length: the knee keeps about 15° of flexion, clear of its singularity
_STEADY_PASSES = 2
_PELVIS_SHARE = 0.85  # of a pelvis shift arrives at the centre of mass: the feet stay
_ARM_LAG = 0.04  # strides; the arm reaches its front end a little after the opposite heel strikes


@dataclass(frozen=True)
class WalkPlan:
    """One sequence; angles in rad, lengths in m."""

    posture: str
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
    trunk: Wander


class Walk:
    """Walking, id 6."""

    name: Exercise = "walk"
    scored = False
    gate = Gate(support=False, friction=0.6)

    def draw(self, subject: Subject, duration_s: float, rng: np.random.Generator) -> WalkPlan:
        """Draw one sequence."""
        posture = randomize.choose(rng, randomize.WALK_ARMS)
        share = 1.0 if posture == "swing" else 0.2
        swing = share * np.radians(randomize.ARM_SWING_DEG.draw(rng))
        side = rng.uniform(0.8, 1.2, 2)
        degrees = {name: np.radians(law.draw(rng)) for name, law in _ANGLES.items()}
        return WalkPlan(
            posture=posture,
            stride_hz=randomize.STEP_RATE_HZ.draw(rng) / 2.0,
            step_length=randomize.STEP_LENGTH_RATIO.draw(rng) * subject.stature_m,
            half_width=randomize.STEP_HALF_WIDTH_M.draw(rng),
            curvature=randomize.PATH_CURVATURE_1_M.draw(rng),
            first_phase=float(rng.uniform()),
            bob=randomize.PELVIS_BOB_M.draw(rng),
            sway=randomize.PELVIS_SWAY_M.draw(rng),
            swing=(swing * side[0], swing * side[1]),
            elbow=share * np.radians(randomize.ELBOW_SWING_DEG.draw(rng)),
            clearance=randomize.FOOT_CLEARANCE_M.draw(rng),
            arms=draw_arms(rng, [posture], []),
            trunk=Wander.draw(rng, np.full(TRUNK_WANDER_CHANNELS, np.radians(randomize.TRUNK_WANDER_DEG.draw(rng)))),
            **degrees,
        )

    def motion(self, plans: list[WalkPlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> Motion:
        """Return the kinematics along the path."""
        stride = column(plans, "stride_hz") * time_s + column(plans, "first_phase")  # left foot's gait clock
        feet, pinned = {}, []
        for side, sign, ahead in (("left", 1.0, 0.0), ("right", -1.0, 0.5)):
            feet[side], contact = _foot(plans, body, stride + ahead, time_s, sign, ahead)
            pinned.append(contact)
        pelvis = _pelvis(plans, stride, time_s)
        arms, _ = arm_angles([plan.arms for plan in plans], time_s)
        _swing_arms(arms, plans, stride)
        turn = 1.7 * column(plans, "turn") * np.cos(2.0 * np.pi * stride)
        upper = arms | trunk_angles(wander([plan.trunk for plan in plans], time_s), side_bend=-pelvis.roll, turn=turn)
        path = pelvis.position[:2]
        reduced = UpperBody.of(body, upper)
        shoulders = {side: upper[f"{side}_upper_arm.y"] for side, _ in SIDES}
        inside = reduced.total_moment(shoulders)  # nothing above the hips depends on where the pelvis goes
        turned = rot.from_zyx(pelvis.yaw, pelvis.pitch, pelvis.roll)
        for _ in range(_STEADY_PASSES):
            pelvis, legs = _stood(body, pelvis, turned, feet)
            moment, mass = legs_moment(body, legs, feet)
            moment = moment + reduced.mass * pelvis.position + rot.rotate(turned, inside)
            pelvis = _steadied(pelvis, path, moment / (mass + reduced.mass))
        pelvis, legs = _stood(body, pelvis, turned, feet)
        angles = upper | leg_angles(body, turned, legs, feet)
        return Motion(pelvis, angles, legs["left"].reachable & legs["right"].reachable, np.concatenate(pinned, axis=-1))


_ANGLES = {
    "toe_out": randomize.WALK_TOE_OUT_DEG,
    "turn": randomize.PELVIS_TURN_DEG,
    "drop": randomize.PELVIS_LIST_DEG,
    "lean": randomize.WALK_LEAN_DEG,
    "toe_off": randomize.TOE_OFF_PITCH_DEG,
    "heel_strike": randomize.HEEL_STRIKE_PITCH_DEG,
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
    forward_from, up_from = _rolled(body, np.where(phase < _TOE_OFF, pitch, toe_off))
    forward_to, up_to = _rolled(body, -strike + np.zeros_like(pitch))
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


def _rolled(
    body: BodyBatch, pitch: Float[np.ndarray, "batch time"]
) -> tuple[Float[np.ndarray, "batch time"], Float[np.ndarray, "batch time"]]:
    """Return the ankle's forward and upward place over a foothold when the foot is turned about its ball or its heel."""
    pivot = np.where(pitch > 0.0, body.length["foot_ball"], -body.length["foot_heel"])
    height = body.length["ankle_height"]
    return pivot - pivot * np.cos(pitch) + height * np.sin(pitch), pivot * np.sin(pitch) + height * np.cos(pitch)


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


def _stood(
    body: BodyBatch, pelvis: Pelvis, turned: Float[np.ndarray, "3 3 batch time"], feet: dict[str, Foot]
) -> tuple[Pelvis, dict[str, Leg]]:
    """Return the pelvis shifted up or down, the same for all samples, to where the legs just reach the feet; and the legs."""
    longest = _MAX_REACH * (body.length["thigh"] + body.length["shank"])
    hips = {side: pelvis.position + rot.rotate(turned, body.offset[f"{side}_thigh"]) for side, _ in SIDES}
    room = []
    for side, hip in hips.items():
        apart = (hip[0] - feet[side].ankle[0]) ** 2 + (hip[1] - feet[side].ankle[1]) ** 2
        room.append(feet[side].ankle[2] + np.sqrt(np.maximum(longest**2 - apart, 0.01)) - hip[2])
    up = np.minimum(*room).min(axis=1, keepdims=True)
    shift = np.stack([0.0 * up, 0.0 * up, up])
    legs = {side: solve_leg(body, hips[side] + shift, feet[side], sign) for side, sign in SIDES}
    return replace(pelvis, position=pelvis.position + shift), legs


def _steadied(
    pelvis: Pelvis, path: Float[np.ndarray, "2 batch time"], centre: Float[np.ndarray, "3 batch time"]
) -> Pelvis:
    """Return the pelvis moved so that the centre of mass, not the pelvis, follows the path.

    Swinging legs would otherwise be thrown by the floor alone: the friction a constant-speed pelvis needs is twice a
    walker's.
    """
    error = centre[:2] - path
    error = error - error.mean(axis=-1, keepdims=True)
    x, y, z = pelvis.position
    return replace(pelvis, position=np.stack([x - error[0] / _PELVIS_SHARE, y - error[1] / _PELVIS_SHARE, z]))


def _swing_arms(arms: Angles, plans: list[WalkPlan], stride: Float[np.ndarray, "batch time"]) -> None:
    for index, (side, opposite) in enumerate((("left", 0.5), ("right", 0.0))):
        forward = np.cos(2.0 * np.pi * (stride - opposite - _ARM_LAG))
        arms[f"{side}_upper_arm.y"] = arms[f"{side}_upper_arm.y"] - column(plans, "swing", index) * forward
        arms[f"{side}_forearm.y"] = arms[f"{side}_forearm.y"] - column(plans, "elbow") * (1.0 + forward)
