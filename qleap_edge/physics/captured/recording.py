"""A captured recording as functions of its own time, ready to be played on the body of somebody else.

Angles carry over. The paths of pelvis, feet and centre of mass are stored about the middle of the footholds and scale with the
length of the legs; knees are stored as the share of their circle by which they lie inside the plane of leg and foot.
"""

import itertools
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float
from scipy.interpolate import BSpline, make_interp_spline
from scipy.signal import butter, sosfiltfilt
from scipy.spatial.transform import Rotation

from qleap_edge.physics import rotations as rot
from qleap_edge.physics.body import HINGES, QPOS, SIDES
from qleap_edge.physics.captured.footholds import Footholds
from qleap_edge.physics.captured.library import CapturedRecording
from qleap_edge.physics.captured.placing import placed_feet, room_above
from qleap_edge.physics.captured.sample import ARM_HINGES, UPPER_HINGES, FootSample, MotionSample
from qleap_edge.physics.kinematics import Angles, BodyBatch, Foot, LegMasses, Pelvis, UpperBody, solve_leg

LOW_PASS_HZ = 6.0
"""Zero-phase limit of the captured angles: what lies above is mostly the motion of markers on skin, squared by derivatives."""

_ORDER = 5  # of the spline; it is four times differentiable
_LOW_M, _HEEL_LOW_M = 0.04, 0.035  # a ball and a heel are on the floor below this, over the standing ball
_STANDING_SHARE = 0.1  # of the samples: the height of a standing ball is this quantile
_SHORT_SHARE = 0.02  # of the time in which a leg may be a little too short for the captured height
_SLOW_M_S = 0.25  # a ball that moves faster does not stand
_CREEP_M, _CREEP_HEIGHT_M = 0.06, 0.09
_REST_S = 0.06  # time constant with which the clock stops at either end
_MOST_ROLL_RAD = 0.6  # of a standing foot, to its edge
_LEAST_RADIUS_M = 0.06  # of the knee's circle, below which the share is damped: a straight leg has no plane
_MOST_SHARE = 0.75


@dataclass(frozen=True)
class _PlayedFoot:
    balls: Footholds
    heels: Footholds
    held: Float[np.ndarray, "holds 3"]
    """x, y (m) and turn about z (rad) of each foothold."""
    yaw: float


class PlayedRecording:
    """A recording's channels as splines, with its footholds."""

    def __init__(self, recording: CapturedRecording) -> None:
        self.recording = recording
        subject = recording.person.subject()
        body = BodyBatch.stack([subject])
        rate = recording.rate_hz
        position, angles, hinges = _smooth(recording)
        pelvis = Pelvis(position[:, None], *angles[:, None])
        feet, shares = _legs(body, pelvis, hinges)
        self.leg_m = subject.lengths["thigh"] + subject.lengths["shank"]
        self.duration_s = recording.duration_s
        self._feet: dict[str, _PlayedFoot] = {}
        channels: list[Float[np.ndarray, " time"]] = []
        balls = {}
        for side, _ in SIDES:
            foot, ball, turn = _foot(feet[side], body, rate)
            self._feet[side], balls[side] = foot, ball
            channels += [*ball, *turn, shares[side]]
        middle = np.mean([ball[:2].mean(axis=1) for ball in balls.values()], axis=0)
        for index, side in enumerate(balls):
            foot = self._feet[side]
            foot.held[:, :2] -= middle
            for axis in range(2):
                channels[7 * index + axis] = channels[7 * index + axis] - middle[axis]
        centre = _centre_of_mass(body, pelvis, hinges, feet)[:2] - middle[:, None]
        low = min(float(np.quantile(ball[2], _STANDING_SHARE)) for ball in balls.values())
        height = position[2] - low - subject.lengths["ankle_height"]
        channels += [position[0] - middle[0], position[1] - middle[1], height, *angles, *centre]
        channels += [hinges[name][0] for name in UPPER_HINGES]
        self.busier_side = max(
            (side for side, _ in SIDES),
            key=lambda side: sum(float(np.var(hinges[name])) for name in ARM_HINGES if name.startswith(side)),
        )
        """The side whose arm moves more."""
        time = np.arange(len(height)) / rate
        self._spline: BSpline = make_interp_spline(time, np.stack(channels, axis=1), k=_ORDER)
        self._speed: BSpline = make_interp_spline(time, height, k=_ORDER).derivative()
        self._lower_m = 0.0
        self._lower_m = self._too_high(body, time)

    def _too_high(self, body: BodyBatch, time_s: Float[np.ndarray, " time"]) -> float:
        """Return how much lower the pelvis has to be, so that planted feet are within reach nearly always, m."""
        sample = self.sample(time_s)
        feet, _ = placed_feet([sample], body, np.ones((1, 1)))
        path = sample.pelvis[:, None] + np.array([0.0, 0.0, 1.0])[:, None, None] * body.length["ankle_height"]
        room = room_above(body, Pelvis(path, *sample.angles[:, None]), feet)
        short = -np.minimum(*(room[side] + sample.feet[side].free for side, _ in SIDES))
        return max(0.0, float(np.quantile(short, 1.0 - _SHORT_SHARE)))

    def sample(self, at_s: Float[np.ndarray, " time"]) -> MotionSample:
        """Return the motion at times of the recording; before its start and after its end it comes to rest."""
        after = _REST_S * np.logaddexp(0.0, at_s / _REST_S)
        inside = np.clip(self.duration_s - _REST_S * np.logaddexp(0.0, (self.duration_s - after) / _REST_S), 0.0, None)
        values = self._spline(inside).T
        feet = {}
        for index, (side, _) in enumerate(SIDES):
            feet[side] = _sampled_foot(self._feet[side], values[7 * index : 7 * index + 7], inside)
        rest = values[14:]
        pelvis = rest[:3] - np.array([[0.0], [0.0], [self._lower_m]])
        return MotionSample(pelvis, rest[3:6], rest[8:], rest[6:8], feet, self._speed(inside))


