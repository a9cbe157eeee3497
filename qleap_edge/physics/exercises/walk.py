"""Walking: footholds along a straight or gently bending path, each foot rolling over heel, sole and ball without sliding.

The stance foot turns about its heel until it is flat, stands, and turns about its ball until it leaves the floor; the
contact point never moves. A walker may start and stop: the path's speed rises and falls smoothly, footholds follow the path,
and a foot that does not get ahead does not leave the floor. What is not modelled: toe joint, heel-strike impact, and a
centre of pressure that the step pattern would have to be solved for (force and friction are checked, support is not). The
pelvis keeps one height that every step reaches, so knees are bent by 35°, more than people's 10 to 20°.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int8

from qleap_edge.core.exercises import Exercise
from qleap_edge.physics import rotations as rot
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.arms import ArmPlan, arm_angles, draw_arms
from qleap_edge.physics.balance import PelvisPlacement
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
from qleap_edge.physics.kinematics import Angles, BodyBatch, Foot, Pelvis
from qleap_edge.physics.load import NO_LOAD, Load
from qleap_edge.physics.motion_targets import MotionTargets
from qleap_edge.physics.randomize import Distributions
from qleap_edge.physics.trajectory import bump, quintic

# Shares of one stride, from this foot's heel strike; Perry and Burnfield 2010, Gait Analysis, ch. 1.
_FLAT, _HEEL_OFF, _TOE_OFF = 0.10, 0.32, 0.60
# The pelvis passes over the foot before half of stance, because the heel rises behind it.
_MID_STANCE = 0.24
_STEADY_PASSES = 2
_EFFORT = 0.5  # of the jitter of exercising arms
_RAMP_S = 1.0  # from standing to full speed, and back
_RISE_S, _STANDING_REACH = 0.8, 0.98  # from the height of steps to that of standing, as a share of the leg's length
_FIRST_HEEL_STRIDES = 1.0 - _HEEL_OFF + _MID_STANCE  # from a heel-off to passing over that foot's next foothold
_SETTLED_STRIDES = 1.35  # after the path has come to its end, both feet have too
_UNMOVED = 1e-9  # of a stride: rounding, not a step
_ARM_LAG = 0.04  # strides; the arm reaches its front end a little after the opposite heel strikes


@dataclass(frozen=True)
class WalkPlan:
    """One sequence; angles in rad, lengths in m."""

    posture: str
    load: Load
    footing: Footing
    """Only its trunk's involuntary motion is used; the feet follow the path."""
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
    starts_s: float = -np.inf
    stops_s: float = np.inf
    """When the path's speed begins to rise, and to fall."""

    @property
    def steps_off_s(self) -> float:
        """How long before the path's speed begins to rise a heel may leave the floor."""
        return _FIRST_HEEL_STRIDES / self.stride_hz

    @property
    def settles_s(self) -> float:
        """How long after it begins to stop a walker stands on both feet."""
        return _RAMP_S + _SETTLED_STRIDES / self.stride_hz


class Walk:
    """Walking, id 6."""

    name: Exercise = "walk"
    forward = False
    feasibility_limits = FeasibilityLimits(support_margin_m=None)

    def draw(
        self, subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
    ) -> WalkPlan:
        """Draw one sequence."""
        posture = distributions.walk_arms.draw(rng)
        share = 1.0 if posture == "swing" else 0.2
        swing = share * np.radians(distributions.arm_swing_deg.draw(rng))
        side = rng.uniform(0.8, 1.2, 2)
        degrees = {
            name: float(np.radians(getattr(distributions, distribution).draw(rng)))
            for name, distribution in _ANGLES.items()
        }
        return WalkPlan(
            posture=posture,
            load=NO_LOAD,
            footing=draw_footing(distributions, rng),
            stride_hz=distributions.step_rate_hz.draw(rng) / 2.0,
            step_length=distributions.step_length_ratio.draw(rng) * subject.stature_m,
            half_width=distributions.step_half_width_m.draw(rng),
            curvature=distributions.path_curvature_1_m.draw(rng),
            first_phase=float(rng.uniform()),
            bob=distributions.pelvis_bob_m.draw(rng),
            sway=distributions.pelvis_sway_m.draw(rng),
            swing=(swing * side[0], swing * side[1]),
            elbow=share * np.radians(distributions.elbow_swing_deg.draw(rng)),
            clearance=distributions.foot_clearance_m.draw(rng),
            arms=draw_arms(GripDraw(subject, rng), distributions, [posture], [], duration_s),
            **degrees,
        )

    def targets(self, plans: list[WalkPlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]) -> MotionTargets:
        """Return the targets along the path."""
        stride = column(plans, "stride_hz") * time_s + column(plans, "first_phase")  # left foot's gait clock
        feet, contact_mask = {}, []
        for side, sign, ahead in (("left", 1.0, 0.0), ("right", -1.0, 0.5)):
            feet[side], contact = _foot(plans, body, stride + ahead, time_s, sign, ahead)
            contact_mask.append(contact)
        pelvis = _pelvis(plans, stride, time_s)
        arms, _ = arm_angles([plan.arms for plan in plans], time_s, _EFFORT)
        _swing_arms(arms, plans, stride, _pace(plans, time_s))
        turn = 1.7 * column(plans, "turn") * np.cos(2.0 * np.pi * stride) * _pace(plans, time_s)
        upper = arms | trunk_angles(plans, time_s, side_bend=-pelvis.roll, turn=turn)
        steadied = _risen(body, plans, _steadied(body, pelvis, feet, upper), time_s)
        return MotionTargets(steadied, upper, feet, None, np.concatenate(contact_mask, axis=-1))

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


