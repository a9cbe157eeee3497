"""Repetitions of any cyclic exercise: turning points of one signal, chained as long as posture and amplitude stay the same.

A signal swings between two turning points. They are found by hysteresis, which has no scale of time: a pause at the top or at
the bottom and a slow grind change nothing. From the most regular swings a chain grows in both directions. A further turning
point belongs to it if the leg that leads there is neither much shorter nor much longer than its neighbours, and if the wrist is
then turned as it was at the turning points of the same side. Taking a weight up, walking and racking break this rule.

Source: hysteresis filtering of turning points, ASTM E1049-85 (rainflow counting); the rules of growth are this project's.
"""

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from statistics import median
from typing import Literal

import numpy as np
from jaxtyping import Float

from qleap_edge.analysis.slow_signals import SLOW_RATE_HZ, SlowSignals

Signal = Literal["travel", "turning"]
TRAVEL: Signal = "travel"
TURNING: Signal = "turning"

HYSTERESIS = 0.35  # of the amplitude: a smaller swing back is a wobble within a leg
_SHORT_LEG, _LONG_LEG = 0.55, 1.7  # of the median of four neighbouring legs
_LONGEST_LEG_S = 10.0  # rest at the turning point included
_POSTURE_TURNING = 0.6  # of the amplitude; the vertical may point so far from where it pointed at such turning points
_POSTURE_LEAST = 0.15  # radians, roughly: small amplitudes have relatively more tremor
_POSTURE_HOME = 0.25
_POSTURE_TRAVEL = 0.5  # radians, roughly: while the hand travels, the forearm keeps about its direction
_NEARLY_THERE = 0.15  # of the amplitude: so close to the usual level counts as reached
_PARTLY_BACK = 0.4  # of the amplitude: the least way home of a first or last repetition
_CORE_LEGS = 3
_REACH_S = 180.0  # before and after the window: a longer set is found in parts
_COMPARED = 3  # turning points of the same side that a further one is compared with


@dataclass(frozen=True)
class Chain:
    """Turning points that belong together, and what lies just outside."""

    signal: Signal
    values: Float[np.ndarray, " t"]
    """The signal, over the whole stretch."""
    points: tuple[int, ...]
    """Steps of the turning points, alternately on one side and on the other."""
    before: int | None
    """Where the way to the first point begins, although that is no turning point of the chain."""
    after: int | None
    """Where the way from the last point ends."""
    amplitude: float
    """Median leg, in the signal's unit."""


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


def grow_chain(
    slow: SlowSignals, signal: Signal, values: Float[np.ndarray, " t"], window: tuple[int, int], amplitude: float
) -> Chain | None:
    """Return the chain around the most regular swings of a window, ``None`` if there are too few.

    Args:
        slow: both signals of the stretch.
        signal: which of the two ``values`` is.
        values: the signal in one dimension.
        window: first and last step of the window.
        amplitude: of the swings in the window, in the signal's unit.
    """
    reach = int(_REACH_S * SLOW_RATE_HZ)
    first = max(0, window[0] - reach)
    near = values[first : window[1] + reach]
    points = [first + point for point in turning_points(near, HYSTERESIS * amplitude)]
    growth = _Growth(slow, signal, values, points)
    core = growth.core(window)
    return None if core is None else growth.grown(core)


