"""``evaluation.json`` of ``qleap evaluate``: every number of an evaluation, as other programs read it."""

from typing import Literal

from qleap_edge.core.records import Document, Part
from qleap_edge.evaluation.window_metrics import Embedding, Mode, Predictor
from qleap_edge.metrics.measurement import Measurement


class Estimate(Part):
    """A number and its 95 % interval, bootstrap over persons."""

    value: float
    interval: tuple[float, float] | None
    """None: there is one person only, so that nothing can be said about others."""


class FigureNote(Part):
    """What a figure's name stands for."""

    name: str
    label: str
    unit: str


class PoseRow(Part):
    """One predictor on one group of windows: means over windows."""

    of: str
    """``all``, an exercise, ``squat/tied``, ``squat/free`` or ``squat/<what the arms do>``."""
    mode: Mode
    predictor: Predictor
    windows: int
    sequences: int
    subjects: int
    figures: dict[str, Estimate]
    """Those that exist for it; names as in the document's ``figures``."""


class RepetitionRow(Part):
    """One predictor on the squats of one group."""

    of: str
    mode: Mode
    """``window``: the mean of all windows over a frame; ``newest``: the stream."""
    predictor: Predictor
    repetitions: int
    sequences: int
    subjects: int
    figures: dict[str, Estimate]


class ProbeRow(Part):
    """What a linear reader finds of a label in an embedding, in persons it has not learnt from."""

    label: Literal["exercise", "form"]
    embedding: Embedding
    balanced_accuracy: Estimate
    """Mean share of each label that was found."""
    chance: float
    """Of a reader that sees nothing."""
    accuracy: Estimate
    majority: float
    """Accuracy of always saying the most frequent label."""
    windows: int
    """That have the label: form scores are of squats."""
    sequences: int
    subjects: int


class Confusion(Part):
    """How often each class was taken for each, windows."""

    of: Literal["exercise", "form"]
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    """Row: true class; column: predicted class."""


class EvaluationDocument(Document):
    """``qleap evaluate``."""

    schema_name: Literal["qleap.evaluation"] = "qleap.evaluation"
    schema_version: Literal[1] = 1
    model: Literal["checkpoint", "package"]
    model_sha256: str
    dataset_sha256: str
    """Of the dataset's document, which lists the hashes of its shards."""
    split: str
    hop: int
    """Steps between the beginnings of two windows."""
    newest_steps: int
    """How many frames of a window count as its newest."""
    windows: int
    sequences: int
    subjects: int
    measurements: tuple[Measurement, ...]
    """The figures that gates know by name."""
    figures: tuple[FigureNote, ...]
    poses: tuple[PoseRow, ...]
    repetitions: tuple[RepetitionRow, ...]
    probes: tuple[ProbeRow, ...]
    """Without a row where there is one label or one person only."""
    confusions: tuple[Confusion, ...]
    notes: tuple[str, ...]
