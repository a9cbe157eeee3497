"""A set of one repetition, in a part of the recording that is known to be active.

One lift of the hand looks like one repetition, so this is applied only where somebody says that exercise took place.
"""

import numpy as np
from jaxtyping import Float

from qleap_edge.analysis.cycles import TRAVEL, TURNING, Signal, Steps, turning_points
from qleap_edge.analysis.slow_signals import SlowSignals

_LEAST_TRAVEL_M = 0.25
_LEAST_TURNING = 0.5  # about 30 degrees
_HYSTERESIS = 0.5  # of the largest excursion
_COMES_BACK = 0.7  # the smaller leg must be at least this part of the larger


def single_repetition(slow: SlowSignals, active: tuple[float, float]) -> tuple[Signal, Steps] | None:
    """Return the signal and the steps of the one excursion that goes and comes back; ``None`` if there is none, or several.

    Args:
        slow: both signals of the stretch.
        active: start and end (s) of the known part.
    """
    first, last = (int(step) for step in np.searchsorted(slow.time_s, active))
    if last - first < 2:
        return None
    up = slow.up[first:last]
    _, _, axes = np.linalg.svd(up - up.mean(axis=0), full_matrices=False)
    for signal, values, least in (
        (TRAVEL, slow.height[first:last], _LEAST_TRAVEL_M),
        (TURNING, up @ axes[0], _LEAST_TURNING),
    ):
        found = _one_excursion(values, least)
        if found is not None:
            return signal, (first + found[0], first + found[1], first + found[2])
    return None


def _one_excursion(values: Float[np.ndarray, " t"], least: float) -> Steps | None:
    size = float(np.ptp(values))
    if size < least:
        return None
    points = turning_points(values, _HYSTERESIS * size)
    if len(points) != 3:
        return None
    legs = np.abs(np.diff(values[points]))
    return (points[0], points[1], points[2]) if legs.min() >= _COMES_BACK * legs.max() else None