class _Growth:
    """The rules by which a chain grows over given turning points."""

    def __init__(self, slow: SlowSignals, signal: Signal, values: Float[np.ndarray, " t"], points: list[int]) -> None:
        self.slow, self.signal, self.values, self.points = slow, signal, values, points
        self.leg = np.abs(np.diff(values[points]))
        self.seconds = np.diff(points) / SLOW_RATE_HZ

    def core(self, window: tuple[int, int]) -> int | None:
        """Return the first of four points in the window whose three legs differ least."""
        regular: dict[int, float] = {}
        first_inside = bisect_left(self.points, window[0])
        last_inside = bisect_right(self.points, window[1]) - 1
        for first in range(first_inside, last_inside - _CORE_LEGS + 1):
            legs = slice(first, first + _CORE_LEGS)
            if self.seconds[legs].max() <= _LONGEST_LEG_S:
                regular[first] = float(np.std(self.leg[legs]) / np.mean(self.leg[legs]))
        return min(regular, key=lambda first: regular[first]) if regular else None

    def grown(self, core: int) -> Chain:
        """Return the longest chain around a core."""
        left, right = core, core + _CORE_LEGS
        while (more := self._next(left, right, +1)) is True:
            right += 1
        last = more
        while (more := self._next(left, right, -1)) is True:
            left -= 1
        first = more
        amplitude = float(np.median(self.leg[left:right]))
        points = self.points[left : right + 1]
        before = self._way_out(left if first is None else left - 1, -1, amplitude)
        after = self._way_out(right if last is None else right + 1, +1, amplitude)
        if first is not None:
            points = [first, *points]
        if last is not None:
            points = [*points, last]
        return Chain(self.signal, self.values, tuple(points), before, after, amplitude)

    def _next(self, left: int, right: int, way: int) -> int | bool | None:
        """Say how a chain goes on.

        Returns:
            True: the next turning point belongs to it. A step: the chain ends there, on the way to something else. None: it
            ends at its last point.
        """
        end = right if way > 0 else left
        if not 0 <= end + way < len(self.points):
            return None
        leg = end if way > 0 else end - 1
        known = slice(max(left, right - 4), right) if way > 0 else slice(left, min(right, left + 4))
        usual = median(self.leg[known].tolist())
        same_side = range(right - 1, left - 1, -2) if way > 0 else range(left + 1, right + 1, 2)
        alike = [self.points[point] for point in same_side][:_COMPARED]
        if self.leg[leg] < _SHORT_LEG * usual:
            return None
        fits = self._posture_off(self.points[end + way], alike) <= self._tolerance(usual)
        fits = fits or self._comes_home(left, right, way)
        if self.leg[leg] <= _LONG_LEG * usual and fits and self.seconds[leg] <= _LONGEST_LEG_S:
            return True
        return self._passed(self.points[end], self.points[end + way], usual, alike)

    def _comes_home(self, left: int, right: int, way: int) -> bool:
        """Tell whether a hand that travels is back in its usual posture at the turning point after the next.

        A turn in another posture is then a repetition done in another way, and not the way to something else.
        """
        end = right if way > 0 else left
        if self.signal != TRAVEL or not 0 <= end + 2 * way < len(self.points):
            return False
        home = range(right, left - 1, -2) if way > 0 else range(left, right + 1, 2)
        alike = [self.points[point] for point in home][:_COMPARED]
        return self._posture_off(self.points[end + 2 * way], alike) <= _POSTURE_HOME

    def _passed(self, start: int, stop: int, usual: float, alike: list[int]) -> int | None:
        """Return the step at which the signal reaches the usual level on its way elsewhere, if the posture is right."""
        way = 1 if stop > start else -1
        level = median(self.values[alike].tolist())
        steps = np.arange(start, stop, way)
        reached = np.flatnonzero(
            np.sign(level - self.values[start]) * (self.values[steps] - level) >= -_NEARLY_THERE * usual
        )
        if not len(reached) or reached[0] / SLOW_RATE_HZ > _LONGEST_LEG_S:
            return None
        step = int(steps[reached[0]])
        return step if self._posture_off(step, alike) <= self._tolerance(usual) else None

    def _way_out(self, end: int, way: int, usual: float) -> int | None:
        """Return where the way from a chain's last point ends, if it leads at least part of the way home in time."""
        if not 0 <= end + way < len(self.points):
            return None
        steps = np.arange(self.points[end], self.points[end + way] + way, way)
        gone = np.abs(self.values[steps] - self.values[steps[0]])
        started = np.flatnonzero(gone >= _PARTLY_BACK * usual)
        if not len(started) or started[0] / SLOW_RATE_HZ > _LONGEST_LEG_S:
            return None
        return int(steps[np.flatnonzero(gone >= 0.98 * min(usual, float(gone.max())))[0]])

    def _posture_off(self, step: int, alike: list[int]) -> float:
        """Return how far the vertical points from its median direction at other steps."""
        others = self.slow.up[alike].T.tolist()
        return math.dist(self.slow.up[step].tolist(), [median(component) for component in others])

    def _tolerance(self, usual: float) -> float:
        return max(_POSTURE_TURNING * usual, _POSTURE_LEAST) if self.signal == TURNING else _POSTURE_TRAVEL
