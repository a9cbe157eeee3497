"""The baseline without learning and without tuning: autocorrelation gives the period, peaks give the repetitions.

It has no rule for pauses, racks or postures. Whatever is claimed for the analysis must be better than this.
"""

import numpy as np
from jaxtyping import Bool, Float
from scipy.signal import butter, find_peaks, sosfiltfilt

from qleap_edge.alignment.clock import Stretch

_RATE_HZ = 20.0
_MOTION_HZ = 2.0
_PERIODS_S = (1.0, 8.0)
_PEAK_DISTANCE = 0.6  # of the period
_PEAK_PROMINENCE = 0.5  # of the standard deviation
_WINDOW_S = 10.0
_REPEATS = 0.5  # autocorrelation from which a window counts as exercise
_LEAST_SPREAD = 0.3  # m/s²: a wrist at rest repeats nothing


def baseline_turns(stretch: Stretch, active: tuple[float, float] | None) -> list[float]:
    """Return the stamps (s) of the peaks that the baseline counts.

    Args:
        stretch: a part of a recording without gaps.
        active: start and end of the known active part; None: every window of 10 s that repeats itself is active.
    """
    steps = int((stretch.time_s[-1] - stretch.time_s[0]) * _RATE_HZ) + 1
    time_s = stretch.time_s[0] + np.arange(steps) / _RATE_HZ
    low = butter(2, _MOTION_HZ, "lowpass", fs=stretch.rate_hz, output="sos")
    smooth = sosfiltfilt(low, stretch.imu[:, :3], axis=0)
    force = np.stack([np.interp(time_s, stretch.time_s, column) for column in smooth.T], axis=1)
    if active is not None:
        return _peaks(time_s, force, (time_s >= active[0]) & (time_s <= active[1]))
    exercising = np.zeros(steps, dtype=bool)
    window = int(_WINDOW_S * _RATE_HZ)
    for first in range(0, steps - window + 1, window // 5):
        part = _main_axis(force[first : first + window])
        if part.std() >= _LEAST_SPREAD and _period(part)[1] >= _REPEATS:
            exercising[first : first + window] = True
    edges = np.flatnonzero(np.diff(exercising.astype(np.int8), prepend=0, append=0))
    turns = []
    for first, stop in zip(edges[::2], edges[1::2], strict=True):
        run = np.zeros(steps, dtype=bool)
        run[first:stop] = True
        turns += _peaks(time_s, force, run)
    return turns


def _peaks(
    time_s: Float[np.ndarray, " t"], force: Float[np.ndarray, "t 3"], use: Bool[np.ndarray, " t"]
) -> list[float]:
    """Return the stamps of the peaks of one part."""
    if use.sum() < 2 * _PERIODS_S[0] * _RATE_HZ:
        return []
    values = _main_axis(force[use])
    period_s, _ = _period(values)
    distance = max(1.0, _PEAK_DISTANCE * period_s * _RATE_HZ)
    peaks, _ = find_peaks(values, distance=distance, prominence=_PEAK_PROMINENCE * values.std())
    return [float(stamp) for stamp in time_s[use][peaks]]


def _main_axis(force: Float[np.ndarray, "t 3"]) -> Float[np.ndarray, " t"]:
    """Return the specific force along the axis on which it varies most."""
    centred = force - force.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    return np.asarray(centred @ axes[0])


def _period(values: Float[np.ndarray, " t"]) -> tuple[float, float]:
    """Return the lag (s) of the highest peak of the autocorrelation, and its height; (1 s, 0) without a peak."""
    sums = np.correlate(values, values, "full")[len(values) - 1 :]
    first, last = int(_PERIODS_S[0] * _RATE_HZ), min(int(_PERIODS_S[1] * _RATE_HZ), len(values) // 2)
    peaks, _ = find_peaks(sums[first:last])
    if not len(peaks) or sums[0] <= 0.0:
        return _PERIODS_S[0], 0.0
    best = first + int(peaks[np.argmax(sums[first + peaks])])
    return best / _RATE_HZ, float(sums[best] / sums[0])
