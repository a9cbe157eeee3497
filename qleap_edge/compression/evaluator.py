"""Scores of a saved package, window by window, so that two packages can be compared on the same windows."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int64

from qleap_edge.core.recipe import CompressionTable
from qleap_edge.core.skeleton import PELVIS
from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.dataset.reader import spread_windows
from qleap_edge.dataset.windows import WindowSet
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.groups import TIED, posture_groups
from qleap_edge.evaluation.overlap import OverlapAverage
from qleap_edge.evaluation.predictions import in_batches
from qleap_edge.evaluation.repetition_metrics import REPETITION_COLUMN, squat_figures, squats_of
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.metrics.pose import mpjpe_per_window
from qleap_edge.metrics.uncertainty import interval_hits
from qleap_edge.uncertainty.scaling import TARGET_LEVEL, fit_sigma_scale, standardised_errors

ScoredPart = Literal["test", "calibration"]


@dataclass(frozen=True)
class Scores:
    """Scores of one package; the rows are the same windows, and squats, for all packages of an evaluator."""

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
    """Absolute; squats whose hands are tied to the trunk: the wrist does not show the depth of others."""
    scale: Float64[np.ndarray, "17 3"]
    """Factors on sigma that were fitted on this package's own outputs."""


class Evaluator:
    """Scores packages by their outputs for the test windows of a dataset; scales of sigma are fitted on calibration windows.

    The dataset is read when a window of it is first needed, and once only.

    Args:
        data: the dataset's folder.
        table: the hop of the windows, and how many calibrate.

    Raises:
        InputDataError: the dataset is missing or damaged, or has no window of one of the parts.
    """

    def __init__(self, data: Path, table: CompressionTable) -> None:
        self.data, self.table = data, table

    @cached_property
    def truth(self) -> GroundTruth:
        """Labels and poses of the test part."""
        return GroundTruth.read(self.data, "test", self.table.test_hop)

    @cached_property
    def calibration(self) -> WindowSet:
        """Windows of calibration persons."""
        return spread_windows(self.data, "calibration", self.table.test_hop, self.table.calibration_windows)

    @cached_property
    def tied_squats(self) -> Int64[np.ndarray, "squats 3"]:
        """Start, turn and end of the squats whose depth is scored."""
        squats = squats_of(self.truth)
        posture = self.truth.index.posture[self.truth.sequence_of(squats[:, 1])]
        return np.asarray(squats[posture_groups(posture)[TIED]])

    def windows(self, part: ScoredPart) -> Float32[np.ndarray, "n 200 6"]:
        """Return the windows of one part, which a package must be run on to be scored."""
        if part == "calibration":
            return self.calibration.imu
        return self.truth.cut(self.truth.imu, slice(0, len(self.truth)))

    def score(
        self,
        outputs: ModelOutputs,
        fitted: ModelOutputs,
        reference_scale: Float[np.ndarray, "17 3"] | None = None,
    ) -> Scores:
        """Score a package.

        Args:
            outputs: its outputs for the test windows.
            fitted: its outputs for the calibration windows.
            reference_scale: the half-precision package's scales of sigma; None for that package itself.
        """
        truth = self.truth
        z = standardised_errors(self.calibration.pose, fitted.pose, fitted.pose_log_variance)
        scale, _ = fit_sigma_scale(z, self.calibration.subject_id)
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


def _inside(z: Float[np.ndarray, "n t 17 3"], scale: Float[np.ndarray, "17 3"]) -> Float[np.ndarray, " n"]:
    return interval_hits(np.delete(z / scale, PELVIS, axis=2), TARGET_LEVEL)
