"""From a model's outputs to the whole evaluation."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from qleap_edge.core.frames import MODEL_RATE_HZ
from qleap_edge.core.manifest import digest_of, sha256_file
from qleap_edge.dataset.document import DATASET_NAME
from qleap_edge.dataset.splits import Split
from qleap_edge.evaluation.baselines import NoSensorBaselines
from qleap_edge.evaluation.document import EvaluationDocument, FigureNote
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.measurements import headline
from qleap_edge.evaluation.predictions import in_batches
from qleap_edge.evaluation.probes import disentangling, probe_rows
from qleap_edge.evaluation.repetition_metrics import REPETITION_FIGURES, measure_repetitions
from qleap_edge.evaluation.summarize import confusions, pose_rows, repetition_rows
from qleap_edge.evaluation.window_metrics import WINDOW_FIGURES, OverlapAverages, measure_windows, newest_steps
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.metrics.outputs import ModelOutputs

SPLIT: Split = "test"
NOTES = (
    "Synthetic persons that are in neither training nor calibration; nothing here is measured on real persons.",
    "Intervals are 95 %, bootstrap over persons. Lengths are for a stature of 1.75 m.",
    "Angular error compares the directions of bones, not rotations: joint positions do not show how a bone turns about "
    "itself. It is not comparable with the angular error of papers that use a body model.",
    "exercise mean and phase mean are given the true exercise, phase mean also the true phase of the repetition: no product "
    "without a sensor has them.",
    "What and how: a linear probe is trained on half of the test persons and scored on the other half, both ways. Balanced "
    "accuracy is that of a probe whose training gives all labels the same weight. A label that a linear probe does not find "
    "may still be there in a nonlinear form.",
    "σ, coverage and likelihood are raw, as the network predicts them; `qleap calibrate` shows them after the profile.",
)


@dataclass(frozen=True)
class Source:
    """The model that was measured."""

    model: Literal["checkpoint", "package"]
    path: Path


@dataclass(frozen=True)
class Evaluation:
    """The document, and the arrays that the figures are drawn from."""

    document: EvaluationDocument
    truth: GroundTruth
    averages: OverlapAverages


def evaluate(
    batches: Iterable[ModelOutputs], truth: GroundTruth, baselines: NoSensorBaselines, *, source: Source, data: Path
) -> Evaluation:
    """Measure a model on the test persons of a dataset.

    Args:
        batches: the model's outputs for the windows of ``truth``, in their order.
        truth: the test part.
        baselines: fitted on the training part.
        source: where the outputs come from.
        data: the dataset's folder.

    Raises:
        QleapError: there are not as many outputs as windows.
    """
    table, averages = measure_windows(batches, truth, baselines)
    poses = pose_rows(table, truth)
    squats = repetition_rows(measure_repetitions(averages, truth, baselines), truth)
    newest = newest_steps(truth.hop)
    probes = probe_rows(table, truth)
    notes = [*NOTES, f"Newest: the last {newest} frames of a window, up to {(newest - 1) / MODEL_RATE_HZ:g} s old."]
    if "newest" not in averages:
        notes.append(f"A hop of {truth.hop} steps makes no stream: the newest frames have no jitter and no squats.")
    document = EvaluationDocument(
        model=source.model,
        model_sha256=digest_of(source.path),
        dataset_sha256=sha256_file(data / DATASET_NAME),
        split=SPLIT,
        hop=truth.hop,
        newest_steps=newest,
        windows=len(truth),
        sequences=len(truth.index.first),
        subjects=len(set(truth.index.subject_id.tolist())),
        measurements=(*headline(table, truth, poses, squats), *disentangling(probes)),
        figures=tuple(
            FigureNote(name=f.name, label=f.label, unit=f.unit) for f in (*WINDOW_FIGURES, *REPETITION_FIGURES)
        ),
        poses=poses,
        repetitions=squats,
        probes=probes,
        confusions=confusions(table, truth),
        notes=tuple(notes),
    )
    return Evaluation(document, truth, averages)


def task_measurements(
    outputs: ModelOutputs, truth: GroundTruth, baselines: NoSensorBaselines
) -> tuple[Measurement, ...]:
    """Return the named measurements only, from the outputs of all windows of ``truth`` in their order."""
    table, averages = measure_windows(in_batches(outputs), truth, baselines)
    squats = repetition_rows(measure_repetitions(averages, truth, baselines), truth)
    return (*headline(table, truth, pose_rows(table, truth), squats), *disentangling(probe_rows(table, truth)))