@lru_cache(maxsize=512)
def played(recording: CapturedRecording) -> PlayedRecording:
    """Return the prepared recording; each process prepares it once."""
    return PlayedRecording(recording)


def _sampled_foot(
    foot: _PlayedFoot, values: Float[np.ndarray, "7 time"], at_s: Float[np.ndarray, " time"]
) -> FootSample:
    free, held = foot.balls.released(at_s), foot.balls.place(foot.held, at_s)
    heel_free = foot.heels.released(at_s)
    ball = np.stack([*(held[:2] + free * (values[:2] - held[:2])), free * values[2]])
    turn = np.stack([free * values[3], heel_free * values[4], held[2] + free * (values[5] - held[2])])
    down = free == 0.0
    return FootSample(
        ball,
        foot.yaw,
        turn,
        (1.0 - free) * _MOST_ROLL_RAD * np.tanh(values[3] / _MOST_ROLL_RAD),
        free,
        down & (heel_free == 0.0),
        down,
        values[6],
    )


def _smooth(
    recording: CapturedRecording,
) -> tuple[Float[np.ndarray, "3 time"], Float[np.ndarray, "3 time"], Angles]:
    """Return low-passed position, yaw-pitch-roll and hinges of a recording."""
    qpos = recording.qpos
    w, x, y, z = (qpos[:, 3:7] / np.linalg.norm(qpos[:, 3:7], axis=1, keepdims=True)).T
    yaw = np.unwrap(np.arctan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z)))
    pitch = np.arcsin(np.clip(2.0 * (w * y - z * x), -1.0, 1.0))
    roll = np.arctan2(2.0 * (w * x + y * z), 1.0 - 2.0 * (x * x + y * y))
    raw = np.concatenate([qpos[:, :3], np.stack([yaw, pitch, roll], axis=1), qpos[:, 7:]], axis=1)
    smooth = sosfiltfilt(butter(2, LOW_PASS_HZ, fs=recording.rate_hz, output="sos"), raw, axis=0).T
    return smooth[:3], smooth[3:6], {name: smooth[6 + QPOS[name] - 7][None] for name in HINGES}


def _legs(
    body: BodyBatch, pelvis: Pelvis, hinges: Angles
) -> tuple[dict[str, Foot], dict[str, Float[np.ndarray, " time"]]]:
    """Return the feet that the angles lead to, and how far each knee lies inside the plane of its leg and foot."""
    turned = rot.from_zyx(pelvis.yaw, pelvis.pitch, pelvis.roll)
    feet, shares = {}, {}
    for side, sign in SIDES:
        hip = pelvis.position + rot.rotate(turned, body.offset[f"{side}_thigh"])
        thigh = rot.compose(turned, _turn(hinges, f"{side}_thigh", sign))
        knee = hip - body.length["thigh"] * thigh[:, 2]
        shank = rot.compose(thigh, rot.about("y", hinges[f"{side}_shank.y"]))
        ankle = knee - body.length["shank"] * shank[:, 2]
        feet[side] = Foot(ankle, rot.compose(shank, _turn(hinges, f"{side}_foot", sign)))
        flat = solve_leg(body, hip, feet[side], sign)
        inwards = -sign * rot.dot(knee - flat.knee, feet[side].rotation[:, 1])
        radius = np.sqrt(rot.dot(flat.knee - hip, flat.direction) ** 2)
        share = inwards / np.sqrt(radius**2 + _LEAST_RADIUS_M**2)
        shares[side] = (_MOST_SHARE * np.tanh(share / _MOST_SHARE))[0]
    return feet, shares


