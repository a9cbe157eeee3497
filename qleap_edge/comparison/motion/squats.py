"""Repetitions and depth of one run: the repetition counter against the squats of the true pose."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from qleap_edge.alignment.stream import AlignedRecording, Windows
from qleap_edge.analysis.pelvis_repetitions import Repetition, count_repetitions
from qleap_edge.comparison.model_under_test import Predictions
from qleap_edge.comparison.motion.document import CountPart, SquatRow
from qleap_edge.comparison.motion.ground_truth import EXERCISE_OF_LABEL, GroundTruth
from qleap_edge.core.frames import MODEL_RATE_HZ
from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.core.units import MM_PER_BODY_HEIGHT, REFERENCE_STATURE_M
from qleap_edge.evaluation.overlap import OverlapAverage
from qleap_edge.metrics.angles import mean_knee_flexion
from qleap_edge.metrics.pose import pelvis_height
from qleap_edge.metrics.uncertainty import Z_90

_ANKLES = [JOINT_INDEX["left_ankle"], JOINT_INDEX["right_ankle"]]


LATE_S = 0.5
"""How far a prediction may lag or lead [design]. A counted bottom farther from the true one is another event. The tops of a dip
are searched this far outside the true squat, so that a lag, which has a figure of its own, changes the depth little."""


@dataclass(frozen=True)
class Dip:
    """One descent of a height signal, with its top and its bottom as samples."""

    depth: float
    """Height of the top less that of the bottom."""
    top: int
    bottom: int

    @classmethod
    def of(cls, height: Float[np.ndarray, " steps"], start: int, end: int, late: int = 0) -> "Dip":
        """Return the fall to the lowest sample from the lower of the highest ones before and after it.

        The repetition counter uses the same rule; a height that does not move has depth 0.

        Args:
            height: of the whole trial; minus infinity where nothing is known.
            start: first sample where the bottom may lie.
            end: last sample where the bottom may lie.
            late: how many samples outside these the tops may lie.
        """
        bottom = start + int(np.argmin(height[start : end + 1]))
        first = max(0, start - late)
        before = first + int(np.argmax(height[first : bottom + 1]))
        after = bottom + int(np.argmax(height[bottom : end + late + 1]))
        top = before if height[before] <= height[after] else after
        return cls(float(height[top] - height[bottom]), top, bottom)


def counted_squats(aligned: AlignedRecording, windows: Windows, predictions: Predictions) -> list[Repetition]:
    """Return the repetitions of the whole recording as the analysis of a session counts them, for a stature of 1.75 m."""
    pose = predictions.pose * REFERENCE_STATURE_M
    return count_repetitions(aligned, windows, pose, predictions.squat, REFERENCE_STATURE_M)


def count_with_truth(truth: GroundTruth, aligned: AlignedRecording, windows: Windows) -> int:
    """Return the number of repetitions that are counted if the model predicts the true pose and class (by majority).

    The difference from the number of true squats is due to the counter and to the cutting into windows, not to a model.
    """
    squat = np.isin(
        truth.window_labels(), [i for i, name in enumerate(truth.names) if EXERCISE_OF_LABEL.get(name) == "squat"]
    )
    pose = truth.windowed(truth.pose) * REFERENCE_STATURE_M
    return len(count_repetitions(aligned, windows, pose, squat, REFERENCE_STATURE_M))


def squat_rows(
    truth: GroundTruth, average: OverlapAverage, counted: list[Repetition], baseline: Float[np.ndarray, "17 3"]
) -> list[SquatRow]:
    """Return one row for each true squat that windows cover.

    Args:
        truth: the trial.
        average: of the predicted windows, whatever class they were given.
        counted: repetitions that the counter found.
        baseline: the mean training pose.
    """
    matched = match(truth, counted)
    pose, known = average.pose(), average.known
    heights = pelvis_height(truth.pose), np.where(known, pelvis_height(pose), -np.inf)
    sigma, late = height_sigma(average.sigma()), round(LATE_S * MODEL_RATE_HZ)
    rows = []
    for number, (start, bottom, end) in enumerate(truth.repetitions):
        if not known[start : end + 1].all():
            continue
        true, predicted = (Dip.of(height, start, end, late) for height in heights)
        depth_sigma = float(np.hypot(sigma[predicted.top], sigma[predicted.bottom]))
        knee, knee_predicted, knee_mean = (
            float(mean_knee_flexion(body)) for body in (truth.pose[bottom], pose[bottom], baseline.astype(np.float64))
        )
        found = matched.get(number)
        rows.append(
            SquatRow(
                start_s=float(truth.time_s[start]),
                bottom_s=float(truth.time_s[bottom]),
                end_s=float(truth.time_s[end]),
                depth_mm=true.depth * MM_PER_BODY_HEIGHT,
                predicted_depth_mm=predicted.depth * MM_PER_BODY_HEIGHT,
                depth_error_mm=(predicted.depth - true.depth) * MM_PER_BODY_HEIGHT,
                baseline_depth_error_mm=-true.depth * MM_PER_BODY_HEIGHT,
                depth_sigma_mm=depth_sigma * MM_PER_BODY_HEIGHT,
                inside_90=bool(abs(predicted.depth - true.depth) <= Z_90 * depth_sigma),
                knee_deg=knee,
                knee_error_deg=knee_predicted - knee,
                baseline_knee_error_deg=knee_mean - knee,
                counted=found is not None,
                bottom_error_s=None if found is None else found.bottom_s - float(truth.time_s[bottom]),
                counted_depth_mm=None if found is None else 1000.0 * found.depth_m,
            )
        )
    return rows


def match(truth: GroundTruth, counted: list[Repetition]) -> dict[int, Repetition]:
    """Return the counted repetition of each true squat: the nearest one whose bottom is at most 0.5 s from the true one."""
    found: dict[int, Repetition] = {}
    for number, (_, bottom, _) in enumerate(truth.repetitions):
        at = float(truth.time_s[bottom])
        near = [rep for rep in counted if abs(rep.bottom_s - at) <= LATE_S and rep not in found.values()]
        if near:
            found[number] = min(near, key=lambda rep: abs(rep.bottom_s - at))
    return found


def count_part(truth: GroundTruth, counted: list[Repetition], with_truth: int) -> CountPart:
    """Return how the count compares with the true squats over the whole trial.

    Args:
        truth: the trial.
        counted: repetitions in the model's predictions.
        with_truth: as :func:`count_with_truth`.
    """
    found = len(match(truth, counted))
    return CountPart(
        true=len(truth.repetitions),
        counted=len(counted),
        found=found,
        extra=len(counted) - found,
        with_truth=with_truth,
        bottoms_s=tuple(rep.bottom_s for rep in counted),
    )


def height_sigma(sigma: Float[np.ndarray, "steps 17 3"]) -> Float[np.ndarray, " steps"]:
    """Return the standard deviation of the pelvis' height above the mean of the ankles, both with the same error."""
    return np.asarray(sigma[:, _ANKLES, 2].mean(axis=1))
