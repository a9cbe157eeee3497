"""The figures of one squat: its depth, and the flexion of the knees at the true bottom."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float64, Int64

from qleap_edge.core.exercises import EXERCISE_ID
from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.evaluation.baselines import NO_SENSOR_BASELINES, NoSensorBaselines
from qleap_edge.evaluation.frame_metrics import Figure
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.window_metrics import Mode, OverlapAverages, Predictor
from qleap_edge.metrics.angles import knee_flexion
from qleap_edge.metrics.pose import pelvis_height

REPETITION_FIGURES = (
    Figure("depth_error", "depth, absolute error, median", "mm"),
    Figure("depth_bias", "predicted minus true depth, mean", "mm"),
    Figure("depth_truth", "true depth, mean", "mm"),
    Figure("knee_bottom_mae", "knee flexion at the bottom, mean absolute error", "deg"),
)
"""Depth: fall of the pelvis towards the ankles between the true start and end, at a stature of 1.75 m."""
REPETITION_COLUMN = {figure.name: column for column, figure in enumerate(REPETITION_FIGURES)}


@dataclass(frozen=True)
class RepetitionTable:
    """One row for each squat, for each mode and predictor; NaN where a frame of the squat is unknown."""

    sequence: Int64[np.ndarray, " repetitions"]
    values: dict[tuple[Mode, Predictor], Float64[np.ndarray, "repetitions figures"]]
    """Columns as in :data:`REPETITION_FIGURES`."""


def measure_repetitions(averages: OverlapAverages, truth: GroundTruth, baselines: NoSensorBaselines) -> RepetitionTable:
    """Measure every squat of a part. Baselines are measured on the squats that the model's frames hold whole, too."""
    squats = squats_of(truth)
    values: dict[tuple[Mode, Predictor], Float64[np.ndarray, "repetitions figures"]] = {}
    for mode, average in averages.items():
        values[mode, "model"] = squat_figures(average.pose(), truth, squats)
        unseen = np.isnan(values[mode, "model"][:, 0])
        for name in NO_SENSOR_BASELINES:
            guess, _ = baselines.predict(name, truth.exercise, truth.phase)
            values[mode, name] = np.where(unseen[:, None], np.nan, squat_figures(guess, truth, squats))
    return RepetitionTable(truth.sequence_of(squats[:, 1]), values)


def squats_of(truth: GroundTruth) -> Int64[np.ndarray, "squats 3"]:
    """Return start, turning point and end of every squat, as frames of the part."""
    return truth.repetitions[truth.exercise[truth.repetitions[:, 1]] == EXERCISE_ID["squat"]]


def squat_figures(
    pose: Float[np.ndarray, "frames 17 3"], truth: GroundTruth, squats: Int64[np.ndarray, "repetitions 3"]
) -> Float64[np.ndarray, "repetitions figures"]:
    """Return the figures of squats, columns as in :data:`REPETITION_FIGURES`; NaN where a frame of one is unknown."""
    turn = squats[:, 1]
    ours, true = (_depths(array, squats) * MM_PER_BODY_HEIGHT for array in (pose, truth.pose))
    knees = np.abs(knee_flexion(pose[turn]) - knee_flexion(truth.pose[turn])).mean(axis=1)
    known = np.where(np.isnan(ours), np.nan, 1.0)
    return np.stack([np.abs(ours - true), ours - true, true * known, knees * known], axis=1)


def _depths(
    pose: Float[np.ndarray, "frames 17 3"], squats: Int64[np.ndarray, "repetitions 3"]
) -> Float64[np.ndarray, " repetitions"]:
    """Return the range of the pelvis' height in each repetition, body heights; NaN where a frame is unknown."""
    height = pelvis_height(pose).astype(np.float64)
    return np.array([np.ptp(height[start : end + 1]) for start, _, end in squats], dtype=np.float64)
