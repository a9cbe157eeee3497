"""One network of the comparison: trained unless it already is, measured unless it already is."""

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
    """``timing.json`` beside a checkpoint folder, which itself holds nothing that depends on a clock."""

    schema_name: Literal["qleap.training_time"] = "qleap.training_time"
    schema_version: Literal[1] = 1
    steps: int
    seconds: float
    """See :class:`qleap_edge.comparison.baselines.document.Training`."""


@dataclass(frozen=True)
class Row:
    """A finished network, and what it and the predictors without a sensor miss on each window."""

    result: NetworkResult
    window_mpjpe: Float64[np.ndarray, "windows predictors"]
    """mm; columns as in :data:`qleap_edge.evaluation.window_metrics.PREDICTORS`."""


@dataclass(frozen=True)
class RunContext:
    """What all rows have in common."""

    data: Path
    truth: GroundTruth
    priors: NoSensorBaselines
    keep_trained: bool
    """A checkpoint counts as finished even if the code has changed since."""


def require_replaceable_row(folder: Path) -> None:
    """Refuse the folder of a network if something else than an earlier row lies at a path that would be written.

    Raises:
        UsageError: it does.
    """
    require_replaceable(folder / CHECKPOINT_FOLDER, stage_folder(TRAIN_STAGE))
    require_replaceable(folder / MEASURED_FOLDER, stage_folder(STAGE))
    require_replaceable_file(folder / TIMING_NAME, json_document(Timing, "a training time"))


def finished_row(
    contestant: BaselineNetwork, recipe: Recipe, bench: RunContext, folder: Path, on_progress: OnProgress | None
) -> Row:
    """Train and measure one network; what the folder already holds of it is kept.

    Args:
        contestant: the network.
        recipe: its own recipe.
        bench: data and opponents.
        folder: of this row, for its checkpoint and its result.
        on_progress: called with steps done, steps in all and a note.

    Raises:
        InputDataError: the data are missing or altered, or a loss is not finite.
    """
    checkpoint = folder / CHECKPOINT_FOLDER
    if not finished_stage(
        checkpoint,
        stage=TRAIN_STAGE,
        inputs={"dataset": bench.data},
        config=recipe.training_config(),
        seed=recipe.seed,
        any_code=bench.keep_trained,
    ):
        _train(recipe, bench.data, checkpoint, on_progress)
    measured = folder / MEASURED_FOLDER
    inputs, config = {"dataset": bench.data, "checkpoint": checkpoint}, {"hop": bench.truth.hop}
    if not finished_stage(measured, stage=STAGE, inputs=inputs, config=config, seed=recipe.seed):
        if on_progress:
            on_progress(1, 1, "measuring")
        _measure(contestant, recipe, bench, checkpoint, measured, inputs, config)
    errors = np.load(measured / ERRORS_NAME, allow_pickle=False)
    result = read_document(NetworkResult, measured / RESULT_NAME)
    seconds = read_document(Timing, folder / TIMING_NAME).seconds
    return Row(result.model_copy(update={"training": result.training.model_copy(update={"seconds": seconds})}), errors)


def _train(recipe: Recipe, data: Path, checkpoint: Path, on_progress: OnProgress | None) -> None:
    began, taken = time.perf_counter(), 0

    def on_step(progress: Progress) -> None:
        nonlocal taken
        taken += 1
        if progress.step == progress.total_steps:  # before the checkpoint is whole: a finished one always has its time
            seconds = (time.perf_counter() - began) / taken * progress.total_steps
            Timing(steps=progress.total_steps, seconds=seconds).write(checkpoint.parent / TIMING_NAME)
        if on_progress:
            on_progress(progress.step, progress.total_steps, f"loss {progress.loss:.3f}")

    train(recipe, data, checkpoint, resume=True, on_step=on_step)


def _measure(
    contestant: BaselineNetwork,
    recipe: Recipe,
    bench: RunContext,
    checkpoint: Path,
    out: Path,
    inputs: Mapping[str, Path],
    config: Mapping[str, object],
) -> None:
    network, card = load_checkpoint(checkpoint)

    def batches() -> Iterator[ModelOutputs]:
        for first in range(0, len(bench.truth), BATCH):
            yield network_outputs(network, bench.truth.cut(bench.truth.imu, slice(first, first + BATCH)))

    table, _ = measure_windows(batches(), bench.truth, bench.priors)
    poses = pose_rows(table, bench.truth)
    kappa = [m for m in headline(table, bench.truth, poses, ()) if m.name == "form.quadratic_weighted_kappa"]
    result = NetworkResult(
        training=_training(contestant, recipe, card, checkpoint),
        hop=bench.truth.hop,
        poses=tuple(row for row in poses if row.mode == MODE),
        form_kappa=kappa[0] if kappa else None,
    )
    errors = np.stack([table.values[MODE, name][:, WINDOW_COLUMN["mpjpe"]] for name in PREDICTORS], axis=1)
    with new_folder(out, stage_folder(STAGE)) as building:
        result.write(building / RESULT_NAME)
        np.save(building / ERRORS_NAME, errors, allow_pickle=False)
        write_stage_manifest(building, stage=STAGE, inputs=inputs, config=config, seed=recipe.seed)


def _training(contestant: BaselineNetwork, recipe: Recipe, card: CheckpointDocument, checkpoint: Path) -> Training:
    timing = read_document(Timing, checkpoint.parent / TIMING_NAME)
    manifest = read_document(StageManifest, checkpoint / MANIFEST_NAME)
    return Training(
        network=contestant.name,
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
