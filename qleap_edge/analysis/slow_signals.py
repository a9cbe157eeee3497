"""The two slow signals in which repetitions show: how the wrist is turned, and how high it is.

Turning is the direction of the vertical in the watch's own frame: it shows every exercise in which the forearm turns about a
horizontal axis (curl, lateral raise, triceps extension, row). Height is the vertical acceleration integrated twice and
high-passed: it shows every exercise in which the hand goes up and down (squat, press, deadlift, pull-down).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.linalg import solveh_banded
from scipy.ndimage import minimum_filter1d
from scipy.signal import butter, sosfiltfilt

from qleap_edge.analysis.vertical_motion import VerticalMotion

SLOW_RATE_HZ = 20.0
MOTION_HZ = 2.5  # repetitions take 0.8 s and more; what is faster is tremor and impacts
DRIFT_HZ = 0.1  # slower than one repetition in ten seconds: drift of the integration
SHORTEST_S = 3.0
"""A shorter stretch holds no set."""
PART_STEPS = int(20.0 * SLOW_RATE_HZ)
REACH_STEPS = int(20.0 * SLOW_RATE_HZ)
"""Rows so far before and after a part enter it; what the integration remembers is a tenth of that."""
STILL_ACCELERATION = 0.15  # m/s²
STILL_TURN_RATE = 0.2  # rad/s
STILL_AROUND_S = 0.25
STILL_VELOCITY = 0.1  # m/s, by a first estimate without stillness: a slow lift at constant velocity is no rest
STILL_WEIGHT = 30.0  # 1/s²: of the squared velocity at rest against the squared error of the acceleration


@dataclass(frozen=True)
class SlowSignals:
    """Both signals of one stretch at 20 Hz."""

    time_s: Float[np.ndarray, " t"]
    """Since the first row of the recording; steps of 0.05 s."""
    up: Float[np.ndarray, "t 3"]
    """Direction of the vertical in device axes, low-passed."""
    height: Float[np.ndarray, " t"]
    """Height of the wrist (m), high-passed: right in shape within a few seconds, not over a whole set."""

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self.time_s)

    def between(self, first: int, stop: int) -> "SlowSignals":
        """Return the steps from ``first`` to before ``stop``."""
        return SlowSignals(self.time_s[first:stop], self.up[first:stop], self.height[first:stop])

    def followed_by(self, other: "SlowSignals") -> "SlowSignals":
        """Return these steps and those of another piece of the same stretch."""
        return SlowSignals(
            np.concatenate([self.time_s, other.time_s]),
            np.concatenate([self.up, other.up]),
            np.concatenate([self.height, other.height]),
        )


def slow_signals(motion: VerticalMotion) -> SlowSignals | None:
    """Return both signals of a stretch; ``None`` if it is shorter than 3 s.

    They are made part by part, each from its rows and those of 20 s before and after it, as in a stream.
    """
    start_s, end_s = float(motion.time_s[0]), float(motion.time_s[-1])
    if end_s - start_s < SHORTEST_S:
        return None
    total = total_steps(start_s, end_s)
    parts = [slow_part(motion, start_s, part, total) for part in range(-(-total // PART_STEPS))]
    return SlowSignals(
        np.concatenate([part.time_s for part in parts]),
        np.concatenate([part.up for part in parts]),
        np.concatenate([part.height for part in parts]),
    )


def total_steps(start_s: float, end_s: float) -> int:
    """Return the number of steps of a stretch."""
    return int((end_s - start_s) * SLOW_RATE_HZ) + 1


def slow_part(motion: VerticalMotion, start_s: float, part: int, total: int | None) -> SlowSignals:
    """Return both signals of one part of a stretch. Filters run forwards and backwards: neither signal is delayed.

    Args:
        motion: rows of the stretch; those of the part and 20 s around it must be there.
        start_s: stamp of the stretch's first row.
        part: its number, from 0; each has 20 s.
        total: steps of the stretch; ``None`` while its end is not known.
    """
    first, stop = part * PART_STEPS, (part + 1) * PART_STEPS
    outer, outer_stop = max(0, first - REACH_STEPS), stop + REACH_STEPS
    if total is not None:
        stop, outer_stop = min(stop, total), min(outer_stop, total)
    at = start_s + np.arange(outer, outer_stop) / SLOW_RATE_HZ
    rows = motion.between(float(at[0]), float(at[-1]))
    low = butter(2, MOTION_HZ, "lowpass", fs=motion.rate_hz, output="sos")
    fast = sosfiltfilt(low, np.column_stack([rows.up, rows.acceleration, rows.turn_rate]), axis=0)
    slow = np.stack([np.interp(at, rows.time_s, column) for column in fast.T], axis=1)
    whole = SlowSignals(time_s=at, up=slow[:, :3], height=integrated_height(slow[:, 3], slow[:, 4]))
    return whole.between(first - outer, stop - outer)


def integrated_height(
    acceleration: Float[np.ndarray, " t"], turn_rate: Float[np.ndarray, " t"]
) -> Float[np.ndarray, " t"]:
    """Return the height whose second derivative is nearest to the acceleration, at 20 Hz.

    Least squares over all steps: the error of the acceleration, the velocity where the wrist is still, and the height
    itself are to be small. Without stillness this is a high-pass of the double integral without delay; with it, a pause stays
    level however long it lasts.
    """
    still = np.exp(-0.5 * ((acceleration / STILL_ACCELERATION) ** 2 + (turn_rate / STILL_TURN_RATE) ** 2))
    still = minimum_filter1d(still, 2 * int(STILL_AROUND_S * SLOW_RATE_HZ) + 1)
    still = 0.5 * (still[1:] + still[:-1])
    first = _nearest(acceleration, np.zeros(len(still)))
    slow = np.exp(-0.5 * (np.diff(first) * SLOW_RATE_HZ / STILL_VELOCITY) ** 2)
    return _nearest(acceleration, STILL_WEIGHT * still * slow)


def _nearest(acceleration: Float[np.ndarray, " t"], still: Float[np.ndarray, " t-1"]) -> Float[np.ndarray, " t"]:
    """Return the height for given weights (1/s²) of the squared velocity between neighbouring steps."""
    count, step_s = len(acceleration), 1.0 / SLOW_RATE_HZ
    bands = np.zeros((3, count))
    bands[2] = (2.0 * np.pi * DRIFT_HZ) ** 4
    for weights, values in (
        ((1.0, -2.0, 1.0), np.full(count - 2, step_s**-4)),
        ((-1.0, 1.0), still * step_s**-2),
    ):
        for row, one in enumerate(weights):
            for column, other in enumerate(weights[: row + 1]):
                bands[2 - (row - column), row : row + len(values)] += one * other * values
    curvature = acceleration[1:-1] * step_s**-2
    right = np.zeros(count)
    for row, one in enumerate((1.0, -2.0, 1.0)):
        right[row : row + count - 2] += one * curvature
    return np.asarray(solveh_banded(bands, right))
