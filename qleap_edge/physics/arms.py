"""Arm motion: postures as anatomical angles, drawn independently of the legs.

A posture is (flexion, abduction, external rotation, elbow flexion, pronation) in degrees, the same for both sides.
With ``lean_compensation`` the arms keep their direction in the world while the trunk leans, wholly or in part, because gravity
or the task holds them there; without it they turn with the chest. ``free`` arms hold nothing and rest on nothing; they move
more. Collisions of arms with the trunk are not modelled.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from qleap_edge.physics.body import SIDES
from qleap_edge.physics.kinematics import Angles
from qleap_edge.physics.randomize import Distributions
from qleap_edge.physics.trajectory import SmoothNoise, bump, quintic, smooth_noise

ARM_HINGES = ("upper_arm.y", "upper_arm.x", "upper_arm.z", "forearm.y", "forearm.pronation")
_SIGN = np.array([-1.0, 1.0, 1.0, -1.0, 1.0])  # anatomical angle → hinge angle
_JITTER_LOW_HZ, _JITTER_HIGH_HZ = 3.0, 16.0
_JITTER_LEVER_M = 0.3  # elbow to watch and shoulder to watch, about
_REGRIP_SHARES = np.array([0.25, 0.15, 0.3, 0.5, 1.0])  # a new grip turns the forearm most


@dataclass(frozen=True)
class Posture:
    """Middle and spread (uniform, each way) of the five angles, degrees."""

    middle: tuple[int, int, int, int, int]
    spread: tuple[int, int, int, int, int]
    lean_compensation: tuple[float, float] = (0.0, 0.0)
    """Least and greatest share of the trunk's lean that the shoulders compensate."""
    symmetric: float = 0.8
    """Share of the spread that both arms have in common."""
    free: bool = False


POSTURES: dict[str, Posture] = {  # [design]; the wrist's place in each is checked against the trunk in the tests
    "hanging": Posture((2, 8, 0, 12, 25), (6, 5, 15, 10, 35), lean_compensation=(0.5, 1.0), free=True),
    "dumbbells": Posture((2, 9, 0, 8, 20), (5, 5, 15, 6, 30), lean_compensation=(1.0, 1.0), symmetric=0.7),
    "grip": Posture((6, 6, 0, 5, 75), (7, 4, 10, 4, 15), lean_compensation=(1.0, 1.0)),
    "forward": Posture(
        (68, 14, -8, 42, 50), (32, 18, 24, 42, 45), lean_compensation=(0.0, 1.0), symmetric=0.6, free=True
    ),
    "ready": Posture(
        (14, 14, -4, 78, 20), (20, 12, 24, 36, 50), lean_compensation=(0.0, 1.0), symmetric=0.6, free=True
    ),
    "aside": Posture((0, 86, 0, 12, 20), (14, 14, 20, 12, 50), symmetric=0.7, free=True),
    "circling": Posture((68, 50, 0, 14, 20), (20, 14, 20, 12, 50), symmetric=0.8),
    "hips": Posture((-22, 42, -62, 92, 45), (8, 6, 8, 8, 25)),
    "crossed": Posture((38, 2, -58, 108, 30), (8, 6, 8, 8, 25)),
    "bar": Posture((-18, 42, 72, 128, 65), (10, 8, 10, 8, 20)),
    "front_rack": Posture((72, 12, 8, 138, 60), (14, 8, 12, 8, 25)),
    "goblet": Posture((32, 4, -22, 132, 0), (12, 6, 8, 12, 25)),
    "shoulder_rack": Posture((38, 26, 10, 138, 70), (18, 16, 14, 8, 20)),
    "overhead": Posture((166, 12, 10, 12, 70), (10, 8, 14, 10, 20)),
    "curl_down": Posture((2, 6, 0, 12, -55), (6, 4, 10, 8, 25), lean_compensation=(0.7, 1.0)),
    "curl_up": Posture((16, 6, -4, 130, -60), (12, 5, 10, 10, 25), lean_compensation=(0.7, 1.0)),
    "swing": Posture((0, 7, 0, 22, 30), (5, 4, 12, 12, 30)),
    "pocket": Posture((-14, 16, -18, 42, 40), (6, 5, 10, 10, 25)),
    "phone": Posture((24, 6, -32, 104, 5), (10, 6, 12, 12, 35), symmetric=0.0),
    "gesture": Posture((30, 16, -8, 78, 15), (26, 14, 30, 34, 60), symmetric=0.2),
    "reach": Posture((82, 12, 0, 28, 20), (34, 22, 20, 24, 70), lean_compensation=(0.0, 1.0), symmetric=0.2),
}


