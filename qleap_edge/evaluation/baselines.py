"""Baselines without a sensor: what the poses of the training persons alone predict for a frame.

Each baseline is a Gaussian, the mean and the variance of the training frames in a bin. The three baselines differ in their
bins: a single one; one for each exercise; one for each exercise and percent of the repetition. The last two are given the true
exercise, and the last one the true phase as well. A product without a sensor has neither, so that the last baseline is an upper
bound of what can be predicted without a sensor.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float, Float32, Float64, Int8, Int64
from scipy.sparse import csr_array

from qleap_edge.core.exercises import EXERCISES, FORM_SCORES, FORM_UNSCORED
from qleap_edge.core.frames import WINDOW_STEPS
from qleap_edge.core.skeleton import JOINT_COUNT
from qleap_edge.dataset.stored_frames import read_stored_frames
from qleap_edge.dataset.windows import window_index

BaselineName = Literal["mean_pose", "exercise_mean", "phase_mean"]
NO_SENSOR_BASELINES: tuple[BaselineName, ...] = get_args(BaselineName)

PHASES = 101  # 0 to 100 % of a repetition; one more bin holds the frames between repetitions
_BINS = PHASES + 1
_COORDINATES = JOINT_COUNT * 3
_LEAST_VARIANCE = 1e-6  # body heights², (1.75 mm)²: used where a coordinate is constant in training, as the pelvis is


@dataclass(frozen=True)
class Gaussian:
    """Mean and log variance of every bin of one baseline."""

    mean: Float32[np.ndarray, "bins 17 3"]
    log_variance: Float32[np.ndarray, "bins 17 3"]

    @classmethod
    def of(cls, moments: "_Moments") -> "Gaussian":
        """Return the means and log variances that follow from the sums of the bins."""
        count = moments.count[:, None]
        mean = moments.sum / count
        variance = np.maximum(moments.square / count - mean * mean, _LEAST_VARIANCE)
        shape = (len(count), JOINT_COUNT, 3)
        return cls(mean.astype(np.float32).reshape(shape), np.log(variance).astype(np.float32).reshape(shape))


@dataclass(frozen=True)
class NoSensorBaselines:
    """All baselines without a sensor, fitted on the training part of a dataset."""

    poses: dict[BaselineName, Gaussian]
    exercise: int
    """The exercise of most training frames."""
    form: int
    """Median score of the scored training sequences."""

    @classmethod
    def fit(cls, folder: Path) -> "NoSensorBaselines":
        """Read the training part of a dataset, one shard at a time.

        Raises:
            InputDataError: no dataset, a damaged shard, or a training part without a single window.
            AlteredFile: a shard is missing or not the one that was recorded.
        """
        index = window_index(folder, "train", WINDOW_STEPS)
        fine = _Moments.zeros(len(EXERCISES) * _BINS)
        for shard in read_stored_frames(index, ("pose", "exercise", "phase")):
            fine.add(phase_bins(shard.frames["exercise"], shard.frames["phase"]), shard.frames["pose"])
        by_exercise = fine.merged(_BINS)
        everything = by_exercise.merged(len(EXERCISES))
        by_exercise = by_exercise.filled(everything)
        scores = index.form[index.form != FORM_UNSCORED]
        return cls(
            poses={
                "mean_pose": Gaussian.of(everything),
                "exercise_mean": Gaussian.of(by_exercise),
                "phase_mean": Gaussian.of(fine.filled(by_exercise)),
            },
            exercise=int(fine.merged(_BINS).count.argmax()),
            form=int(np.median(scores)) if len(scores) else FORM_SCORES[0],
        )

    def predict(
        self, name: BaselineName, exercise: Int8[np.ndarray, " frames"], phase: Float32[np.ndarray, " frames"]
    ) -> tuple[Float32[np.ndarray, "frames 17 3"], Float32[np.ndarray, "frames 17 3"]]:
        """Return mean and log variance for frames of these true exercises and phases."""
        bins = {
            "mean_pose": np.zeros(len(exercise), dtype=np.int64),
            "exercise_mean": exercise.astype(np.int64),
            "phase_mean": phase_bins(exercise, phase),
        }[name]
        table = self.poses[name]
        return table.mean[bins], table.log_variance[bins]


def phase_bins(
    exercise: Int8[np.ndarray, " frames"], phase: Float32[np.ndarray, " frames"]
) -> Int64[np.ndarray, " frames"]:
    """Return the bin of each frame, given by its exercise and by its phase to the nearest percent; NaN is a bin of its own."""
    within = np.where(np.isnan(phase), PHASES, np.round(np.nan_to_num(phase) * (PHASES - 1)))
    return exercise.astype(np.int64) * _BINS + within.astype(np.int64)


@dataclass(frozen=True)
class _Moments:
    """The number of frames, their sum and their sum of squares in each bin."""

    count: Float64[np.ndarray, " bins"]
    sum: Float64[np.ndarray, "bins 51"]
    square: Float64[np.ndarray, "bins 51"]

    @classmethod
    def zeros(cls, bins: int) -> "_Moments":
        return cls(np.zeros(bins), np.zeros((bins, _COORDINATES)), np.zeros((bins, _COORDINATES)))

    def add(self, bins: Int64[np.ndarray, " frames"], pose: Float[np.ndarray, "frames 17 3"]) -> None:
        """Add frames in place, by a sparse matrix product: adding row by row takes minutes."""
        frames = np.arange(len(bins))
        membership = csr_array((np.ones(len(bins)), (bins, frames)), shape=(len(self.count), len(bins)))
        wide = pose.reshape(-1, _COORDINATES).astype(np.float64)
        self.count[:] += np.bincount(bins, minlength=len(self.count))
        self.sum[:] += membership @ wide
        self.square[:] += membership @ (wide * wide)

    def merged(self, bins: int) -> "_Moments":
        """Return the sums over every ``bins`` neighbouring bins."""
        return _Moments(
            self.count.reshape(-1, bins).sum(axis=1),
            self.sum.reshape(-1, bins, _COORDINATES).sum(axis=1),
            self.square.reshape(-1, bins, _COORDINATES).sum(axis=1),
        )

    def filled(self, coarse: "_Moments") -> "_Moments":
        """Return a copy without empty bins: each takes the values of the nearest phase, else those of the coarser bin."""
        many = len(self.count) // len(coarse.count)
        known = self.count > 0.0
        source = np.arange(len(self.count))
        for group in source.reshape(-1, many):
            inside = group[:PHASES][known[group[:PHASES]]] if many == _BINS else group[:0]
            if len(inside):
                nearest = np.abs(group[:PHASES, None] - inside).argmin(axis=1)
                source[group[:PHASES]] = inside[nearest]
        rows = [array[source] for array in (self.count, self.sum, self.square)]
        empty = np.flatnonzero(rows[0] == 0.0)
        for mine, theirs in zip(rows, (coarse.count, coarse.sum, coarse.square), strict=True):
            mine[empty] = theirs[empty // many]
        return _Moments(*rows)
