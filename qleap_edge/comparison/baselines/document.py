"""``baselines.json`` of ``qleap benchmark baselines``, and the part of it that one trained network gives."""

from typing import Literal

from qleap_edge.core.records import Document, Part
from qleap_edge.evaluation.baselines import BaselineName
from qleap_edge.evaluation.document import Estimate, PoseRow
from qleap_edge.metrics.measurement import Measurement

Verdict = Literal["better", "no difference", "worse", "unknown"]
"""``no difference``: the interval contains 1. ``unknown``: there are too few persons for an interval."""


class Training(Part):
    """How one network was trained."""

    network: str
    """Its name in every table."""
    preset: str
    """Name of the architecture."""
    blind: bool
    """Trained and tested with the mean input in place of the signal."""
    seed: int
    """Of weights and batches."""
    parameters: int
    """Number of trained parameters."""
    steps: int
    """Optimiser steps in all."""
    epochs: int
    """Epochs in all."""
    best_epoch: int
    """The epoch whose weights are measured: the one with the lowest validation loss."""
    learning_rate: float
    """Largest learning rate of the schedule."""
    precision: str
    """Of the matrix products in training."""
    seconds: float | None = None
    """Wall time of all steps. Of an interrupted training: the time of a step in the last session times the number of steps.
    None in ``result.json`` beside a checkpoint, whose bytes depend on its inputs only."""
    weights_sha256: str
    """SHA-256 of the weights."""
    code_digest: str
    """Digest of the source code that trained it."""


class NetworkResult(Document):
    """``result.json`` beside a checkpoint: the figures of one network on the test persons."""

    schema_name: Literal["qleap.baseline_result"] = "qleap.baseline_result"
    schema_version: Literal[1] = 1
    training: Training
    """How the network was trained."""
    hop: int
    """Steps between the beginnings of two test windows."""
    poses: tuple[PoseRow, ...]
    """Of whole windows, by group; beside a checkpoint also the rows of the baselines without a sensor."""
    form_kappa: Measurement | None
    """Agreement of the form scores; None where no test window has a score."""


class NoSensorResult(Part):
    """One baseline without a sensor on the same windows."""

    network: str
    """Its name in every table."""
    predictor: BaselineName
    """Its name in the rows."""
    poses: tuple[PoseRow, ...]
    """Of whole windows, by group."""


class Comparison(Part):
    """The product's network against another predictor on the same windows, errors averaged over seeds."""

    of: str
    """Group of windows."""
    opponent: str
    """Name of the other predictor."""
    ratio: Estimate
    """MPJPE of the product's network over that of the other predictor; a resample draws the same persons for both."""
    verdict: Verdict
    """Follows from the interval."""


class BaselinesDocument(Document):
    """``qleap benchmark baselines``."""

    schema_name: Literal["qleap.baselines"] = "qleap.baselines"
    schema_version: Literal[1] = 1
    recipe: str
    """Name of the recipe of the product's network."""
    dataset_sha256: str
    """Of the dataset's document, which lists the hashes of its shards."""
    split: str
    """The part of the dataset that is measured."""
    hop: int
    """Steps between the beginnings of two test windows."""
    windows: int
    """Number of windows."""
    sequences: int
    """Number of sequences."""
    subjects: int
    """Number of persons."""
    epochs: int
    """Of every training."""
    batch_size: int
    """Windows in a training batch."""
    threads: int
    """Processor threads of every training."""
    seeds: tuple[int, ...]
    """One training of every network with each."""
    networks: tuple[NetworkResult, ...]
    """The trained networks."""
    priors: tuple[NoSensorResult, ...]
    """The baselines without a sensor."""
    comparisons: tuple[Comparison, ...]
    """The product's network against every other predictor, by group of windows."""
    notes: tuple[str, ...]
    """How the figures are to be understood."""
