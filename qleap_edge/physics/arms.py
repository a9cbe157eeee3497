"""Arm motion: postures held in turn, lifts along a path, and involuntary motion about both.

A posture in which the hands hold or touch something follows from that contact (:mod:`qleap_edge.physics.grips`). A posture of
hands in the air is a range of five angles: flexion, abduction, external rotation, elbow flexion and pronation in degrees, the
same for both sides. With ``lean_compensation`` the arms keep their direction in the world while the trunk leans, wholly or in
part, because gravity or the task holds them there; without it they turn with the chest. Collisions of arms with the trunk are
not modelled.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.interpolate import CubicSpline

from qleap_edge.physics import grips, lift_paths
from qleap_edge.physics.body import SIDES
from qleap_edge.physics.contact import Contact
from qleap_edge.physics.grips import GripDraw
from qleap_edge.physics.kinematics import Angles
from qleap_edge.physics.randomize import Distributions
from qleap_edge.physics.trajectory import SmoothNoise, bump, quintic, smooth_noise

ARM_HINGES = ("upper_arm.y", "upper_arm.x", "upper_arm.z", "forearm.y", "forearm.pronation")
_SIGN = np.array([-1.0, 1.0, 1.0, -1.0, 1.0])  # anatomical angle → hinge angle
_JITTER_LOW_HZ, _JITTER_HIGH_HZ = 3.0, 16.0
_JITTER_LEVER_M = 0.3  # elbow to watch and shoulder to watch, about
_REGRIP_SHARES = np.array([0.25, 0.15, 0.3, 0.5, 1.0])  # a new grip turns the forearm most

ContactDraw = Callable[[GripDraw], Contact]


@dataclass(frozen=True)
class Posture:
    """Hands in the air: middle and spread (uniform, each way) of the five angles, degrees."""

    middle: tuple[int, int, int, int, int]
    spread: tuple[int, int, int, int, int]
    lean_compensation: tuple[float, float] = (0.0, 0.0)
    """Least and greatest share of the trunk's lean that the shoulders compensate."""
    symmetric: float = 0.8
    """Share of the spread that both arms have in common."""
    free: bool = False
    """Whether the arms hold nothing and rest on nothing; they move more."""


@dataclass(frozen=True)
class Held:
    """Hands that hold or touch something: one of several contacts, each with its weight."""

    contacts: tuple[tuple[ContactDraw, float], ...]
    lean_compensation: tuple[float, float] = (0.0, 0.0)
    free: bool = False


@dataclass(frozen=True)
class Lift:
    """Hands that move what they hold along a path."""

    path: ContactDraw
    """Contacts of both arms at evenly spaced knots of the phase."""
    lean_compensation: tuple[float, float] = (0.0, 0.0)


def _held(contact: ContactDraw, lean_compensation: tuple[float, float] = (0.0, 0.0)) -> Held:
    return Held(((contact, 1.0),), lean_compensation)


_HANGS = (1.0, 1.0)

