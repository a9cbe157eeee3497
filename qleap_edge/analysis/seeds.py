"""Where something repeats: windows of 14 s in which the autocorrelation of a signal has a peak.

Source: autocorrelation as the sign of exercise, Morris et al. 2014, RecoFit, CHI 2014, 3225-3234.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from qleap_edge.analysis.cycles import TRAVEL, TURNING, Signal
from qleap_edge.analysis.slow_signals import SLOW_RATE_HZ, SlowSignals

WINDOW_STEPS = int(14.0 * SLOW_RATE_HZ)
HOP_STEPS = int(3.0 * SLOW_RATE_HZ)
LEAST_AMPLITUDE: dict[Signal, float] = {"turning": 0.09, "travel": 0.10}
"""About 5 degrees; metres."""
LEAST_AUTOCORRELATION = 0.45
PERIODS_S = (1.0, 8.0)
TAIL_PERCENT = 7.0  # per cent of the values at either end that the first guess of the amplitude leaves out


@dataclass(frozen=True)
class Seed:
    """A window in which a signal repeats."""

    autocorrelation: float
    signal: Signal
    window: tuple[int, int]
    axis: Float[np.ndarray, " 3"] | None
    """Direction in which the vertical turns; None for travel."""
    amplitude: float


def seeds_of_window(slow: SlowSignals, start: int, stop: int) -> list[Seed]:
    """Return a seed for each signal that repeats between two steps."""
    up = slow.up[start:stop]
    _, axes = np.linalg.eigh(np.cov(up.T))
    axis = np.asarray(axes[:, 2])
    found = []
    for signal, direction, values in ((TURNING, axis, up @ axis), (TRAVEL, None, slow.height[start:stop])):
        low, high = np.percentile(values, (TAIL_PERCENT, 100.0 - TAIL_PERCENT))
        if high - low < LEAST_AMPLITUDE[signal]:
            continue
        peak, _ = autocorrelation_peak(values)
        if peak >= LEAST_AUTOCORRELATION:
            found.append(Seed(peak, signal, (start, stop), direction, float(high - low)))
    return found


def autocorrelation_peak(values: Float[np.ndarray, " t"]) -> tuple[float, float]:
    """Return the highest peak of the autocorrelation at lags of 1 to 8 s and its lag (s); (0, 0) without a peak.

    The sums are divided by the number of their terms, so that a long lag is not at a disadvantage.
    """
    count = len(values)
    spectrum = np.fft.rfft(values - values.mean(), 2 * count)
    sums = np.fft.irfft(np.abs(spectrum) ** 2)[:count]
    if sums[0] <= 0.0:
        return 0.0, 0.0
    correlation = sums / sums[0] * count / (count - np.arange(count))
    first, last = int(PERIODS_S[0] * SLOW_RATE_HZ), min(int(PERIODS_S[1] * SLOW_RATE_HZ), int(0.6 * count))
    part = correlation[first:last]
    peaks = np.flatnonzero((part[1:-1] >= part[:-2]) & (part[1:-1] > part[2:])) + 1
    if not len(peaks):
        return 0.0, 0.0
    best = int(peaks[np.argmax(part[peaks])])
    return float(part[best]), (best + first) / SLOW_RATE_HZ
