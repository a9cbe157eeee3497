"""The two slow signals in which repetitions show: how the wrist is turned, and how high it is.

Turning is the direction of the vertical in the watch's own frame: it shows every exercise in which the forearm turns about a
horizontal axis (curl, lateral raise, triceps extension, row). Height is the vertical acceleration integrated twice and
high-passed: it shows every exercise in which the hand goes up and down (squat, press, deadlift, pull-down).
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.signal import butter, sosfiltfilt

from qleap_edge.analysis.vertical_motion import VerticalMotion

SLOW_RATE_HZ = 20.0
_MOTION_HZ = 2.5  # repetitions take 0.8 s and more; what is faster is tremor and impacts
_DRIFT_HZ = 0.12  # slower than one repetition in eight seconds: drift of the integration
_REST_AROUND_S = 10.0  # longer than the high-pass remembers
_SHORTEST_S = 3.0  # a shorter stretch holds no set


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


def slow_signals(motion: VerticalMotion) -> SlowSignals | None:
    """Return both signals of a stretch; ``None`` if it is shorter than 3 s.

    Filters run forwards and backwards, so that neither signal is delayed.
    """
    if float(motion.time_s[-1] - motion.time_s[0]) < _SHORTEST_S:
        return None
    low = butter(2, _MOTION_HZ, "lowpass", fs=motion.rate_hz, output="sos")
    high = butter(2, _DRIFT_HZ, "highpass", fs=motion.rate_hz, output="sos")
    up = sosfiltfilt(low, motion.up, axis=0)
    around = int(_REST_AROUND_S * motion.rate_hz)
    acceleration = np.pad(motion.acceleration, around)  # the wrist rests before and after, as far as anybody can tell
    velocity = sosfiltfilt(high, np.cumsum(sosfiltfilt(low, acceleration)) / motion.rate_hz)
    height = sosfiltfilt(high, np.cumsum(velocity) / motion.rate_hz)[around : around + len(motion.time_s)]
    steps = int((motion.time_s[-1] - motion.time_s[0]) * SLOW_RATE_HZ) + 1
    at = motion.time_s[0] + np.arange(steps) / SLOW_RATE_HZ
    return SlowSignals(
        time_s=at,
        up=np.stack([np.interp(at, motion.time_s, column) for column in up.T], axis=1),
        height=np.interp(at, motion.time_s, height),
    )
