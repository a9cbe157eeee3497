"""Two ways to make one stream of overlapping windows: average everything, or trust only a window's newest steps."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from qleap_edge.core.frames import HOP_STEPS, WINDOW_STEPS
from qleap_edge.core.skeleton import JOINT_COUNT


@dataclass(frozen=True)
class Stream:
    """One pose a step."""

    pose: Float[np.ndarray, "steps 17 3"]
    sigma: Float[np.ndarray, "steps 17 3"]
    """Mean standard deviation of the windows that speak about a step: copies of one model do not make it surer."""
    known: Bool[np.ndarray, " steps"]
    """False where no window speaks; pose and sigma are NaN there."""


def overlap_mean(
    first: Int[np.ndarray, " windows"],
    steps: int,
    pose: Float[np.ndarray, "windows 200 17 3"],
    sigma: Float[np.ndarray, "windows 200 17 3"],
) -> Stream:
    """Average every window that covers a step, later ones too: what an app shows after a set."""
    return _averaged(first, steps, pose, sigma, slice(0, WINDOW_STEPS))


def newest(
    first: Int[np.ndarray, " windows"],
    steps: int,
    pose: Float[np.ndarray, "windows 200 17 3"],
    sigma: Float[np.ndarray, "windows 200 17 3"],
) -> Stream:
    """Take the last hop of each window, which no future step has informed: what an app shows live, at most 0.2 s late."""
    return _averaged(first, steps, pose, sigma, slice(WINDOW_STEPS - HOP_STEPS, WINDOW_STEPS))


def _averaged(
    first: Int[np.ndarray, " windows"],
    steps: int,
    pose: Float[np.ndarray, "windows 200 17 3"],
    sigma: Float[np.ndarray, "windows 200 17 3"],
    part: slice,
) -> Stream:
    total, spread, count = np.zeros((steps, JOINT_COUNT, 3)), np.zeros((steps, JOINT_COUNT, 3)), np.zeros(steps)
    for row, begin in enumerate(first):
        at = slice(int(begin) + part.start, int(begin) + part.stop)
        total[at] += pose[row, part]
        spread[at] += sigma[row, part]
        count[at] += 1.0
    known = count > 0.0
    weight = np.where(known, count, np.nan)[:, None, None]
    return Stream(total / weight, spread / weight, known)
