"""Overlapping windows of a sequence laid onto its frames: one track a sequence, as an app would show it.

Two ways. *Whole window*: every frame is the mean of all windows that hold it; it is known up to 4 s late. *Newest*: every
frame is taken from the first window that holds it, i.e. each window gives its last ``hop`` frames only; at a hop of 10 a
frame is shown 0 to 0.18 s after it was measured (0.2 s with the newest sample's own period), which is what a live display
can do.
"""

import numpy as np
from jaxtyping import Bool, Float32, Int32

from qleap_edge.core.frames import HOP_STEPS, WINDOW_STEPS
from qleap_edge.core.skeleton import JOINT_COUNT
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.metrics.outputs import ModelOutputs


class OverlapAverage:
    """The predicted frames of all sequences of a part.

    Args:
        truth: says which window lies where.
    """

    def __init__(self, truth: GroundTruth) -> None:
        self._truth = truth
        shape = (len(truth.pose), JOINT_COUNT, 3)
        self._pose = np.zeros(shape, np.float32)
        self._variance = np.zeros(shape, np.float32)
        self._count: Int32[np.ndarray, " frames"] = np.zeros(len(truth.pose), np.int32)
        self.newest: Float32[np.ndarray, "frames 17 3"] = np.full(shape, np.nan, np.float32)
        """NaN before the end of a sequence's first window and after that of its last; everywhere where the hop is too long."""

    @property
    def streams(self) -> bool:
        """Whether the hop is short enough to speak of a stream."""
        return self._truth.hop <= HOP_STEPS

    def add(self, first: int, outputs: ModelOutputs) -> None:
        """Lay the windows from number ``first`` on onto their frames."""
        variance = np.exp(outputs.pose_log_variance)
        for row in range(len(outputs)):
            start = self._truth.start[first + row]
            window = slice(start, start + WINDOW_STEPS)
            self._pose[window] += outputs.pose[row]
            self._variance[window] += variance[row]
            self._count[window] += 1
            if self.streams:
                fresh = self._truth.hop
                self.newest[window.stop - fresh : window.stop] = outputs.pose[row, -fresh:]

    @property
    def covered(self) -> Bool[np.ndarray, " frames"]:
        """True where a window has been: all frames but a few at a sequence's end."""
        return self._count > 0

    def whole(self) -> Float32[np.ndarray, "frames 17 3"]:
        """Return the mean of the windows over each frame; NaN where none has been."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self._pose / self._count.astype(np.float32)[:, None, None])

    def sigma(self) -> Float32[np.ndarray, "frames 17 3"]:
        """Return the root of the windows' mean variance: what one window says, since windows share what they err in."""
        with np.errstate(invalid="ignore"):
            return np.sqrt(self._variance / self._count.astype(np.float32)[:, None, None])
