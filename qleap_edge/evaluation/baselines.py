"""Predictors without a sensor: what the training persons say about a frame that nobody measured.

Each is a Gaussian, mean and variance of the training frames in a cell. The three differ in how finely they cut: one cell;
one an exercise; one an exercise and percent of the repetition. The last two are told the true exercise, and the last one the
true phase: no sensor-free predictor knows as much, so it is the strongest opponent, not a possible product.
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

PriorName = Literal["mean_pose", "exercise_mean", "phase_mean"]
PRIORS: tuple[PriorName, ...] = get_args(PriorName)

PHASES = 101  # 0 to 100 % of a repetition; one more cell for frames between repetitions
_CELLS = PHASES + 1
_COORDINATES = JOINT_COUNT * 3
_LEAST_VARIANCE = 1e-6  # body heights²: 1.75 mm, where a coordinate never moved in training (the pelvis)


@dataclass(frozen=True)
class Gaussian:
    """Mean and log variance of every cell of one prior."""

    mean: Float32[np.ndarray, "cells 17 3"]
    log_variance: Float32[np.ndarray, "cells 17 3"]

    @classmethod
    def of(cls, moments: "_Moments") -> "Gaussian":
        """Return what the sums of cells say."""
        count = moments.count[:, None]
        mean = moments.sum / count
        variance = np.maximum(moments.square / count - mean * mean, _LEAST_VARIANCE)
        shape = (len(count), JOINT_COUNT, 3)
        return cls(mean.astype(np.float32).reshape(shape), np.log(variance).astype(np.float32).reshape(shape))


@dataclass(frozen=True)
class NoSensorBaselines:
    """All predictors without a sensor."""

    poses: dict[PriorName, Gaussian]
    exercise: int
    """The one that most training frames show."""
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
        fine = _Moments.zeros(len(EXERCISES) * _CELLS)
        for shard in read_stored_frames(index, ("pose", "exercise", "phase")):
            fine.add(phase_cells(shard.frames["exercise"], shard.frames["phase"]), shard.frames["pose"])
        by_exercise = fine.merged(_CELLS)
        everything = by_exercise.merged(len(EXERCISES))
        by_exercise = by_exercise.filled(everything)
        scores = index.form[index.form != FORM_UNSCORED]
        return cls(
            poses={
                "mean_pose": Gaussian.of(everything),
                "exercise_mean": Gaussian.of(by_exercise),
                "phase_mean": Gaussian.of(fine.filled(by_exercise)),
            },
            exercise=int(fine.merged(_CELLS).count.argmax()),
            form=int(np.median(scores)) if len(scores) else FORM_SCORES[0],
        )

    def predict(
        self, name: PriorName, exercise: Int8[np.ndarray, " frames"], phase: Float32[np.ndarray, " frames"]
    ) -> tuple[Float32[np.ndarray, "frames 17 3"], Float32[np.ndarray, "frames 17 3"]]:
        """Return mean and log variance for frames of these true exercises and phases."""
        cells = {
            "mean_pose": np.zeros(len(exercise), dtype=np.int64),
            "exercise_mean": exercise.astype(np.int64),
            "phase_mean": phase_cells(exercise, phase),
        }[name]
        table = self.poses[name]
        return table.mean[cells], table.log_variance[cells]


def phase_cells(
    exercise: Int8[np.ndarray, " frames"], phase: Float32[np.ndarray, " frames"]
) -> Int64[np.ndarray, " frames"]:
    """Return the cell of each frame: its exercise, and its phase to the nearest percent or that it has none."""
    within = np.where(np.isnan(phase), PHASES, np.round(np.nan_to_num(phase) * (PHASES - 1)))
    return exercise.astype(np.int64) * _CELLS + within.astype(np.int64)


@dataclass(frozen=True)
class _Moments:
    """Frames, sums and sums of squares of cells."""

    count: Float64[np.ndarray, " cells"]
    sum: Float64[np.ndarray, "cells 51"]
    square: Float64[np.ndarray, "cells 51"]

    @classmethod
    def zeros(cls, cells: int) -> "_Moments":
        return cls(np.zeros(cells), np.zeros((cells, _COORDINATES)), np.zeros((cells, _COORDINATES)))

    def add(self, cell: Int64[np.ndarray, " frames"], pose: Float[np.ndarray, "frames 17 3"]) -> None:
        """Add frames in place: a sparse matrix product, since adding row by row takes minutes."""
        frames = np.arange(len(cell))
        membership = csr_array((np.ones(len(cell)), (cell, frames)), shape=(len(self.count), len(cell)))
        wide = pose.reshape(-1, _COORDINATES).astype(np.float64)
        self.count[:] += np.bincount(cell, minlength=len(self.count))
        self.sum[:] += membership @ wide
        self.square[:] += membership @ (wide * wide)

    def merged(self, cells: int) -> "_Moments":
        """Return the sums over every ``cells`` neighbouring cells."""
        return _Moments(
            self.count.reshape(-1, cells).sum(axis=1),
            self.sum.reshape(-1, cells, _COORDINATES).sum(axis=1),
            self.square.reshape(-1, cells, _COORDINATES).sum(axis=1),
        )

    def filled(self, coarse: "_Moments") -> "_Moments":
        """Return the same with every empty cell filled: by its neighbours in phase, else by the coarser cell."""
        many = len(self.count) // len(coarse.count)
        known = self.count > 0.0
        source = np.arange(len(self.count))
        for group in source.reshape(-1, many):
            inside = group[:PHASES][known[group[:PHASES]]] if many == _CELLS else group[:0]
            if len(inside):
                nearest = np.abs(group[:PHASES, None] - inside).argmin(axis=1)
                source[group[:PHASES]] = inside[nearest]
        rows = [array[source] for array in (self.count, self.sum, self.square)]
        empty = np.flatnonzero(rows[0] == 0.0)
        for mine, theirs in zip(rows, (coarse.count, coarse.sum, coarse.square), strict=True):
            mine[empty] = theirs[empty // many]
        return _Moments(*rows)
