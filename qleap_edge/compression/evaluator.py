"""What a saved package does on the task, window by window, so that two packages can be compared on the same windows."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Float64, Int64

from qleap_edge.core.recipe import CompressionTable
from qleap_edge.core.skeleton import PELVIS
from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.dataset.reader import WindowReader
from qleap_edge.dataset.splits import Split
from qleap_edge.dataset.windows import WindowSet
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.groups import TIED, posture_groups
from qleap_edge.evaluation.overlap import OverlapAverage
from qleap_edge.evaluation.predictions import PosePredictor, in_batches
from qleap_edge.evaluation.repetition_metrics import REPETITION_COLUMN, squat_figures, squats_of
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.metrics.pose import mpjpe_per_window
from qleap_edge.metrics.uncertainty import interval_hits
from qleap_edge.uncertainty.scaling import TARGET_LEVEL, fit_sigma_scale, standardised_errors


@dataclass(frozen=True)
class Scores:
    """What one package did; the rows are the same windows, and squats, for all packages of an evaluator."""

    error_mm: Float64[np.ndarray, " windows"]
    """MPJPE."""
    exercise_right: Bool[np.ndarray, " windows"]
    inside: Float64[np.ndarray, " windows"]
    """Share of coordinates inside the central 90 % interval, with scales fitted on this package's own outputs."""
    inside_reference_scale: Float64[np.ndarray, " windows"]
    """The same with the scales of the half-precision package: what a profile fitted before compression would give."""
    form: Int64[np.ndarray, " windows"]
    """Most probable form score."""
    depth_error_mm: Float64[np.ndarray, " squats"]
    """Absolute; squats whose hands are tied to the trunk, since no wrist knows the depth of others."""
    scale: Float64[np.ndarray, "17 3"]
    """Of sigma."""


class Evaluator:
    """The questions: windows of test persons to be judged on, and of calibration persons to fit the scales of sigma on.

    Args:
        data: the dataset's folder.
        table: how many windows.

    Raises:
        InputDataError: the dataset is missing or damaged, or has no window of one of the parts.
    """

    def __init__(self, data: Path, table: CompressionTable) -> None:
        self.data, self.table = data, table

    @cached_property
    def truth(self) -> GroundTruth:
        """What really happened in the test part."""
        return GroundTruth.read(self.data, "test", self.table.test_hop)

    @cached_property
    def calibration(self) -> WindowSet:
        """Windows of calibration persons."""
        return spread_windows(self.data, "calibration", self.table.test_hop, self.table.calibration_windows)

    @cached_property
    def tied_squats(self) -> Int64[np.ndarray, "squats 3"]:
        """Start, turn and end of the squats whose depth is judged."""
        squats = squats_of(self.truth)
        posture = self.truth.index.posture[self.truth.sequence_of(squats[:, 1])]
        return np.asarray(squats[posture_groups(posture)[TIED]])

    def evaluate(self, package: Path, reference_scale: Float[np.ndarray, "17 3"] | None = None) -> Scores:
        """Run a saved package over all windows.

        Args:
            package: the ``.mlpackage``.
            reference_scale: the half-precision package's scales of sigma; None for that package itself.
        """
        predictor, truth = PosePredictor(package), self.truth
        fitted = ModelOutputs.of(predictor.predict(self.calibration.imu))
        z = standardised_errors(self.calibration.pose, fitted.pose, fitted.pose_log_variance)
        scale, _ = fit_sigma_scale(z, self.calibration.subject_id)
        outputs = ModelOutputs.of(predictor.predict(truth.cut(truth.imu, slice(0, len(truth)))))
        average, columns, first = OverlapAverage(len(truth.pose), dtype=np.float32), [], 0
        for batch in in_batches(outputs):
            pose = truth.cut(truth.pose, slice(first, first + len(batch)))
            errors = standardised_errors(pose, batch.pose, batch.pose_log_variance)
            columns.append(
                (
                    mpjpe_per_window(batch.pose, pose) * MM_PER_BODY_HEIGHT,
                    _inside(errors, scale),
                    _inside(errors, scale if reference_scale is None else reference_scale),
                )
            )
            average.add(truth.start[first : first + len(batch)], batch.pose)
            first += len(batch)
        error, inside, inside_reference_scale = (np.concatenate(parts) for parts in zip(*columns, strict=True))
        depth = squat_figures(average.pose(), truth, self.tied_squats)[:, REPETITION_COLUMN["depth_error"]]
        return Scores(
            error_mm=error,
            exercise_right=outputs.exercise_logits.argmax(axis=1) == truth.window_exercise,
            inside=inside,
            inside_reference_scale=inside_reference_scale,
            form=outputs.form_logits.argmax(axis=1).astype(np.int64),
            depth_error_mm=depth,
            scale=scale,
        )


def spread_windows(data: Path, split: Split, hop: int, wanted: int) -> WindowSet:
    """Return up to ``wanted`` windows spread over the persons of a part."""
    with WindowReader(data, split, hop) as reader:
        return reader.read_spread(wanted)


def _inside(z: Float[np.ndarray, "n t 17 3"], scale: Float[np.ndarray, "17 3"]) -> Float[np.ndarray, " n"]:
    return interval_hits(np.delete(z / scale, PELVIS, axis=2), TARGET_LEVEL)
