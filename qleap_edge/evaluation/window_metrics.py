"""The figures of one window: means over all of its frames, and over its newest frames."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float, Float32, Float64, Int64

from qleap_edge.core.contract import EMBEDDING_SIZE
from qleap_edge.core.errors import QleapError
from qleap_edge.core.exercises import FORM_UNSCORED
from qleap_edge.core.frames import HOP_STEPS, WINDOW_STEPS
from qleap_edge.core.units import REFERENCE_STATURE_M
from qleap_edge.evaluation.baselines import NO_SENSOR_BASELINES, BaselineName, NoSensorBaselines
from qleap_edge.evaluation.frame_metrics import FRAME_FIGURES, Figure, frame_figures
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.overlap import OverlapAverage
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.metrics.pose import jerks

Mode = Literal["window", "newest"]
"""``window``: all 200 frames. ``newest``: the last frames only, those that a live display shows."""
MODES: tuple[Mode, ...] = get_args(Mode)
Predictor = Literal["model", BaselineName]
PREDICTORS: tuple[Predictor, ...] = ("model", *NO_SENSOR_BASELINES)
OverlapAverages = dict[Mode, OverlapAverage]
"""The overlap average of each mode; without ``newest`` where the hop is too long for a stream."""
Embedding = Literal["what", "how"]
EMBEDDINGS: tuple[Embedding, ...] = get_args(Embedding)

WINDOW_FIGURES = (
    *FRAME_FIGURES,
    Figure("jitter", "jitter", "m/s^3"),
    Figure("jitter_truth", "jitter of the truth", "m/s^3"),
    Figure("exercise_accuracy", "exercise recognised", "1"),
    Figure("form_mae", "form score, mean absolute error", "1"),
)
WINDOW_COLUMN = {figure.name: column for column, figure in enumerate(WINDOW_FIGURES)}

_CHUNK = 64 * WINDOW_STEPS  # frames at a time: larger chunks leave the processor's cache and are slower


@dataclass(frozen=True)
class WindowTable:
    """One row for each window, for each mode and predictor; NaN where a figure does not exist."""

    values: dict[tuple[Mode, Predictor], Float64[np.ndarray, "windows figures"]]
    """Columns as in :data:`WINDOW_FIGURES`."""
    exercise: Int64[np.ndarray, " windows"]
    """Most probable exercise."""
    form: Int64[np.ndarray, " windows"]
    """Most probable form score, also of windows without a true score."""
    embeddings: dict[Embedding, Float32[np.ndarray, "windows 64"]]


def newest_steps(hop: int) -> int:
    """Return how many frames of a window count as its newest: those that no earlier window holds, 10 at most."""
    return min(hop, HOP_STEPS)


def measure_windows(
    batches: Iterable[ModelOutputs], truth: GroundTruth, baselines: NoSensorBaselines
) -> tuple[WindowTable, OverlapAverages]:
    """Measure a model and the baselines on every window, and average the model's overlapping windows.

    Args:
        batches: outputs for the windows of ``truth`` in their order; no batch is kept.
        truth: the true frames.
        baselines: fitted on the training part.

    Raises:
        QleapError: there are not as many outputs as windows.
    """
    keys = [(mode, predictor) for mode in MODES for predictor in PREDICTORS]
    table = WindowTable(
        values={key: np.full((len(truth), len(WINDOW_FIGURES)), np.nan) for key in keys},
        exercise=np.zeros(len(truth), np.int64),
        form=np.zeros(len(truth), np.int64),
        embeddings={name: np.zeros((len(truth), EMBEDDING_SIZE), np.float32) for name in EMBEDDINGS},
    )
    averages, first = _empty_averages(truth), 0
    for outputs in batches:
        rows = slice(first, first + len(outputs))
        if rows.stop > len(truth):
            break
        _measure_batch(outputs, truth, rows, table)
        sigma = np.exp(0.5 * outputs.pose_log_variance)
        averages["window"].add(truth.start[rows], outputs.pose, sigma)
        if "newest" in averages:
            averages["newest"].add(truth.start[rows], outputs.pose)
        first = rows.stop
    if first != len(truth):
        raise QleapError("outputs and windows differ in number", expected=str(len(truth)), got=str(first))
    if "newest" in averages:
        _measure_stream(averages["newest"], truth, table)
    for name in NO_SENSOR_BASELINES:
        _measure_baseline(baselines, name, truth, table)
    _measure_classes(table, truth, baselines)
    return table, averages


def _empty_averages(truth: GroundTruth) -> OverlapAverages:
    frames = len(truth.pose)
    found: OverlapAverages = {"window": OverlapAverage(frames, sigma_rule="root_mean_variance", dtype=np.float32)}
    if truth.hop <= HOP_STEPS:  # with a longer hop, the newest frames of two windows would be old or leave gaps
        found["newest"] = OverlapAverage(frames, newest_steps=truth.hop, dtype=np.float32)
    return found


def _measure_batch(outputs: ModelOutputs, truth: GroundTruth, rows: slice, table: WindowTable) -> None:
    pose = truth.cut(truth.pose, rows)
    flat = [array.reshape(-1, *array.shape[2:]) for array in (outputs.pose, outputs.pose_log_variance, pose)]
    figures = frame_figures(*flat).reshape(len(outputs), WINDOW_STEPS, -1)
    whole, newest = table.values["window", "model"][rows], table.values["newest", "model"][rows]
    whole[:, : len(FRAME_FIGURES)] = figures.mean(axis=1)
    newest[:, : len(FRAME_FIGURES)] = figures[:, -newest_steps(truth.hop) :].mean(axis=1)
    for name, array in (("jitter", outputs.pose), ("jitter_truth", pose)):
        whole[:, WINDOW_COLUMN[name]] = jerks(array).mean(axis=1) * REFERENCE_STATURE_M
    table.exercise[rows] = outputs.exercise_logits.argmax(axis=1)
    table.form[rows] = outputs.form_logits.argmax(axis=1)
    table.embeddings["what"][rows], table.embeddings["how"][rows] = outputs.what_embedding, outputs.how_embedding


def _measure_stream(newest: OverlapAverage, truth: GroundTruth, table: WindowTable) -> None:
    """Measure the jitter of the newest frames, jumps between windows included; the first window of a sequence has none."""
    last = truth.start + WINDOW_STEPS
    fresh = last[:, None] - np.arange(truth.hop, 0, -1)
    inside = np.flatnonzero(np.diff(truth.sequence, prepend=-1) == 0)  # not the first window of its sequence
    for name, pose in (("jitter", newest.pose()), ("jitter_truth", truth.pose)):
        jitter = jerks(pose) * REFERENCE_STATURE_M  # number i is that of frames i to i + 3
        table.values["newest", "model"][inside, WINDOW_COLUMN[name]] = jitter[fresh[inside] - 3].mean(axis=1)


def _measure_baseline(baselines: NoSensorBaselines, name: BaselineName, truth: GroundTruth, table: WindowTable) -> None:
    """Measure a baseline, whose pose of a frame does not depend on the window: each frame is measured once."""
    frames = len(truth.pose)
    sums = np.zeros((frames + 1, len(FRAME_FIGURES)))
    for first in range(0, frames, _CHUNK):
        part = slice(first, min(first + _CHUNK, frames))
        predicted = baselines.predict(name, truth.exercise[part], truth.phase[part])
        sums[part.start + 1 : part.stop + 1] = frame_figures(*predicted, truth.pose[part])
    np.cumsum(sums, axis=0, out=sums)
    last = truth.start + WINDOW_STEPS
    for mode, steps in zip(MODES, (WINDOW_STEPS, newest_steps(truth.hop)), strict=True):
        table.values[mode, name][:, : len(FRAME_FIGURES)] = (sums[last] - sums[last - steps]) / steps


def _measure_classes(table: WindowTable, truth: GroundTruth, baselines: NoSensorBaselines) -> None:
    """Measure exercise and form of whole windows; the baseline is the mean pose's, which is not given the exercise."""
    unscored = truth.window_form == FORM_UNSCORED
    guesses: tuple[tuple[Predictor, Int64[np.ndarray, " windows"] | int, Int64[np.ndarray, " windows"] | int], ...] = (
        ("model", table.exercise, table.form),
        ("mean_pose", baselines.exercise, baselines.form),
    )
    for predictor, exercise, form in guesses:
        values = table.values["window", predictor]
        values[:, WINDOW_COLUMN["exercise_accuracy"]] = exercise == truth.window_exercise
        error: Float[np.ndarray, " windows"] = np.abs(form - truth.window_form).astype(np.float64)
        values[:, WINDOW_COLUMN["form_mae"]] = np.where(unscored, np.nan, error)
