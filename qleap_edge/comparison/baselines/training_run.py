"""One network of the comparison, trained and measured; what an earlier call has finished is kept."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float64

from qleap_edge.comparison.baselines.document import NetworkResult, Training
from qleap_edge.comparison.baselines.networks import BaselineNetwork
from qleap_edge.core.manifest import (
    MANIFEST_NAME,
    StageManifest,
    finished_stage,
    new_folder,
    stage_folder,
    write_stage_manifest,
)
from qleap_edge.core.output_paths import json_document, require_replaceable, require_replaceable_file
from qleap_edge.core.recipe import Recipe
from qleap_edge.core.records import Document, read_document
from qleap_edge.evaluation.baselines import NoSensorBaselines
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.measurements import headline
from qleap_edge.evaluation.predictions import BATCH, network_outputs
from qleap_edge.evaluation.summarize import pose_rows
from qleap_edge.evaluation.window_metrics import PREDICTORS, WINDOW_COLUMN, Mode, measure_windows
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.training.checkpoint import CheckpointDocument, load_checkpoint
from qleap_edge.training.loop import STAGE as TRAIN_STAGE
from qleap_edge.training.loop import Progress, train

CHECKPOINT_FOLDER, MEASURED_FOLDER = "checkpoint", "measured"
RESULT_NAME, ERRORS_NAME, TIMING_NAME = "result.json", "window_mpjpe.npy", "timing.json"
MODE: Mode = "window"
STAGE = "benchmark_baselines_row"
OnProgress = Callable[[int, int, str], None]


class Timing(Document):
    """``timing.json`` beside a checkpoint's folder. The folder itself contains nothing that depends on a clock."""

    schema_name: Literal["qleap.training_time"] = "qleap.training_time"
    schema_version: Literal[1] = 1
    steps: int
    """Optimiser steps in all."""
    seconds: float
    """See :class:`qleap_edge.comparison.baselines.document.Training`."""


@dataclass(frozen=True)
class TrainingRun:
    """A finished network, with its error and those of the baselines without a sensor on each window."""

    result: NetworkResult
    window_mpjpe: Float64[np.ndarray, "windows predictors"]
    """mm; columns as in :data:`qleap_edge.evaluation.window_metrics.PREDICTORS`."""


@dataclass(frozen=True)
class RunContext:
    """What all runs have in common."""

    data: Path
    truth: GroundTruth
    baselines: NoSensorBaselines
    keep_trained: bool
    """Keep a checkpoint of the same recipe and data even if the code has changed since."""


def require_replaceable_run(folder: Path) -> None:
    """Refuse the folder of a network if something other than an earlier run lies at a path that would be written.

    Raises:
        UsageError: it does.
    """
    require_replaceable(folder / CHECKPOINT_FOLDER, stage_folder(TRAIN_STAGE))
    require_replaceable(folder / MEASURED_FOLDER, stage_folder(STAGE))
    require_replaceable_file(folder / TIMING_NAME, json_document(Timing, "a training time"))


def finished_run(
    network: BaselineNetwork, recipe: Recipe, context: RunContext, folder: Path, on_progress: OnProgress | None
) -> TrainingRun:
    """Train and measure one network, and keep what the folder already holds of it.

    Args:
        network: the network.
        recipe: its own recipe.
        context: data and baselines.
        folder: of this run, for its checkpoint and its result.
        on_progress: called with steps done, steps in all and a note.

    Raises:
        InputDataError: the data are missing or altered, or a loss is not finite.
    """
    checkpoint = folder / CHECKPOINT_FOLDER
    if not finished_stage(
        checkpoint,
        stage=TRAIN_STAGE,
        inputs={"dataset": context.data},
        config=recipe.training_config(),
        seed=recipe.seed,
        any_code=context.keep_trained,
    ):
        _train(recipe, context.data, checkpoint, on_progress)
    measured = folder / MEASURED_FOLDER
    inputs, config = {"dataset": context.data, "checkpoint": checkpoint}, {"hop": context.truth.hop}
    if not finished_stage(measured, stage=STAGE, inputs=inputs, config=config, seed=recipe.seed):
        if on_progress:
            on_progress(1, 1, "measuring")
        _measure(network, recipe, context, checkpoint, measured, inputs, config)
    errors = np.load(measured / ERRORS_NAME, allow_pickle=False)
    result = read_document(NetworkResult, measured / RESULT_NAME)
    seconds = read_document(Timing, folder / TIMING_NAME).seconds
    return TrainingRun(
        result.model_copy(update={"training": result.training.model_copy(update={"seconds": seconds})}), errors
    )


def _train(recipe: Recipe, data: Path, checkpoint: Path, on_progress: OnProgress | None) -> None:
    began, taken = time.perf_counter(), 0

    def on_step(progress: Progress) -> None:
        nonlocal taken
        taken += 1
        if progress.step == progress.total_steps:
            # Written before the checkpoint is complete, so that a finished checkpoint always has its time.
            seconds = (time.perf_counter() - began) / taken * progress.total_steps
            Timing(steps=progress.total_steps, seconds=seconds).write(checkpoint.parent / TIMING_NAME)
        if on_progress:
            on_progress(progress.step, progress.total_steps, f"loss {progress.loss:.3f}")

    train(recipe, data, checkpoint, resume=True, on_step=on_step)


def _measure(
    network: BaselineNetwork,
    recipe: Recipe,
    context: RunContext,
    checkpoint: Path,
    out: Path,
    inputs: Mapping[str, Path],
    config: Mapping[str, object],
) -> None:
    model, card = load_checkpoint(checkpoint)

    def batches() -> Iterator[ModelOutputs]:
        for first in range(0, len(context.truth), BATCH):
            yield network_outputs(model, context.truth.cut(context.truth.imu, slice(first, first + BATCH)))

    table, _ = measure_windows(batches(), context.truth, context.baselines)
    poses = pose_rows(table, context.truth)
    kappa = [m for m in headline(table, context.truth, poses, ()) if m.name == "form.quadratic_weighted_kappa"]
    result = NetworkResult(
        training=_training(network, recipe, card, checkpoint),
        hop=context.truth.hop,
        poses=tuple(row for row in poses if row.mode == MODE),
        form_kappa=kappa[0] if kappa else None,
    )
    errors = np.stack([table.values[MODE, name][:, WINDOW_COLUMN["mpjpe"]] for name in PREDICTORS], axis=1)
    with new_folder(out, stage_folder(STAGE)) as building:
        result.write(building / RESULT_NAME)
        np.save(building / ERRORS_NAME, errors, allow_pickle=False)
        write_stage_manifest(building, stage=STAGE, inputs=inputs, config=config, seed=recipe.seed)


def _training(network: BaselineNetwork, recipe: Recipe, card: CheckpointDocument, checkpoint: Path) -> Training:
    timing = read_document(Timing, checkpoint.parent / TIMING_NAME)
    manifest = read_document(StageManifest, checkpoint / MANIFEST_NAME)
    return Training(
        network=network.name,
        preset=card.preset,
        blind=card.blind,
        seed=card.seed,
        parameters=card.parameters,
        steps=timing.steps,
        epochs=card.epochs,
        best_epoch=card.best_epoch,
        learning_rate=recipe.training.learning_rate,
        precision=card.precision,
        weights_sha256=card.weights_sha256,
        code_digest=manifest.code_digest,
    )
