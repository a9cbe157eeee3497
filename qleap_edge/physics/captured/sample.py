"""A captured motion at some times, before it has a body: what carries over from one person to another, and its mirror image."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.physics.body import HINGES, SIDES

UPPER_HINGES = tuple(name for name in HINGES if name.split(".")[0].rpartition("_")[2] not in {"thigh", "shank", "foot"})
ARM_HINGES = tuple(name for name in UPPER_HINGES if "arm" in name)


@dataclass(frozen=True)
class FootSample:
    """One foot at some times."""

    ball: Float[np.ndarray, "3 time"]
    """m on the captured legs; z above the floor."""
    yaw: float
    turn: Float[np.ndarray, "3 time"]
    """Rotation vector after the yaw, rad."""
    roll: Float[np.ndarray, " time"]
    """About the line from heel to ball, after the turn, rad: neither of the two moves by it."""
    free: Float[np.ndarray, " time"]
    """0 where its ball stands, 1 where it is away from its foothold."""
    heel_down: Bool[np.ndarray, " time"]
    ball_down: Bool[np.ndarray, " time"]
    knee_share: Float[np.ndarray, " time"]


@dataclass(frozen=True)
class MotionSample:
    """A recording at some times; lengths are those of the captured legs."""

    pelvis: Float[np.ndarray, "3 time"]
    """x and y about the middle of the footholds, z over the ankles of standing feet, m."""
    angles: Float[np.ndarray, "3 time"]
    """Yaw, pitch and roll of the pelvis, rad."""
    upper: Float[np.ndarray, "hinges time"]
    """In the order of :data:`UPPER_HINGES`."""
    centre_of_mass: Float[np.ndarray, "2 time"]
    feet: dict[str, FootSample]
    speed: Float[np.ndarray, " time"]
    """Of the pelvis's height, m a second of the recording's own time."""


def mirrored(sample: MotionSample) -> MotionSample:
    """Return the mirror image; it is its own inverse."""
    sign = np.array([1.0 if name.endswith((".y", ".pronation")) or "arm" in name else -1.0 for name in UPPER_HINGES])
    swap = [UPPER_HINGES.index(_other_side(name)) for name in UPPER_HINGES]
    across = np.array([[1.0], [-1.0], [1.0]])
    feet = {
        _other_side(side): type(foot)(
            foot.ball * across,
            -foot.yaw,
            foot.turn * -across,
            -foot.roll,
            foot.free,
            foot.heel_down,
            foot.ball_down,
            foot.knee_share,
        )
        for side, foot in sample.feet.items()
    }
    return MotionSample(
        sample.pelvis * across,
        sample.angles * np.array([[-1.0], [1.0], [-1.0]]),
        (sign[:, None] * sample.upper)[swap],
        sample.centre_of_mass * across[:2],
        {side: feet[side] for side, _ in SIDES},
        sample.speed,
    )


def _other_side(name: str) -> str:
    swapped = {"left": "right", "right": "left"}
    first, separator, rest = name.partition("_")
    return f"{swapped[first]}{separator}{rest}" if first in swapped else name


def with_both_arms_as(sample: MotionSample, side: str) -> MotionSample:
    """Return the motion with both arms moving as one of them does."""
    upper = sample.upper.copy()
    for name in ARM_HINGES:
        if name.startswith(side):
            upper[UPPER_HINGES.index(_other_side(name))] = upper[UPPER_HINGES.index(name)]
    return replace(sample, upper=upper)
