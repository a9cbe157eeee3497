"""Position, coverage and class of one run against the ground truth, by label; positions also of the mean pose."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from qleap_edge.comparison.model_under_test import Predictions
from qleap_edge.comparison.motion.document import ClassRow, PositionRow, View
from qleap_edge.comparison.motion.ground_truth import EXERCISE_OF_LABEL, GroundTruth
from qleap_edge.core.exercises import EXERCISE_ID, EXERCISES
from qleap_edge.core.skeleton import JOINT_INDEX, MARKER_JOINTS
from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.evaluation.overlap import OverlapAverage
from qleap_edge.metrics.uncertainty import Z_90

JOINTS_13 = ("pelvis", *MARKER_JOINTS)
"""The joints that positions are compared over."""

_LIMBS = [JOINT_INDEX[name] for name in MARKER_JOINTS]


def mpjpe_13(
    pose: Float[np.ndarray, "*frames 17 3"], truth: Float[np.ndarray, "*frames 17 3"]
) -> Float[np.ndarray, "*frames"]:
    """Return each frame's mean position error over :data:`JOINTS_13`, in the unit of the input.

    Both have the pelvis as origin, which therefore counts with error 0.
    """
    difference = pose[..., _LIMBS, :].astype(np.float64) - truth[..., _LIMBS, :]
    return np.asarray(np.linalg.norm(difference, axis=-1).sum(axis=-1) / len(JOINTS_13))


def inside_90(
    pose: Float[np.ndarray, "*frames 17 3"],
    sigma: Float[np.ndarray, "*frames 17 3"],
    truth: Float[np.ndarray, "*frames 17 3"],
) -> Float[np.ndarray, "*frames"]:
    """Return the share of each frame's coordinates (pelvis left out) within ± 1.645 sigma of the truth."""
    error = np.abs(pose[..., _LIMBS, :] - truth[..., _LIMBS, :])
    return np.asarray((error <= Z_90 * sigma[..., _LIMBS, :]).mean(axis=(-2, -1)))


def position_rows(
    truth: GroundTruth,
    predictions: Predictions,
    averages: dict[View, OverlapAverage],
    baseline: Float[np.ndarray, "17 3"],
) -> list[PositionRow]:
    """Return MPJPE-13 over everything and over each label, in each view."""
    windowed = truth.windowed(truth.pose), truth.windowed(truth.pose_from_file_root)
    frames: dict[View, _Columns] = {
        "window": _columns(predictions.pose, predictions.sigma, windowed, baseline, truth.window_labels())
    }
    for view, average in averages.items():
        known = average.known
        targets = truth.pose[known], truth.pose_from_file_root[known]
        frames[view] = _columns(average.pose()[known], average.sigma()[known], targets, baseline, truth.action[known])
    rows = []
    for view, columns in frames.items():
        everything = np.ones(len(columns.label), dtype=bool)
        rows.append(columns.row(view, None, everything))
        for index in np.unique(columns.label).tolist():
            rows.append(columns.row(view, truth.names[index], columns.label == index))
    return rows


@dataclass(frozen=True)
class _Columns:
    """One value for each window or step."""

    error: Float[np.ndarray, " n"]
    baseline: Float[np.ndarray, " n"]
    file_root_error: Float[np.ndarray, " n"]
    file_root_baseline: Float[np.ndarray, " n"]
    coverage: Float[np.ndarray, " n"]
    label: Int[np.ndarray, " n"]

    def row(self, view: View, label: str | None, keep: Bool[np.ndarray, " n"]) -> PositionRow:
        def mm(values: Float[np.ndarray, " n"]) -> float:
            return float(values[keep].mean()) * MM_PER_BODY_HEIGHT

        return PositionRow(
            label=label,
            view=view,
            count=int(keep.sum()),
            error_mm=mm(self.error),
            baseline_mm=mm(self.baseline),
            file_root_error_mm=mm(self.file_root_error),
            file_root_baseline_mm=mm(self.file_root_baseline),
            coverage_90=float(self.coverage[keep].mean()),
        )


def _columns(
    pose: Float[np.ndarray, "n *time 17 3"],
    sigma: Float[np.ndarray, "n *time 17 3"],
    targets: tuple[Float[np.ndarray, "n *time 17 3"], Float[np.ndarray, "n *time 17 3"]],
    baseline: Float[np.ndarray, "17 3"],
    label: Int[np.ndarray, " n"],
) -> _Columns:
    def each(values: Float[np.ndarray, "n *time"]) -> Float[np.ndarray, " n"]:
        return values.reshape(len(values), -1).mean(axis=1)

    ours, from_file_root = targets
    mean = np.broadcast_to(baseline, ours.shape)
    return _Columns(
        error=each(mpjpe_13(pose, ours)),
        baseline=each(mpjpe_13(mean, ours)),
        file_root_error=each(mpjpe_13(pose, from_file_root)),
        file_root_baseline=each(mpjpe_13(mean, from_file_root)),
        coverage=each(inside_90(pose, sigma, ours)),
        label=label,
    )


def class_rows(truth: GroundTruth, predictions: Predictions) -> list[ClassRow]:
    """Return the predicted classes of the windows of each label."""
    labels = truth.window_labels()
    rows = []
    for index in np.unique(labels).tolist():
        keep, name = labels == index, truth.names[index]
        shares = np.bincount(predictions.exercise[keep], minlength=len(EXERCISES)) / keep.sum()
        wanted = EXERCISE_OF_LABEL.get(name)
        rows.append(
            ClassRow(
                label=name,
                exercise=wanted,
                windows=int(keep.sum()),
                predicted={EXERCISES[i]: float(share) for i, share in enumerate(shares) if share > 0.0},
                right=None if wanted is None else float(shares[EXERCISE_ID[wanted]]),
                abstained=None if predictions.abstain is None else float(predictions.abstain[keep].mean()),
            )
        )
    return rows


def class_accuracy(rows: list[ClassRow]) -> float | None:
    """Return the share of right classes over the windows whose label has an exercise."""
    ours = [(row.windows, row.right) for row in rows if row.right is not None]
    windows = sum(count for count, _ in ours)
    return sum(count * right for count, right in ours) / windows if windows else None


def best_constant_accuracy(rows: list[ClassRow]) -> float | None:
    """Return the accuracy of the best constant answer on the same windows, which is the majority class of this trial."""
    counts: dict[str, int] = {}
    for row in rows:
        if row.exercise is not None:
            counts[row.exercise] = counts.get(row.exercise, 0) + row.windows
    return max(counts.values()) / sum(counts.values()) if counts else None


def called_squat_elsewhere(truth: GroundTruth, exercise: Int[np.ndarray, " windows"]) -> float | None:
    """Return the share of the windows of all other labels that are predicted as squat."""
    ours = np.array([EXERCISE_OF_LABEL.get(name) == "squat" for name in truth.names])
    other = ~ours[truth.window_labels()]
    return float((exercise[other] == EXERCISE_ID["squat"]).mean()) if other.any() else None
