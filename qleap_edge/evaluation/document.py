"""``evaluation.json`` of ``qleap evaluate``: every number of an evaluation."""

from typing import Literal

from qleap_edge.core.records import Document, Part
from qleap_edge.evaluation.window_metrics import Embedding, Mode, Predictor
from qleap_edge.metrics.measurement import Measurement


class Estimate(Part):
    """A number and its 95 % interval, bootstrap over persons."""

    value: float
    """The figure."""
    interval: tuple[float, float] | None
    """None: an interval needs more than one person."""


class FigureNote(Part):
    """The meaning of a figure's name."""

    name: str
    """Its key in the rows."""
    label: str
    """What it measures."""
    unit: str
    """Unit of the figure; ``1`` for a share or a score."""


class PoseRow(Part):
    """Means of one predictor over one group of windows."""

    of: str
    """``all``, an exercise, ``squat/tied``, ``squat/free`` or ``squat/<what the arms do>``."""
    mode: Mode
    """``window``: all frames of a window; ``newest``: its last frames only."""
    predictor: Predictor
    """The model or a baseline without a sensor."""
    windows: int
    """Number of windows."""
    sequences: int
    """Number of sequences."""
    subjects: int
    """Number of persons."""
    figures: dict[str, Estimate]
    """Name as in the document's ``figures`` → mean; without those that do not exist for this row."""


class RepetitionRow(Part):
    """One predictor on the squats of one group."""

    of: str
    """``squat``, ``squat/tied``, ``squat/free`` or ``squat/<what the arms do>``."""
    mode: Mode
    """``window``: each frame is the mean of all windows that hold it; ``newest``: of their newest frames only."""
    predictor: Predictor
    """The model or a baseline without a sensor."""
    repetitions: int
    """Number of squats."""
    sequences: int
    """Number of sequences."""
    subjects: int
    """Number of persons."""
    figures: dict[str, Estimate]
    """Name as in the document's ``figures`` → mean, of ``depth_error`` the median."""


class ProbeRow(Part):
    """Scores of a linear probe for a label in an embedding, on persons that it was not trained on."""

    label: Literal["exercise", "form"]
    """What the probe predicts."""
    embedding: Embedding
    """Its input."""
    balanced_accuracy: Estimate
    """Mean over the labels of the share of windows that are recognised."""
    chance: float
    """Balanced accuracy without any input."""
    accuracy: Estimate
    """Share of windows that are recognised."""
    majority: float
    """Accuracy of always answering the most frequent label."""
    windows: int
    """Windows that have the label; only squats have a form score."""
    sequences: int
    """Number of sequences."""
    subjects: int
    """Number of persons."""


class Confusion(Part):
    """Number of windows by true and by predicted class."""

    of: Literal["exercise", "form"]
    """The classifier."""
    labels: tuple[str, ...]
    """Names of the classes, in the order of rows and columns."""
    counts: tuple[tuple[int, ...], ...]
    """Row: true class; column: predicted class."""


class EvaluationDocument(Document):
    """The result of ``qleap evaluate``."""

    schema_name: Literal["qleap.evaluation"] = "qleap.evaluation"
    schema_version: Literal[1] = 1
    model: Literal["checkpoint", "package"]
    """The kind of model that is measured."""
    model_sha256: str
    """Digest of the checkpoint's folder or of the package."""
    dataset_sha256: str
    """Of the dataset's document, which lists the hashes of its shards."""
    split: str
    """The part of the dataset that is measured."""
    hop: int
    """Steps between the beginnings of two windows."""
    newest_steps: int
    """Number of frames at the end of a window that count as its newest."""
    windows: int
    """Number of windows."""
    sequences: int
    """Number of sequences."""
    subjects: int
    """Number of persons."""
    measurements: tuple[Measurement, ...]
    """The figures that gates read by name."""
    figures: tuple[FigureNote, ...]
    """The meaning of every figure of the rows."""
    poses: tuple[PoseRow, ...]
    """Means over groups of windows."""
    repetitions: tuple[RepetitionRow, ...]
    """Means over groups of squats."""
    probes: tuple[ProbeRow, ...]
    """No row where there is one label or one person only."""
    confusions: tuple[Confusion, ...]
    """Of exercises, and of form scores where there are any."""
    notes: tuple[str, ...]
    """How the figures are to be understood."""