POSTURES: dict[str, Posture | Held] = {  # angles: [design]
    "hanging": Posture((2, 8, 0, 12, 25), (6, 5, 15, 10, 35), lean_compensation=(0.5, 1.0), free=True),
    "dumbbells": _held(grips.hanging_dumbbells, _HANGS),
    "grip": _held(grips.hanging_bar, _HANGS),
    "grip_mixed": _held(grips.mixed_grip, _HANGS),
    "grip_wide": _held(grips.wide_grip, _HANGS),
    "forward": Posture(
        (68, 14, -8, 42, 50), (32, 18, 24, 42, 45), lean_compensation=(0.0, 1.0), symmetric=0.6, free=True
    ),
    "ready": Posture(
        (14, 14, -4, 78, 20), (20, 12, 24, 36, 50), lean_compensation=(0.0, 1.0), symmetric=0.6, free=True
    ),
    "aside": Posture((0, 86, 0, 12, 0), (14, 14, 20, 12, 45), symmetric=0.7, free=True),
    "circling": Posture((68, 50, 0, 14, 20), (20, 14, 20, 12, 50), symmetric=0.8),
    "raised": Posture((166, 12, 10, 12, 40), (10, 8, 14, 10, 45), free=True),
    "hips": _held(grips.hands_on_hips),
    "crossed": _held(grips.crossed_arms),
    "clasped": _held(grips.clasped),
    "bar": _held(grips.bar_on_back),
    "front_rack": Held(((grips.clean_rack, 0.65), (grips.crossed_rack, 0.35))),
    "goblet": _held(grips.goblet),
    "overhead": _held(grips.bar_overhead, (0.0, 0.4)),
    "swing": Posture((0, 7, 0, 22, 30), (5, 4, 12, 12, 30)),
    "pocket": Posture((-14, 16, -18, 42, 40), (6, 5, 10, 10, 25)),
    "phone": Posture((24, 6, -32, 104, -35), (10, 6, 12, 12, 35), symmetric=0.0),
    "gesture": Posture((30, 16, -8, 78, 15), (26, 14, 30, 34, 60), symmetric=0.2),
    "reach": Posture((82, 12, 0, 28, 20), (34, 22, 20, 24, 70), lean_compensation=(0.0, 1.0), symmetric=0.2),
    # What one hand does between sets, and hands of who sits; the forearms' turn follows from what the palm faces.
    "drink": Posture((58, 28, -30, 132, -10), (16, 14, 16, 10, 25), symmetric=0.0),
    "wipe": Posture((72, 26, -30, 132, 45), (16, 14, 16, 12, 30), symmetric=0.0),
    "scratch": Posture((96, 44, -20, 136, 10), (36, 26, 30, 12, 50), symmetric=0.0),
    "adjust_watch": Posture((30, 10, -46, 98, 62), (12, 8, 12, 12, 22), symmetric=0.4),
    "on_thighs": Posture((24, 8, -10, 56, 68), (12, 6, 12, 20, 18)),
    "forearms_on_thighs": Posture((20, 10, -16, 100, 35), (10, 6, 10, 14, 40)),
    "shoes": Posture((66, 6, -10, 26, 30), (14, 6, 12, 16, 40), lean_compensation=(0.0, 0.4), symmetric=0.5),
}

LIFTS: dict[str, Lift] = {
    "press_bar": Lift(lift_paths.bar_press),
    "press_dumbbells": Lift(lift_paths.dumbbell_press),
    "curl_bar": Lift(lift_paths.bar_curl, (0.7, 1.0)),
    "curl_dumbbells": Lift(lift_paths.dumbbell_curl, (0.7, 1.0)),
    "curl_hammer": Lift(lift_paths.hammer_curl, (0.7, 1.0)),
}


def draw_posture(draw: GripDraw, name: str) -> Float[np.ndarray, "2 5"]:
    """Draw hinge angles (rad) of the left and the right arm for a posture.

    Raises:
        QleapError: the person's arms cannot hold what the posture holds.
    """
    posture = POSTURES[name]
    if isinstance(posture, Held):
        weights = np.cumsum([weight for _, weight in posture.contacts])
        chosen = int(np.searchsorted(weights, draw.rng.uniform() * weights[-1], side="right"))
        return draw.angles(posture.contacts[chosen][0])
    common = draw.rng.uniform(-1.0, 1.0, 5)
    own = draw.rng.uniform(-1.0, 1.0, (2, 5))
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
    refused_grips: int
    """Draws of contacts that needed more than the anatomical limits."""


def refused_grips(plan: Any) -> int:
    """Return how many draws of contacts were refused for a sequence's plan, or for the parts that it is made of."""
    plans = [part.plan for part in plan.parts] if hasattr(plan, "parts") else [plan]
    return sum(one.arms.refused_grips for one in plans if one.arms is not None)


