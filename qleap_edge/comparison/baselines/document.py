"""``baselines.json`` of ``qleap benchmark baselines``, and the part of it that one trained network gives."""

from typing import Literal

from qleap_edge.core.records import Document, Part
from qleap_edge.evaluation.baselines import PriorName
from qleap_edge.evaluation.document import Estimate, PoseRow
from qleap_edge.metrics.measurement import Measurement

Verdict = Literal["better", "no difference", "worse", "unknown"]
"""``no difference`` where the interval holds 1, ``unknown`` where there are too few persons to tell."""


class Training(Part):
    """How one network came to be."""

    network: str
    """What it is called in every table."""
    preset: str
    blind: bool
    seed: int
    parameters: int
    steps: int
    epochs: int
    best_epoch: int
    """The epoch whose weights are measured: the one with the least validation loss."""
    learning_rate: float
    precision: str
    seconds: float | None = None
    """Wall time of all steps; of an interrupted training, the last session's time a step times the steps. None beside a
    checkpoint, where equal inputs give equal bytes."""
    weights_sha256: str
    code_digest: str
    """Of the sources that trained it."""


class NetworkResult(Document):
    """``result.json`` beside a checkpoint: one network on the test persons."""

    schema_name: Literal["qleap.baseline_result"] = "qleap.baseline_result"
    schema_version: Literal[1] = 1
    training: Training
    hop: int
    poses: tuple[PoseRow, ...]
    """Of whole windows, by group; beside a checkpoint those of the predictors without a sensor, too."""
    form_kappa: Measurement | None
    """Agreement in form; None where no test window has a score."""


class PriorResult(Part):
    """One predictor without a sensor on the same windows."""

    network: str
    predictor: PriorName
    poses: tuple[PoseRow, ...]


class Comparison(Part):
    """The product's network against another predictor on the same windows, errors averaged over seeds."""

    of: str
    """Group of windows."""
    opponent: str
    ratio: Estimate
    """Its MPJPE over the opponent's; a resample draws the same persons for both."""
    verdict: Verdict


class BaselinesDocument(Document):
    """``qleap benchmark baselines``."""

    schema_name: Literal["qleap.baselines"] = "qleap.baselines"
    schema_version: Literal[1] = 1
    recipe: str
    dataset_sha256: str
    split: str
    hop: int
    windows: int
    sequences: int
    subjects: int
    epochs: int
    batch_size: int
    threads: int
    seeds: tuple[int, ...]
    networks: tuple[NetworkResult, ...]
    priors: tuple[PriorResult, ...]
    comparisons: tuple[Comparison, ...]
    notes: tuple[str, ...]
