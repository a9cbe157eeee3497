"""Overlapping windows of a recording averaged into one pose a frame.

A frame lies in up to twenty windows, and every one of them predicts its pose. Two averages are in use:

- *Whole windows*: the mean of all windows that hold a frame. A frame is known up to 4 s after it was measured.
- *Newest frames*: the mean of the last ``newest_steps`` frames of each window only. With as many steps as the hop a frame comes
  from one window, the first one that holds it; at a hop of 10 it is known 0 to 0.18 s after it was measured (0.2 s with the
  sample's own period), which is what a live display can show.

Two rules give a frame's σ from the σ of its windows. Both describe the error of one window: windows of one model share their
errors, so that averaging them does not make the mean more certain.

- ``root_mean_variance``: the root of the mean of σ². The figures of an evaluation are drawn with it.
- ``mean_sigma``: the mean of σ, never larger than the former. ``motion.json`` holds it.
"""

from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Int, Int32

from qleap_edge.core.frames import WINDOW_STEPS
from qleap_edge.core.skeleton import JOINT_COUNT

SigmaRule = Literal["root_mean_variance", "mean_sigma"]


class OverlapAverage:
    """The mean pose of each frame over the windows that hold it; windows may be added in batches.

    Args:
        frames: number of frames of the recording, or of all recordings laid end to end.
        newest_steps: how many frames at the end of each window count; None for the whole window.
        sigma_rule: how the σ of a frame follows from those of its windows.
        dtype: of the sums and of the means.
    """

    def __init__(
        self,
        frames: int,
        *,
        newest_steps: int | None = None,
        sigma_rule: SigmaRule = "mean_sigma",
        dtype: type[np.floating] = np.float64,
    ) -> None:
        self._part = slice(0 if newest_steps is None else WINDOW_STEPS - newest_steps, WINDOW_STEPS)
        self._sigma_rule = sigma_rule
        self._count: Int32[np.ndarray, " frames"] = np.zeros(frames, np.int32)
        self._pose = np.zeros((frames, JOINT_COUNT, 3), dtype)
        self._spread: np.ndarray | None = None

    def add(
        self,
        first: Int[np.ndarray, " windows"],
        pose: Float[np.ndarray, "windows 200 17 3"],
        sigma: Float[np.ndarray, "windows 200 17 3"] | None = None,
    ) -> None:
        """Add windows to the sums of their frames.

        Args:
            first: the frame at which each window begins.
            pose: predicted poses, in any unit of length.
            sigma: standard deviations in the same unit; either every call gives them or none.
        """
        spread = None
        if sigma is not None:
            spread = sigma if self._sigma_rule == "mean_sigma" else np.square(sigma)
            self._spread = np.zeros_like(self._pose) if self._spread is None else self._spread
        for row, begin in enumerate(first.tolist()):
            frames = slice(begin + self._part.start, begin + self._part.stop)
            self._count[frames] += 1
            self._pose[frames] += pose[row, self._part]
            if spread is not None and self._spread is not None:
                self._spread[frames] += spread[row, self._part]

    @property
    def known(self) -> Bool[np.ndarray, " frames"]:
        """True for the frames that at least one window holds."""
        return self._count > 0

    def pose(self) -> Float[np.ndarray, "frames 17 3"]:
        """Return the mean pose of each frame, NaN where none is known."""
        return self._mean(self._pose)

    def sigma(self) -> Float[np.ndarray, "frames 17 3"]:
        """Return the σ of each frame, NaN where none is known; NaN everywhere if no call of :meth:`add` gave any."""
        if self._spread is None:
            return np.full_like(self._pose, np.nan)
        mean = self._mean(self._spread)
        return mean if self._sigma_rule == "mean_sigma" else np.sqrt(mean)

    def _mean(self, total: Float[np.ndarray, "frames 17 3"]) -> Float[np.ndarray, "frames 17 3"]:
        weight = np.where(self.known, self._count, np.nan).astype(total.dtype)
        return np.asarray(total / weight[:, None, None])