def standing_place(plan: WalkPlan, time_s: float) -> tuple[float, float, float]:
    """Return x, y (m) and heading (rad) of a walker who has stopped before ``time_s``, from where time 0 began."""
    place, heading = _path(_distance([plan], np.array([[time_s]])), np.array([[plan.curvature]]))
    return float(place[0, 0, 0]), float(place[1, 0, 0]), float(heading[0, 0])


def _pace(plans: list[WalkPlan], time_s: Float[np.ndarray, "batch time"]) -> Float[np.ndarray, "batch time"]:
    """Return the speed along the path over its full speed."""
    started, stopped = (time_s - column(plans, name) for name in ("starts_s", "stops_s"))
    return quintic(started / _RAMP_S) - quintic(stopped / _RAMP_S)


def _distance(plans: list[WalkPlan], time_s: Float[np.ndarray, "batch time"]) -> Float[np.ndarray, "batch time"]:
    """Return how far along the path a walker is, m: the integral of speed times pace."""

    def since(name: str, otherwise: Float[np.ndarray, "batch time"]) -> Float[np.ndarray, "batch time"]:
        at = column(plans, name)
        known = np.isfinite(at)
        s = (time_s - np.where(known, at, 0.0)) / _RAMP_S
        inside = np.clip(s, 0.0, 1.0)
        travelled = _RAMP_S * (inside**4 * (2.5 + inside * (inside - 3.0)) + np.maximum(s - 1.0, 0.0))
        return np.where(known, travelled, otherwise)

    speed = 2.0 * column(plans, "step_length") * column(plans, "stride_hz")
    return speed * (since("starts_s", time_s) - since("stops_s", np.zeros_like(time_s)))


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
    before, here, there = (_foothold_distance(plans, cycle + number, ahead) for number in (-1.0, 0.0, 1.0))
    came, goes = ((b - a) / (2.0 * column(plans, "step_length")) for a, b in ((before, here), (here, there)))
    came, goes = (np.where(share > _UNMOVED, share, 0.0) for share in (came, goes))  # of a full stride
    strike, next_strike = (column(plans, "heel_strike") * share for share in (came, goes))
    # While the walker slows down, the body is already far ahead of the last foot that steps, so its heel rises as usual.
    toe_off = column(plans, "toe_off") * (1.0 - (1.0 - np.minimum(goes, 1.0)) ** 3)
    pitch = (
        -strike * (1.0 - quintic(phase / _FLAT))
        + toe_off * quintic((phase - _HEEL_OFF) / (_TOE_OFF - _HEEL_OFF))
        - (toe_off + next_strike) * step
    )
    from_place, from_heading = _foothold(plans, here, sign)
    to_place, to_heading = _foothold(plans, there, sign)
    # Over the floor, a swinging foot goes from where its toe left to where its heel will strike.
    forward_from, up_from = rolling_ankle(body, np.where(phase < _TOE_OFF, pitch, toe_off))
    forward_to, up_to = rolling_ankle(body, -next_strike)
    start = _placed(from_place, from_heading, forward_from, up_from)
    end = _placed(to_place, to_heading, forward_to, up_to)
    ankle = start + (end - start) * step
    ankle[2] += column(plans, "clearance") * goes * bump(swing)
    heading = from_heading + (to_heading - from_heading) * step
    rotation = rot.compose(rot.about("z", heading), rot.about("y", pitch))
    stays = goes == 0.0
    on_heel, on_ball = phase < _HEEL_OFF, (phase >= _FLAT) & (phase <= _TOE_OFF)
    contact_mask = np.stack([on_heel | stays, on_ball | (stays & ((phase >= _FLAT) | (came == 0.0)))], axis=-1)
    return Foot(ankle, rotation), contact_mask


