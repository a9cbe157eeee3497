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
from qleap_edge.evaluation.overlap import OverlapAverage
from qleap_edge.evaluation.predictions import in_batches
from qleap_edge.evaluation.probes import disentangling, probe_rows
from qleap_edge.evaluation.repetition_metrics import REPETITION_FIGURES, measure_repetitions
from qleap_edge.evaluation.summarize import confusions, pose_rows, repetition_rows
from qleap_edge.evaluation.window_metrics import WINDOW_FIGURES, measure_windows, newest_steps
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.metrics.outputs import ModelOutputs

SPLIT: Split = "test"
NOTES = (
    "Synthetic persons that neither training nor calibration has seen; nothing here is measured on real persons.",
    "Intervals are 95 %, bootstrap over persons. Lengths are for a stature of 1.75 m.",
    "Angular error compares the directions of bones, not rotations: joint positions do not show how a bone turns about "
    "itself. Never in one column with the angular error of papers that have a body model.",
    "exercise mean and phase mean are told the true exercise, phase mean also the true phase of the repetition: no predictor "
    "without a sensor knows that much.",
    "What and how: a linear reader learns on half of the test persons and is scored on the other half, both ways; balanced "
    "accuracy is of a reader to which all labels weigh the same. What is not linear may still be there.",
    "σ, coverage and likelihood are raw, as the network says them; `qleap calibrate` shows what the profile makes of them.",
)


@dataclass(frozen=True)
class Source:
    """The model that was measured."""

    model: Literal["checkpoint", "package"]
    path: Path


@dataclass(frozen=True)
class Evaluation:
    """The document, and what pictures are drawn from."""

    document: EvaluationDocument
    truth: GroundTruth
    tracks: OverlapAverage


def evaluate(
    batches: Iterable[ModelOutputs], truth: GroundTruth, priors: NoSensorBaselines, *, source: Source, data: Path
) -> Evaluation:
    """Measure a model on the test persons of a dataset.

    Args:
        batches: its outputs for the windows of ``truth`` in their order, some at a time.
        truth: the test part.
        priors: fitted on the training part.
        source: where the outputs come from.
        data: the dataset's folder.

    Raises:
        QleapError: there are not as many outputs as windows.
    """
    table, tracks = measure_windows(batches, truth, priors)
    poses = pose_rows(table, truth)
    squats = repetition_rows(measure_repetitions(tracks, truth, priors), truth)
    newest = newest_steps(truth.hop)
    probes = probe_rows(table, truth)
    notes = [*NOTES, f"Newest: the last {newest} frames of a window, up to {(newest - 1) / MODEL_RATE_HZ:g} s old."]
    if not tracks.streams:
        notes.append(f"A hop of {truth.hop} steps makes no stream: no jitter and no squats of the newest frames.")
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
    return Evaluation(document, truth, tracks)


def task_measurements(outputs: ModelOutputs, truth: GroundTruth, priors: NoSensorBaselines) -> tuple[Measurement, ...]:
    """Return only the named measurements of outputs that are all there: what the release pipeline keeps."""
    table, tracks = measure_windows(in_batches(outputs), truth, priors)
    squats = repetition_rows(measure_repetitions(tracks, truth, priors), truth)
    return (*headline(table, truth, pose_rows(table, truth), squats), *disentangling(probe_rows(table, truth)))
