"""Swings of one signal: from home to a turn and back, found by hysteresis.

Hysteresis has no scale of time: a pause at the top or at the bottom and a slow grind change nothing. Every turning point of one
side is the turn of a swing; the other side is home. A leg that leads far past home, e.g. to the rack, is cut where it passes
home, so that the first and the last repetition of a set have the same form as the others.

Source: hysteresis filtering of turning points, ASTM E1049-85 (rainflow counting).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

Signal = Literal["travel", "turning"]
TRAVEL: Signal = "travel"
TURNING: Signal = "turning"

HYSTERESIS = 0.3  # of the amplitude: a smaller swing back is a wobble within a leg
LARGEST_LEG = 1.7  # of the amplitude: a longer leg leads past home
HOME = 0.9  # of the amplitude: where a leg that leads past home is cut
LEAVES = 0.75  # of a leg, from the turn: the rest is the stay at home

Steps = tuple[int, int, int]
"""Start, turn and end of a swing, steps of the slow signals."""


@dataclass(frozen=True)
class Swing:
    """The way from home to a turn and back."""

    steps: Steps
    legs: tuple[float, float]
    """Size of the way in and of the way out, in the signal's unit."""
    passes: tuple[bool, bool]
    """Whether the way comes from, or leads to, somewhere past home."""


def turning_points(values: Float[np.ndarray, " t"], threshold: float) -> list[int]:
    """Return the steps at which the signal turns by at least ``threshold``, alternately maxima and minima.

    Both ends of the signal are candidates. The way between neighbouring points is at least the threshold.
    """
    slope = np.diff(values)
    candidates = [0, *(np.flatnonzero(slope[1:] * slope[:-1] <= 0) + 1).tolist(), len(values) - 1]
    found: list[int] = []
    high = low = candidates[0]
    rising: bool | None = None
    for step in candidates[1:]:
        if rising is not False and values[step] > values[high]:
            high = step
        if rising is not True and values[step] < values[low]:
            low = step
        if rising is None:
            if values[high] - values[low] >= threshold:
                rising = high > low
                found.append(low if rising else high)
        elif rising and values[step] <= values[high] - threshold:
            found.append(high)
            low, rising = step, False
        elif not rising and values[step] >= values[low] + threshold:
            found.append(low)
            high, rising = step, True
    if rising is not None:
        found.append(high if rising else low)
    return found


def swings(values: Float[np.ndarray, " t"], points: list[int], side: int, amplitude: float) -> list[Swing]:
    """Return the swings whose turns are on one side.

    Args:
        values: the signal.
        points: its turning points.
        side: 0 for the turning points with an even place in the list, 1 for the others.
        amplitude: of a usual swing, in the signal's unit.
    """
    found = []
    for place in range(1, len(points) - 1):
        if place % 2 == side:
            turn = points[place]
            start, way_in, from_past = _leg(values, turn, points[place - 1], amplitude)
            end, way_out, to_past = _leg(values, turn, points[place + 1], amplitude)
            found.append(Swing((start, turn, end), (way_in, way_out), (from_past, to_past)))
    return found


def _leg(values: Float[np.ndarray, " t"], turn: int, home: int, amplitude: float) -> tuple[int, float, bool]:
    """Return where the stay at home ends (seen from the turn: begins), the size of the leg, and whether it passes home."""
    part = values[turn : home + 1] if home > turn else values[home : turn + 1][::-1]
    gone = np.abs(part - part[0])
    passes = bool(gone[-1] > LARGEST_LEG * amplitude)
    size = float(gone[(gone >= HOME * amplitude).argmax()] if passes else gone[-1])
    left = int((gone >= LEAVES * size).argmax())
    return (turn + left if home > turn else turn - left), size, passes