def draw_posture(rng: np.random.Generator, name: str) -> Float[np.ndarray, "2 5"]:
    """Draw hinge angles (rad) of the left and the right arm for a posture."""
    posture = POSTURES[name]
    common = rng.uniform(-1.0, 1.0, 5)
    own = rng.uniform(-1.0, 1.0, (2, 5))
    spread = posture.symmetric * common + (1.0 - posture.symmetric) * own
    return np.asarray(_SIGN * np.radians(np.array(posture.middle) + spread * np.array(posture.spread)))


@dataclass(frozen=True)
class Regrip:
    """A short turn of one arm while the hand changes its grip."""

    start_s: float
    duration_s: float
    change: Float[np.ndarray, "10"]
    """Of all hinge angles of both arms, rad."""


@dataclass(frozen=True)
class ArmPlan:
    """Both arms of one sequence: postures to hold, when they change, and involuntary motion about them."""

    postures: Float[np.ndarray, "stations 2 5"]
    change_start_s: Float[np.ndarray, " changes"]
    change_s: Float[np.ndarray, " changes"]
    lean_compensation: float
    """Share of the trunk's lean that the shoulders compensate."""
    drift: SmoothNoise
    tremor: SmoothNoise
    jitter: SmoothNoise
    """Broadband acceleration of working muscles and impacts; present only while the person moves."""
    regrips: tuple[Regrip, ...]


def draw_arms(
    rng: np.random.Generator,
    distributions: Distributions,
    names: list[str],
    changes: list[tuple[float, float]],
    duration_s: float,
) -> ArmPlan:
    """Draw a plan that holds the named postures in turn; ``changes`` are (start, duration) in s, one fewer.

    The lean compensation is the first posture's. It is zero if one of the postures has none.
    """
    rms = np.radians(distributions.arm_wander_deg.draw(rng)) * rng.uniform(0.5, 1.5, 10)
    unrest, share = distributions.free_arm_unrest.draw(rng), rng.uniform(*POSTURES[names[0]].lean_compensation)
    if POSTURES[names[0]].free:
        rms = rms * unrest
    tremor = distributions.tremor_rad.draw(rng) * np.ones(10)
    low = distributions.tremor_hz.draw(rng)
    shaking = distributions.arm_jitter_m_s2.draw(rng) / (
        np.sqrt(5.0) * _JITTER_LEVER_M * (2.0 * np.pi * _JITTER_LOW_HZ) ** 2
    )
    regrips = [
        _draw_regrip(rng, distributions, duration_s)
        for _ in range(int(rng.poisson(distributions.regrip_1_s.draw(rng) * duration_s)))
    ]
    return ArmPlan(
        postures=np.stack([draw_posture(rng, name) for name in names]),
        change_start_s=np.array([start for start, _ in changes], dtype=np.float64),
        change_s=np.array([duration for _, duration in changes], dtype=np.float64),
        lean_compensation=share if all(POSTURES[name].lean_compensation[1] > 0.0 for name in names) else 0.0,
        drift=SmoothNoise.draw(rng, rms),
        tremor=SmoothNoise.draw(rng, tremor, low_hz=low, high_hz=1.05 * low, sines=2),
        jitter=_flat_acceleration(
            rng, shaking * np.tile([1.0, 1.0, 1.0, 1.0, distributions.twisting_jitter.draw(rng)], 2)
        ),
        regrips=tuple(regrips),
    )