def _foothold_distance(
    plans: list[WalkPlan], cycle: Float[np.ndarray, "batch time"], ahead: float
) -> Float[np.ndarray, "batch time"]:
    """Return how far along the path a foot stands during one of its cycles, m: where the body is as it passes over."""
    passes = (cycle + _MID_STANCE - ahead - column(plans, "first_phase")) / column(plans, "stride_hz")
    return _distance(plans, passes)


def _foothold(
    plans: list[WalkPlan], distance: Float[np.ndarray, "batch time"], sign: float
) -> tuple[Float[np.ndarray, "2 batch time"], Float[np.ndarray, "batch time"]]:
    """Return where (point under the ankle) and at which heading a foot stands that far along the path."""
    place, heading = _path(distance, column(plans, "curvature"))
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
    place, heading = _path(_distance(plans, time_s), column(plans, "curvature"))
    pace = _pace(plans, time_s)
    over_left = np.cos(2.0 * np.pi * (stride - _MID_STANCE)) * pace
    place = place + column(plans, "sway") * over_left * np.stack([-np.sin(heading), np.cos(heading)])
    bob = column(plans, "bob") * np.cos(4.0 * np.pi * (stride - _MID_STANCE)) * pace
    yaw = heading - column(plans, "turn") * np.cos(2.0 * np.pi * stride) * pace
    lean = column(plans, "lean") + np.zeros_like(yaw)
    return Pelvis(np.stack([place[0], place[1], bob]), yaw, lean, column(plans, "drop") * over_left)


def _steadied(body: BodyBatch, pelvis: Pelvis, feet: dict[str, Foot], upper: Angles) -> Pelvis:
    """Return the pelvis moved so that the centre of mass, not the pelvis, follows the path, at a height the legs reach.

    With a pelvis of constant speed the floor would have to accelerate the swinging legs, by twice the friction of a real
    walk.
    """
    place = PelvisPlacement(body, pelvis, feet, upper)
    path, position = pelvis.position[:2], pelvis.position
    for _ in range(_STEADY_PASSES):
        position = place.at_leg_reach(position)
        error = place.centre_of_mass(position)[:2] - path
        lead = error.mean(axis=-1, keepdims=True)  # the trunk may be ahead of the pelvis
        position = place.with_com_at(position, path + lead, passes=1)
    return replace(pelvis, position=place.at_leg_reach(position))


def _risen(body: BodyBatch, plans: list[WalkPlan], pelvis: Pelvis, time_s: Float[np.ndarray, "batch time"]) -> Pelvis:
    """Return the pelvis as high as legs stand before the first step and after the last; steps need it lower."""
    stride_s = 1.0 / column(plans, "stride_hz")
    sinks = quintic((time_s - column(plans, "starts_s")) / _RISE_S + 1.0)
    rises = quintic(
        (time_s - column(plans, "stops_s") - _RAMP_S - 0.5 * stride_s) / ((_SETTLED_STRIDES - 0.5) * stride_s)
    )
    standing = 1.0 - sinks + rises
    tall = body.length["ankle_height"] + _STANDING_REACH * (body.length["thigh"] + body.length["shank"])
    x, y, z = pelvis.position
    return replace(pelvis, position=np.stack([x, y, z + standing * (tall - z)]))


def _swing_arms(
    arms: Angles,
    plans: list[WalkPlan],
    stride: Float[np.ndarray, "batch time"],
    pace: Float[np.ndarray, "batch time"],
) -> None:
    for index, (side, opposite) in enumerate((("left", 0.5), ("right", 0.0))):
        forward = np.cos(2.0 * np.pi * (stride - opposite - _ARM_LAG))
        arms[f"{side}_upper_arm.y"] = arms[f"{side}_upper_arm.y"] - column(plans, "swing", index) * forward * pace
        arms[f"{side}_forearm.y"] = arms[f"{side}_forearm.y"] - column(plans, "elbow") * (1.0 + forward) * pace
