"""``qleap benchmark motion``: a model on the recordings of virtual watches on both wrists of a trial."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from qleap_edge.alignment.stream import windows
from qleap_edge.alignment.wear import Side
from qleap_edge.comparison.model_under_test import ModelUnderTest, OnWindow
from qleap_edge.comparison.motion.aggregate import check_rows, figure_rows
from qleap_edge.comparison.motion.document import LabelRow, ModelPart, MotionBenchmark, RunRow, TrialPart, View, Wrist
from qleap_edge.comparison.motion.ground_truth import EXERCISE_OF_LABEL, GroundTruth, ground_truth_of
from qleap_edge.comparison.motion.scores import (
    JOINTS_13,
    called_squat_elsewhere,
    class_accuracy,
    class_rows,
    position_rows,
)
from qleap_edge.comparison.motion.squats import count_part, count_with_truth, counted_squats, squat_rows
from qleap_edge.comparison.virtual_watch import IDEAL_DRAW, WornWatch, ideal_watch, noisy_watch
from qleap_edge.core.errors import UsageError
from qleap_edge.core.exercises import EXERCISE_ID
from qleap_edge.core.frames import HOP_STEPS, MODEL_RATE_HZ
from qleap_edge.core.manifest import sha256_file
from qleap_edge.dataset.motion_capture import SIDES, MotionCapture
from qleap_edge.dataset.report.real import LEG_SHARE, stature_from_legs
from qleap_edge.evaluation.overlap import OverlapAverage
from qleap_edge.physics.sensor_file import load_sensor, sensor_path

SENSOR = "apple_watch"
MAX_DRAWS = 1000

NOTES = (
    "One person in one trial: the ranges are over drawn devices, not over people; they are no confidence intervals.",
    "The motion is real, the watch is virtual: the trial's ideal wrist signal through the project's sensor model.",
    "Evaluation only: nothing may be trained or tuned on this trial; a bad figure must be improved in the generator.",
    "The pelvis is the midpoint of the hips, in the truth too. The file's own root is another point of the body: figures "
    "centred on it (file_root) cannot be smaller than the distance of the two points, about 11 cm on the legs.",
    "Lengths are for a person of 1.75 m; the truth is scaled to body heights by the length of the legs.",
)


@dataclass(frozen=True)
class Trace:
    """The arrays behind one run, for the figures."""

    watch: WornWatch
    truth: GroundTruth
    average: OverlapAverage
    """Over whole windows."""
    exercise: Int[np.ndarray, " windows"]
    """Predicted class."""
    squat: Bool[np.ndarray, " windows"]
    """Windows in which an app counts squats."""
    baseline: Float[np.ndarray, "17 3"]
    """The mean training pose."""


@dataclass(frozen=True)
class MotionResult:
    """The document, and the arrays that its figures are drawn from."""

    document: MotionBenchmark
    traces: tuple[Trace, ...]


def benchmark_motion(
    capture: MotionCapture,
    model: ModelUnderTest,
    *,
    draws: int,
    seed: int,
    on_window: OnWindow | None = None,
) -> MotionResult:
    """Put an ideal watch and ``draws`` drawn ones on each wrist and score the model against the true joints.

    Args:
        capture: the trial.
        model: the model.
        draws: devices for each wrist.
        seed: of the devices.
        on_window: called with the numbers of finished and of all windows.

    Raises:
        UsageError: ``draws`` is not 1 to 1000, or the seed is negative.
        InputDataError: the trial is too short, a virtual recording fails a check, or an output is not finite.
    """
    if not 1 <= draws <= MAX_DRAWS or seed < 0:
        raise UsageError(
            "impossible draws", expected=f"1 to {MAX_DRAWS} draws and a seed from 0", got=f"{draws} draws, seed {seed}"
        )
    path = sensor_path(SENSOR)
    sensor = load_sensor(path)
    watches = [
        ideal_watch(capture, side) if draw == IDEAL_DRAW else noisy_watch(capture, side, sensor, draw, seed)
        for side in map(Side, SIDES)
        for draw in range(IDEAL_DRAW, draws + 1)
    ]
    pairs = [_run(capture, watch, model, _part(on_window, index, len(watches))) for index, watch in enumerate(watches)]
    runs = tuple(run for run, _ in pairs)
    document = MotionBenchmark(
        trial=_trial(capture, pairs[0][1].truth),
        model=_model(capture, model),
        sensor=SENSOR,
        sensor_sha256=sha256_file(path),
        draws=draws,
        seed=seed,
        joints=JOINTS_13,
        figures=figure_rows(runs),
        checks=check_rows(runs),
        runs=runs,
        notes=NOTES,
    )
    return MotionResult(document, tuple(trace for _, trace in pairs))


def _part(on_window: OnWindow | None, index: int, count: int) -> OnWindow | None:
    """Return the callback of one of several runs of equal length."""
    if on_window is None:
        return None
    whole: Callable[[int, int], None] = on_window
    return lambda done, total: whole(index * total + done, count * total)


def _run(
    capture: MotionCapture, watch: WornWatch, model: ModelUnderTest, on_window: OnWindow | None
) -> tuple[RunRow, Trace]:
    watch.aligned.require_usable()
    cut = windows(watch.aligned)
    truth = ground_truth_of(capture, watch.aligned, cut)
    predictions = model.predict(cut, watch.side, on_window)
    if on_window is not None:
        on_window(len(cut.imu), len(cut.imu))
    baseline = model.baseline(watch.side)
    steps = len(truth.time_s)
    averages: dict[View, OverlapAverage] = {
        "overlap_mean": OverlapAverage(steps),
        "newest": OverlapAverage(steps, newest_steps=HOP_STEPS),
    }
    for average in averages.values():
        average.add(truth.first, predictions.pose, predictions.sigma)
    classes = class_rows(truth, predictions)
    counted = counted_squats(watch.aligned, cut, predictions)
    run = RunRow(
        wrist=_wrist(watch.side),
        draw=watch.draw,
        crown=_wrist(watch.crown),
        rate_hz=watch.rate_hz,
        windows=len(cut.imu),
        positions=tuple(position_rows(truth, predictions, averages, baseline)),
        classes=tuple(classes),
        class_accuracy=class_accuracy(classes),
        squat_elsewhere=called_squat_elsewhere(truth, predictions.exercise),
        count=count_part(truth, counted, count_with_truth(truth, watch.aligned, cut)),
        squats=tuple(squat_rows(truth, averages["overlap_mean"], counted, baseline)),
    )
    return run, Trace(watch, truth, averages["overlap_mean"], predictions.exercise, predictions.squat, baseline)


def _wrist(side: Side) -> Wrist:
    return "left" if side is Side.LEFT else "right"


def _trial(capture: MotionCapture, truth: GroundTruth) -> TrialPart:
    return TrialPart(
        file=capture.path.name,
        sha256=capture.sha256,
        seconds=float(capture.time_s[-1] - capture.time_s[0]),
        stature_m=stature_from_legs(capture.joints),
        stature_note=f"estimated: thigh and shank over {LEG_SHARE:g}",
        labels=tuple(
            LabelRow(
                name=truth.names[index],
                seconds=float((truth.action == index).sum() / MODEL_RATE_HZ),
                exercise=EXERCISE_OF_LABEL.get(truth.names[index]),
            )
            for index in np.unique(truth.action).tolist()
        ),
        squats=len(truth.repetitions),
    )


def _model(capture: MotionCapture, model: ModelUnderTest) -> ModelPart:
    seen = {capture.action_names[index] for index in np.unique(capture.action).tolist()}
    trained = model.trained
    return ModelPart(
        kind=model.kind,
        name=model.name,
        sha256=model.sha256,
        grade=model.grade,
        sigma="raw" if model.profile is None else "calibrated",
        untrained_labels=tuple(
            label
            for label, exercise in EXERCISE_OF_LABEL.items()
            if label in seen and trained is not None and not trained[EXERCISE_ID[exercise]]
        ),
        baseline="mean training pose stored in the checkpoint"
        if model.kind == "checkpoint"
        else "mean training pose that the package's program adds last",
    )