def _flat_acceleration(rng: np.random.Generator, rms_at_low: Float[np.ndarray, "10"]) -> SmoothNoise:
    """Return sines of equal acceleration: each as large as one at the lowest frequency that has ``rms_at_low`` (rad)."""
    drawn = SmoothNoise.draw(rng, np.ones(10), low_hz=_JITTER_LOW_HZ, high_hz=_JITTER_HIGH_HZ, sines=4, fall=2.0)
    count = drawn.frequency_hz.shape[1]
    amplitude = rms_at_low[:, None] * np.sqrt(2.0 / count) * (_JITTER_LOW_HZ / drawn.frequency_hz) ** 2
    return SmoothNoise(amplitude, drawn.frequency_hz, drawn.phase)


def _draw_regrip(rng: np.random.Generator, distributions: Distributions, duration_s: float) -> Regrip:
    change = np.zeros((2, 5))
    size = np.radians(distributions.regrip_deg.draw(rng))
    change[int(rng.integers(2))] = size * _REGRIP_SHARES * rng.uniform(-1.0, 1.0, 5)
    return Regrip(float(rng.uniform(0.0, duration_s)), distributions.regrip_s.draw(rng), change.reshape(10))


def arm_angles(
    plans: list[ArmPlan],
    time: Float[np.ndarray, "batch time"],
    effort: Float[np.ndarray, "batch time"] | float = 0.0,
) -> tuple[Angles, dict[str, Float[np.ndarray, "batch 1"]]]:
    """Return the arms' hinge angles and each side's lean compensation.

    Args:
        plans: one a sequence.
        time: s.
        effort: 0 at rest to 1 at work; scales the jitter.
    """
    angles = np.empty((10, *time.shape))
    for row, plan in enumerate(plans):
        station = plan.postures.reshape(len(plan.postures), 10)
        angles[:, row] = station[0][:, None]
        for index in range(len(plan.change_s)):
            step = quintic((time[row] - plan.change_start_s[index]) / plan.change_s[index])
            angles[:, row] += (station[index + 1] - station[index])[:, None] * step
        for regrip in plan.regrips:
            angles[:, row] += regrip.change[:, None] * bump((time[row] - regrip.start_s) / regrip.duration_s)
    angles += smooth_noise([plan.drift for plan in plans], time) + smooth_noise([plan.tremor for plan in plans], time)
    angles += effort * smooth_noise([plan.jitter for plan in plans], time)
    out: Angles = {}
    for index, (side, _) in enumerate(SIDES):
        for hinge, name in enumerate(ARM_HINGES):
            out[f"{side}_{name}"] = angles[5 * index + hinge]
        out[f"{side}_forearm.y"] = bent_elbow(out[f"{side}_forearm.y"])
    lean_compensation = np.array([[plan.lean_compensation] for plan in plans])
    return out, {side: lean_compensation for side, _ in SIDES}


def bent_elbow(angle: Float[np.ndarray, "batch time"]) -> Float[np.ndarray, "batch time"]:
    """Keep an elbow on its anatomical side: a smooth min(angle, 0) that bends over about 2°. It must be applied once only."""
    knee = np.radians(2.0)
    return np.asarray(-knee * np.logaddexp(0.0, -angle / knee))


def add_phased_arm_change(
    arms: Angles,
    changes: list[Float[np.ndarray, "2 5"]],
    left: Float[np.ndarray, "batch time"],
    right: Float[np.ndarray, "batch time"],
) -> None:
    """Add to ``arms``, in place, each sequence's change of both arms times that side's phase."""
    change = np.stack(changes, axis=2)
    for index, ((side, _), ph) in enumerate(zip(SIDES, (left, right), strict=True)):
        for hinge, name in enumerate(ARM_HINGES):
            arms[f"{side}_{name}"] = arms[f"{side}_{name}"] + change[index, hinge][:, None] * ph