def draw_arms(
    draw: GripDraw,
    distributions: Distributions,
    names: list[str],
    changes: list[tuple[float, float]],
    duration_s: float,
) -> ArmPlan:
    """Draw a plan that holds the named postures in turn; ``changes`` are (start, duration) in s, one fewer.

    The lean compensation is the first posture's. It is zero if one of the postures has none.
    """
    rests = [POSTURES[name] for name in names]
    share = draw.rng.uniform(*rests[0].lean_compensation)
    compensates = all(posture.lean_compensation[1] > 0.0 for posture in rests)
    postures = np.stack([draw_posture(draw, name) for name in names])
    return _plan(
        draw,
        distributions,
        postures,
        changes,
        duration_s,
        lean_compensation=share if compensates else 0.0,
        free=rests[0].free,
    )


def draw_lift(
    draw: GripDraw, distributions: Distributions, lift: Lift, duration_s: float
) -> tuple[ArmPlan, Float[np.ndarray, "2 5 knots"]]:
    """Draw a plan that holds the beginning of a lift's path, and the change of both arms along the path."""
    path = draw.path(lift.path)
    share = draw.rng.uniform(*lift.lean_compensation)
    plan = _plan(draw, distributions, path[None, :, :, 0], [], duration_s, lean_compensation=share, free=False)
    return plan, path - path[:, :, :1]


def _plan(
    draw: GripDraw,
    distributions: Distributions,
    postures: Float[np.ndarray, "stations 2 5"],
    changes: list[tuple[float, float]],
    duration_s: float,
    *,
    lean_compensation: float,
    free: bool,
) -> ArmPlan:
    rng = draw.rng
    rms = np.radians(distributions.arm_wander_deg.draw(rng)) * rng.uniform(0.5, 1.5, 10)
    unrest = distributions.free_arm_unrest.draw(rng)
    tremor = distributions.tremor_rad.draw(rng) * np.ones(10)
    low = distributions.tremor_hz.draw(rng)
    shaking = distributions.arm_jitter_m_s2.draw(rng) / (
        np.sqrt(5.0) * _JITTER_LEVER_M * (2.0 * np.pi * _JITTER_LOW_HZ) ** 2
    )
    twisting = distributions.twisting_jitter.draw(rng)
    regrips = [
        _draw_regrip(rng, distributions, duration_s)
        for _ in range(int(rng.poisson(distributions.regrip_1_s.draw(rng) * duration_s)))
    ]
    return ArmPlan(
        postures=postures,
        change_start_s=np.array([start for start, _ in changes], dtype=np.float64),
        change_s=np.array([duration for _, duration in changes], dtype=np.float64),
        lean_compensation=lean_compensation,
        drift=SmoothNoise.draw(rng, rms * unrest if free else rms),
        tremor=SmoothNoise.draw(rng, tremor, low_hz=low, high_hz=1.05 * low, sines=2),
        jitter=_flat_acceleration(rng, shaking * np.tile([1.0, 1.0, 1.0, 1.0, twisting], 2)),
        regrips=tuple(regrips),
        refused_grips=draw.refused,
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
    changes: list[Float[np.ndarray, "2 5 *knots"]],
    left: Float[np.ndarray, "batch time"],
    right: Float[np.ndarray, "batch time"],
) -> None:
    """Add to ``arms``, in place, each sequence's change of both arms at that side's phase.

    A change without knots grows linearly with the phase. One with knots is the cubic spline through them, evenly spaced over
    the phases 0 to 1, so that the hands stay on what they hold; it begins at zero.
    """
    for index, ((side, _), ph) in enumerate(zip(SIDES, (left, right), strict=True)):
        added = np.stack([_along(change[index], row) for change, row in zip(changes, ph, strict=True)], axis=1)
        for hinge, name in enumerate(ARM_HINGES):
            arms[f"{side}_{name}"] = arms[f"{side}_{name}"] + added[hinge]


def _along(change: Float[np.ndarray, "5 *knots"], phase: Float[np.ndarray, " time"]) -> Float[np.ndarray, "5 time"]:
    if change.ndim == 1:
        return change[:, None] * phase
    return np.ascontiguousarray(CubicSpline(np.linspace(0.0, 1.0, change.shape[1]), change.T)(phase).T)