def _turn(hinges: Angles, name: str, sign: float) -> Float[np.ndarray, "3 3 1 time"]:
    return rot.from_yxz(hinges[f"{name}.y"], sign * hinges[f"{name}.x"], sign * hinges[f"{name}.z"])


def _foot(
    foot: Foot, body: BodyBatch, rate_hz: float
) -> tuple[_PlayedFoot, Float[np.ndarray, "3 time"], Float[np.ndarray, "3 time"]]:
    """Return the footholds of a foot, the path of its ball over the floor, and its rotation vector after its mean yaw."""
    down = body.length["ankle_height"]
    ball = (foot.ankle + foot.rotation[:, 0] * body.length["foot_ball"] - foot.rotation[:, 2] * down)[:, 0]
    heel = (foot.ankle - foot.rotation[:, 0] * body.length["foot_heel"] - foot.rotation[:, 2] * down)[:, 0]
    floor = float(np.quantile(ball[2], _STANDING_SHARE))
    speed = np.hypot(*(np.gradient(ball[axis], 1.0 / rate_hz) for axis in range(2)))
    standing = (ball[2] < floor + _LOW_M) & (speed < _SLOW_M_S)
    balls = Footholds.where(_without_creep(standing, ball, floor), rate_hz)
    on_ball = balls.released(np.arange(len(standing)) / rate_hz) == 0.0
    heels = Footholds.where((heel[2] < floor + _HEEL_LOW_M) & on_ball, rate_hz)
    forward = foot.rotation[:2, 0, 0].T[on_ball] if on_ball.any() else foot.rotation[:2, 0, 0].T
    yaw = float(np.arctan2(np.median(forward[:, 1]), np.median(forward[:, 0])))
    unturned = rot.compose(rot.about("z", np.full_like(ball[:1], -yaw)), foot.rotation)[:, :, 0]
    turn = Rotation.from_matrix(np.moveaxis(unturned, 2, 0)).as_rotvec().T
    path = np.stack([ball[0], ball[1], ball[2] - floor])
    rows = [balls.rows(index, len(standing), rate_hz) for index in range(len(balls.start_s))]
    held = np.array([[*np.median(ball[:2, row], axis=1), np.median(turn[2, row])] for row in rows]).reshape(-1, 3)
    return _PlayedFoot(balls, heels, held, yaw), path, turn


def _without_creep(
    standing: Bool[np.ndarray, " time"], ball: Float[np.ndarray, "3 time"], floor: float
) -> Bool[np.ndarray, " time"]:
    """Return the contact signal with those gaps filled in which the ball goes nowhere: it was turned or badly seen."""
    found = standing.copy()
    edges = np.flatnonzero(np.diff(standing.astype(np.int8))) + 1
    for first, after in itertools.pairwise(edges):
        if not standing[first]:
            moved = np.hypot(*(ball[:2, after] - ball[:2, first - 1]))
            if moved < _CREEP_M and ball[2, first:after].max() < floor + _CREEP_HEIGHT_M:
                found[first:after] = True
    return found


def _centre_of_mass(
    body: BodyBatch, pelvis: Pelvis, hinges: Angles, feet: dict[str, Foot]
) -> Float[np.ndarray, "3 time"]:
    """Return the captured person's centre of mass, m."""
    turned = rot.from_zyx(pelvis.yaw, pelvis.pitch, pelvis.roll)
    upper, legs = UpperBody.of(body, hinges), LegMasses(body, feet)
    solved = {}
    for side, sign in SIDES:
        hip = pelvis.position + rot.rotate(turned, body.offset[f"{side}_thigh"])
        solved[side] = solve_leg(body, hip, feet[side], sign)
    inside = upper.total_moment({side: hinges[f"{side}_upper_arm.y"] for side, _ in SIDES})
    moment = legs.moment(solved) + upper.mass * pelvis.position + rot.rotate(turned, inside)
    return np.asarray(moment / (legs.mass + upper.mass))[:, 0]
