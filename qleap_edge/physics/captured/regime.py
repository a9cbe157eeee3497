"""The regime ``captured``: the motion of a captured person on the body of a drawn one, as an exercise model.

A sequence is a stretch of one recording on a warped clock, mirrored or not, on the drawn subject's body: angles carry over,
paths scale with the length of the legs, feet are planted again exactly, and the legs follow by inverse kinematics. The arms
are the captured ones, or those of the exercise's own mixture of postures with their loads; the pelvis then moves so that the
centre of mass stays where the captured person had it. Seats are not modelled: a person who sits keeps both feet on the floor
and the ground reaction includes the seat's.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int8

from qleap_edge.core.exercises import Content
from qleap_edge.physics import rotations as rot
from qleap_edge.physics.anthropometry import Subject
from qleap_edge.physics.arms import ArmPlan, arm_angles, draw_arms
from qleap_edge.physics.balance import PelvisPlacement
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.captured.library import CapturedRecording, MotionLibrary
from qleap_edge.physics.captured.placing import drawn_in, placed_feet, within_reach
from qleap_edge.physics.captured.recording import played
from qleap_edge.physics.captured.sample import ARM_HINGES, UPPER_HINGES, MotionSample, mirrored, with_both_arms_as
from qleap_edge.physics.exercises.protocol import FeasibilityLimits
from qleap_edge.physics.exercises.standing import compensate_trunk_lean, draw_load, one_exercise
from qleap_edge.physics.grips import GripDraw
from qleap_edge.physics.kinematics import Angles, BodyBatch, Foot, Pelvis, hip_places
from qleap_edge.physics.load import NO_LOAD, Load
from qleap_edge.physics.motion_targets import MotionTargets
from qleap_edge.physics.randomize import Distributions
from qleap_edge.physics.trajectory import SmoothNoise, smooth_noise

CAPTURED_ARMS = "captured"
"""Posture of a sequence whose arms are the captured ones."""
SLOWEST, FASTEST = 0.7, 1.4
"""Limits of the recording's time over the sequence's."""
_ARM_MIX = {
    "squat": "squat_arms",
    "lunge": "lunge_arms",
    "side_lunge": "side_lunge_arms",
    "sit_to_stand": "idle_arms",
    "idle": "idle_arms",
}
"""Content → the distribution of its arm postures; the captured arms of other contents are the exercise and stay."""
_OTHER_ARMS_SHARE = 0.6
_HAND_LOAD_SHARE = 0.25  # of the sequences with captured arms: a weight in each hand
_BOTH_ARMS = ("lateral_raise",)
"""Contents whose captured people raised one arm only; the watch may be on the other, so both move alike."""
_SEATED = ("sit_to_stand",)
# The fit is off by one to two centimetres, the centre of pressure by three, and for moments by more, where markers jump.
_SUPPORT_MARGIN_M, _EXCEEDING_SHARE = -0.03, 0.03
_JOINT_SLACK_DEG = 20.0
_STRONGEST_M_S2 = 28.0
_FASTEST_RAD_S = 14.0  # two markers of a wrist that change their names turn a forearm faster
_UNKNOWN_PRONATION_RAD = (-0.4, 1.3)
_WARP_SHARE = 0.18  # largest change of the tempo within a sequence, of its mean
_WARP_HZ = (0.05, 0.35)
_EFFORT_M_S = 0.15
_JITTER_HZ, _JITTER_LEVER_M, _JITTER_SINES = (3.0, 16.0), 0.3, 4
_ELBOW_SOFT_RAD = np.radians(2.0)


@dataclass(frozen=True)
class Clock:
    """The recording's time as a function of the sequence's: start, mean tempo, and one slow change of it."""

    start_s: float
    tempo: float
    change: float
    change_hz: float
    change_phase: float

    @classmethod
    def draw(cls, recording_s: float, duration_s: float, rng: np.random.Generator) -> "Clock":
        """Draw a clock that stays within the recording where it is long enough, at a tempo of 0.7 to 1.4 throughout."""
        change = float(rng.uniform(0.0, _WARP_SHARE))
        frequency = float(np.exp(rng.uniform(*np.log(_WARP_HZ))))
        phase, place = float(rng.uniform(0.0, 2.0 * np.pi)), float(rng.uniform())
        low, high = SLOWEST / (1.0 - change), FASTEST / (1.0 + change)
        tempo = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        fits = recording_s / (duration_s * (1.0 + change))
        tempo = max(low, min(tempo, fits))
        clock = cls(0.0, tempo, change, frequency, phase)
        room = recording_s - float(clock.at(np.array([duration_s]))[0])
        return cls(place * room, tempo, change, frequency, phase)

    def at(self, time_s: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
        """Return the recording's time."""
        turn = 2.0 * np.pi * self.change_hz
        wave = np.cos(self.change_phase) - np.cos(turn * time_s + self.change_phase)
        return np.asarray(self.start_s + self.tempo * (time_s + self.change / turn * wave))

    def rate(self, time_s: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
        """Return the derivative of :meth:`at`."""
        wave = np.sin(2.0 * np.pi * self.change_hz * time_s + self.change_phase)
        return np.asarray(self.tempo * (1.0 + self.change * wave))


@dataclass(frozen=True)
class CapturedPlan:
    """One sequence."""

    posture: str
    load: Load
    recording: CapturedRecording
    clock: Clock
    mirrored: bool
    arms: ArmPlan | None
    """None: the captured ones."""
    pronation: float
    """Added to that of captured arms, rad: zero where it was measured."""
    tremor: SmoothNoise
    jitter: SmoothNoise
    """Of captured arms, whose own shaking is lost with what is above the low-pass."""


class CapturedMotion:
    """The recordings of one content as an exercise model."""

    forward = False

    def __init__(self, name: Content, library: MotionLibrary) -> None:
        self.name: Content = name
        self._recordings = library.of(name)
        support = None if name in _SEATED else _SUPPORT_MARGIN_M
        self.feasibility_limits = FeasibilityLimits(
            support_margin_m=support,
            friction=0.7,
            exceeding_share=_EXCEEDING_SHARE,
            joint_slack_deg=_JOINT_SLACK_DEG,
            strongest_m_s2=_STRONGEST_M_S2,
            fastest_rad_s=_FASTEST_RAD_S,
        )

    def draw(
        self, subject: Subject, duration_s: float, distributions: Distributions, rng: np.random.Generator
    ) -> CapturedPlan:
        """Draw one sequence."""
        recording = self._recordings[int(rng.integers(len(self._recordings)))]
        clock = Clock.draw(recording.duration_s, duration_s, rng)
        mirrored = bool(rng.uniform() < 0.5)
        mix = getattr(distributions, _ARM_MIX[self.name]) if self.name in _ARM_MIX else None
        arms, posture, load = None, CAPTURED_ARMS, NO_LOAD
        if mix is not None and rng.uniform() < _OTHER_ARMS_SHARE:
            posture = mix.draw(rng)
            arms = draw_arms(GripDraw(subject, rng), distributions, [posture], [], duration_s)
            load = draw_load(posture, subject, distributions, rng)
        elif self.name not in _SEATED and rng.uniform() < _HAND_LOAD_SHARE:
            load = Load(hand_kg=distributions.curl_ratio.draw(rng) * subject.mass_kg)
        tremor, jitter = _draw_shaking(distributions, rng)
        pronation = 0.0 if recording.person.pronation_known else float(rng.uniform(*_UNKNOWN_PRONATION_RAD))
        return CapturedPlan(posture, load, recording, clock, mirrored, arms, pronation, tremor, jitter)

    def targets(
        self, plans: list[CapturedPlan], body: BodyBatch, time_s: Float[np.ndarray, "batch time"]
    ) -> MotionTargets:
        """Return the captured targets on these bodies, balanced where the captured people were."""
        samples = [_sample(plan, time) for plan, time in zip(plans, time_s, strict=True)]
        legs = np.array([[played(plan.recording).leg_m] for plan in plans])
        scale = (body.length["thigh"] + body.length["shank"]) / legs
        rates = np.stack([plan.clock.rate(time) for plan, time in zip(plans, time_s, strict=True)])
        speed = np.stack([sample.speed for sample in samples]) * rates
        effort = speed**2 / (speed**2 + _EFFORT_M_S**2)
        feet, contact_mask = placed_feet(samples, body, scale)
        yaw, pitch, roll = np.stack([sample.angles for sample in samples], axis=1)
        upper = _upper(samples)
        _shake(upper, plans, time_s, effort)
        _replace_arms(upper, plans, time_s, effort, pitch)
        for side, _ in SIDES:
            upper[f"{side}_forearm.y"] = _bent(upper[f"{side}_forearm.y"])
        path = np.stack([sample.pelvis for sample in samples], axis=1) * scale
        path[2] += body.length["ankle_height"]
        pelvis = Pelvis(path, yaw, pitch, roll)
        centre = np.stack([sample.centre_of_mass for sample in samples], axis=1) * scale
        free = {side: np.stack([sample.feet[side].free for sample in samples]) for side, _ in SIDES}
        path = within_reach(
            body, pelvis, feet, free
        )  # the search for the centre of mass is not smooth where a leg is too short
        path = PelvisPlacement(body, pelvis, feet, upper).with_com_at(path, centre)
        path = within_reach(body, Pelvis(path, yaw, pitch, roll), feet, free)
        feet = drawn_in(body, Pelvis(path, yaw, pitch, roll), feet, free)
        shift = _knee_shift(samples, body, Pelvis(path, yaw, pitch, roll), feet)
        return MotionTargets(Pelvis(path, yaw, pitch, roll), upper, feet, shift, contact_mask)

    def exercises(self, plan: CapturedPlan, time_s: Float[np.ndarray, " time"]) -> Int8[np.ndarray, " time"]:
        """Return the exercise id of each sample."""
        return one_exercise(self.name, time_s)


def _draw_shaking(distributions: Distributions, rng: np.random.Generator) -> tuple[SmoothNoise, SmoothNoise]:
    """Draw tremor, and jitter whose sines have equal acceleration, as large as that of drawn arms."""
    low, count = distributions.tremor_hz.draw(rng), len(ARM_HINGES)
    shaking = np.full(count, distributions.tremor_rad.draw(rng))
    tremor = SmoothNoise.draw(rng, shaking, low_hz=low, high_hz=1.05 * low, sines=2)
    slowest, fastest = _JITTER_HZ
    drawn = SmoothNoise.draw(rng, np.ones(count), low_hz=slowest, high_hz=fastest, sines=_JITTER_SINES)
    acceleration = distributions.arm_jitter_m_s2.draw(rng) / (np.sqrt(5.0) * _JITTER_LEVER_M)
    amplitude = acceleration * np.sqrt(2.0 / _JITTER_SINES) / (2.0 * np.pi * drawn.frequency_hz) ** 2
    return tremor, SmoothNoise(amplitude, drawn.frequency_hz, drawn.phase)


def _sample(plan: CapturedPlan, time_s: Float[np.ndarray, " time"]) -> MotionSample:
    recording = played(plan.recording)
    sample = recording.sample(plan.clock.at(time_s))
    if plan.recording.content in _BOTH_ARMS:
        sample = with_both_arms_as(sample, recording.busier_side)
    return mirrored(sample) if plan.mirrored else sample


def _upper(samples: list[MotionSample]) -> Angles:
    whole = np.stack([sample.upper for sample in samples], axis=1)
    return {name: whole[index] for index, name in enumerate(UPPER_HINGES)}


def _shake(
    upper: Angles,
    plans: list[CapturedPlan],
    time_s: Float[np.ndarray, "batch time"],
    effort: Float[np.ndarray, "batch time"],
) -> None:
    """Add tremor, the jitter of working muscles and an unknown pronation to the arms, in place."""
    moved = smooth_noise([plan.tremor for plan in plans], time_s)
    moved += effort * smooth_noise([plan.jitter for plan in plans], time_s)
    turned = np.array([[plan.pronation] for plan in plans])
    for index, name in enumerate(ARM_HINGES):
        upper[name] = upper[name] + moved[index] + (turned if name.endswith("pronation") else 0.0)


def _replace_arms(
    upper: Angles,
    plans: list[CapturedPlan],
    time_s: Float[np.ndarray, "batch time"],
    effort: Float[np.ndarray, "batch time"],
    pitch: Float[np.ndarray, "batch time"],
) -> None:
    """Put drawn arms in the place of the captured ones where the plan has some, in place."""
    rows = [row for row, plan in enumerate(plans) if plan.arms is not None]
    if not rows:
        return
    drawn, lean_compensation = arm_angles(
        [arms for plan in plans if (arms := plan.arms) is not None], time_s[rows], effort[rows]
    )
    other = {name: angle[rows] for name, angle in upper.items() if name not in ARM_HINGES} | drawn
    compensate_trunk_lean(other, lean_compensation, pitch[rows])
    for name in ARM_HINGES:
        upper[name] = upper[name].copy()
        upper[name][rows] = other[name]


def _bent(angle: Float[np.ndarray, "batch time"]) -> Float[np.ndarray, "batch time"]:
    """Keep an elbow bent: a smooth minimum of the angle and zero."""
    return np.asarray(-_ELBOW_SOFT_RAD * np.logaddexp(0.0, -angle / _ELBOW_SOFT_RAD))


def _knee_shift(
    samples: list[MotionSample], body: BodyBatch, pelvis: Pelvis, feet: dict[str, Foot]
) -> dict[str, Float[np.ndarray, "batch time"]]:
    """Return how far each knee lies inwards, m: the captured share of the circle that this leg's knee can lie on."""
    hips = hip_places(body, pelvis.position, rot.from_zyx(pelvis.yaw, pelvis.pitch, pelvis.roll))
    upper, lower = body.length["thigh"], body.length["shank"]
    found = {}
    for side, _ in SIDES:
        reach = feet[side].ankle - hips[side]
        squared = rot.dot(reach, reach)
        split = (upper**2 - lower**2 + squared) / (2.0 * np.sqrt(squared))
        radius = np.sqrt(np.maximum(upper**2 - split**2, 1e-6))
        found[side] = np.stack([sample.feet[side].knee_share for sample in samples]) * radius
    return found
