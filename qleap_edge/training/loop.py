"""The training loop: plain torch, one process or several, resumable to the bit from any step.

The order of the windows is a pure function of seed, epoch and step, and the learning rate one of the step. The saved state
holds everything else, so 2N steps give the same bytes as N steps, a kill, and N more steps (on one machine's CPU). The result
is the moving average of the weights at the end of the epoch with the least validation loss.
"""

import json
import math
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.core.exercises import EXERCISES
from qleap_edge.core.manifest import (
    code_digest,
    config_digest,
    digest_of,
    new_folder,
    stage_folder,
    tool_versions,
    write_stage_manifest,
)
from qleap_edge.core.output_paths import require_replaceable
from qleap_edge.core.recipe import Recipe
from qleap_edge.dataset.recorded import read_recorded
from qleap_edge.model.determinism import make_deterministic
from qleap_edge.model.hdt import parameter_count
from qleap_edge.model.networks import build_network, network_config
from qleap_edge.training.checkpoint import CARD_NAME, WEIGHTS_NAME, CheckpointDocument, save_weights
from qleap_edge.training.data_loader import EvaluationDataLoader, TrainingDataLoader
from qleap_edge.training.initial import begin_from
from qleap_edge.training.precision import Precision, choose_precision
from qleap_edge.training.processes import Processes, joined_processes
from qleap_edge.training.resume import ResumeFolder
from qleap_edge.training.steps import TERMS, Stepper
from qleap_edge.training.tracking.protocol import RunInfo, Tracker, tracking_folder
from qleap_edge.training.tracking.trackers import Trackers, tracked

HISTORY_NAME = "history.jsonl"
STAGE = "train"
_VALIDATION_BATCH = 64
_LOG_EVERY_STEPS = 10
_METER_S = 5.0


@dataclass(frozen=True)
class Progress:
    """Reported after every step."""

    step: int
    total_steps: int
    epoch: int
    terms: dict[str, float]
    """:data:`qleap_edge.training.steps.TERMS` of this step."""
    windows_per_s: float

    @property
    def loss(self) -> float:
        """The step's total loss."""
        return self.terms["loss"]


def train(
    recipe: Recipe,
    data: Path,
    out: Path,
    *,
    resume: bool = False,
    initial: Path | None = None,
    recorded: Path | None = None,
    on_start: Callable[[str], None] | None = None,
    on_step: Callable[[Progress], None] | None = None,
    trackers: Trackers | None = None,
) -> CheckpointDocument:
    """Train the recipe's network on a dataset folder and write a checkpoint folder.

    Args:
        recipe: the recipe.
        data: a finished dataset folder.
        out: the checkpoint folder to make.
        resume: continue an interrupted run of exactly this recipe, data and code.
        initial: checkpoint folder whose weights are the first ones; without it they are random.
        recorded: folder of labelled real recordings, whose windows train the exercise head only.
        on_start: called once with a sentence that says how this run computes.
        on_step: called after each optimiser step.
        trackers: receive the loss terms and the validation figures, from the first process only.

    Raises:
        UsageError: the recipe takes a shipped checkpoint, ``initial`` is of another network, or ``out`` holds something else
            than an earlier checkpoint.
        InputDataError: the data are missing or altered, the interrupted run's state cannot be read, or a loss is not finite.
    """
    if recipe.model.pretrained is not None:
        raise UsageError(
            "this recipe takes a checkpoint that ships",
            got=recipe.model.pretrained,
            next_step="leave model.pretrained out",
        )
    require_replaceable(out, stage_folder(STAGE))
    make_deterministic(recipe.training.threads)
    sources = {"initial": initial, "recorded": recorded}
    inputs = {"dataset": data} | {name: path for name, path in sources.items() if path is not None}
    digests = {name: digest_of(path) for name, path in inputs.items()}
    made_by = {"seed": recipe.seed, "inputs": digests, "code": code_digest(), "tools": tool_versions()}
    folder = ResumeFolder.beside(out, config_digest(recipe.training_config() | made_by))
    folder.require_own()
    state = folder.newest() if resume else None
    with joined_processes() as processes:
        run = _Run(recipe, inputs, folder, processes, state)
        if on_start:
            on_start(run.description())
        step = run.stepper.step
        info = RunInfo(out.name, folder.key, tracking_folder(out), recipe.training_config(), step)
        with tracked((trackers or Trackers()) if processes.rank == 0 else Trackers(), info) as tracker:
            run.finish(on_step, tracker)
            card = run.card(recipe, digests["dataset"])
            tracker.summary({"best_epoch": card.best_epoch, "validation_loss": card.validation_loss})
            if processes.rank == 0:
                _write(out, card, run, recipe, inputs)
                folder.remove()
        processes.wait()
    return card


def _write(out: Path, card: CheckpointDocument, run: "_Run", recipe: Recipe, inputs: Mapping[str, Path]) -> None:
    with new_folder(out, stage_folder(STAGE)) as building:
        shutil.copyfile(run.folder.best, building / WEIGHTS_NAME)
        card.write(building / CARD_NAME)
        lines = [json.dumps(row, sort_keys=True) for row in run.history]
        (building / HISTORY_NAME).write_text("\n".join(lines) + "\n", encoding="utf-8")
        write_stage_manifest(building, stage=STAGE, inputs=inputs, config=recipe.training_config(), seed=recipe.seed)


class _Run:
    """One training, from its first step or from its last saved step to its end."""

    def __init__(
        self,
        recipe: Recipe,
        inputs: Mapping[str, Path],
        folder: ResumeFolder,
        processes: Processes,
        state: dict[str, object] | None,
    ) -> None:
        self.table, self.folder, self.processes = recipe.training, folder, processes
        table, recorded = self.table, read_recorded(inputs["recorded"]) if "recorded" in inputs else None
        self.loader = TrainingDataLoader(
            inputs["dataset"], recipe.seed, table.windows_per_sequence, table.batch_size, recorded, table.recorded_share
        )
        self.validation = EvaluationDataLoader(inputs["dataset"], "validation")
        self.history: list[dict[str, float]] = []
        self.best_sha256 = ""
        self.sums = dict.fromkeys(TERMS, 0.0)
        wanted = str(state["precision"]) if state else self.table.precision  # a resumed run keeps its precision
        self.precision: Precision = choose_precision(wanted, processes.device)  # type: ignore[arg-type]
        torch.manual_seed(recipe.seed)
        network = build_network(recipe.model.preset, blind=recipe.model.blind)
        if state is None:
            statistics = self.loader.statistics()
            if "initial" in inputs:
                begin_from(network, inputs["initial"], recipe.model.preset, statistics.pose)
            else:
                network.normalise.set_statistics(*statistics.imu)
                network.gaussian.set_statistics(*statistics.pose)
        self.total_steps = self.table.epochs * self.loader.steps_per_epoch
        self.stepper = Stepper(network, self.table, self.precision, processes, self.total_steps)
        if state is not None:
            self.stepper.restore(state)
            self.history = list(state["history"])  # type: ignore[call-overload]
            self.best_sha256 = str(state["best_sha256"])
            self.sums = dict(state["sums"])  # type: ignore[call-overload]

    def description(self) -> str:
        """Say in a sentence what computes where."""
        device, count = self.processes.device.type, self.processes.count
        where = f"{count} × {device}" if count > 1 else device
        begin = f", from step {self.stepper.step} of {self.total_steps}" if self.stepper.step else ""
        return f"{parameter_count(self.stepper.network):,} parameters on {where}{begin}; {self.precision}"

    @property
    def best(self) -> dict[str, float]:
        """The history row of the epoch whose weights are the result; the first of equals.

        Only epochs after the erasure count: before it the heads may use what the erasure removes, so the loss is lower.
        """
        kept = [row for row in self.history if row["erased"] == self.history[-1]["erased"]]
        return min(kept, key=lambda row: row["validation_loss"])

    def finish(self, on_step: Callable[[Progress], None] | None, tracker: Tracker) -> None:
        """Take the steps that are left."""
        meter = _SpeedMeter()
        while self.stepper.step < self.total_steps and not self._is_over():
            epoch, first = divmod(self.stepper.step, self.loader.steps_per_epoch)
            for batch in self.loader.batches(epoch, first, self.processes):
                terms = self.stepper.train(batch)
                self._add(epoch + 1, terms)
                meter.count(batch.global_size)
                step = self.stepper.step
                if step == self.stepper.erasing_step:
                    self.stepper.erase(self.validation.batches(_VALIDATION_BATCH, self.processes))
                if on_step:
                    on_step(Progress(step, self.total_steps, epoch + 1, terms, meter.windows_per_s))
                if step % _LOG_EVERY_STEPS == 0:
                    rows = {f"train/{name}": value for name, value in terms.items()}
                    tracker.log(step, rows | {"speed/windows_per_s": meter.windows_per_s})
                if step % self.loader.steps_per_epoch == 0:
                    self._end_epoch(epoch + 1)
                    tracker.log(step, self.history[-1])
                if self.stepper.step % self.table.checkpoint_every_steps == 0:
                    self._save()

    def _is_over(self) -> bool:
        patience = self.table.patience_epochs
        pending = self.stepper.step < self.stepper.erasing_step
        return bool(
            patience and not pending and self.history and self.history[-1]["epoch"] - self.best["epoch"] >= patience
        )

    def _add(self, epoch: int, terms: dict[str, float]) -> None:
        _require_finite(terms["loss"], f"epoch {epoch}, step {self.stepper.step}")
        for name, value in terms.items():
            self.sums[name] += value

    def _end_epoch(self, epoch: int) -> None:
        measured = self.stepper.measure(self.validation.batches(_VALIDATION_BATCH, self.processes))
        _require_finite(measured["validation_loss"], f"validation after epoch {epoch}")
        means = {f"train_{name}": value / self.loader.steps_per_epoch for name, value in self.sums.items()}
        self.sums = dict.fromkeys(TERMS, 0.0)
        # A Gaussian network grows overconfident long before its mean stops improving: what ships is the best epoch.
        erased = float(self.stepper.step >= self.stepper.erasing_step)
        self.history.append({"epoch": float(epoch), "erased": erased} | measured | means)
        if self.best is self.history[-1] and self.processes.rank == 0:
            self.folder.claim()
            self.best_sha256 = save_weights(self.stepper.network, self.folder.best)

    def _save(self) -> None:
        if self.processes.rank == 0:
            own = {"precision": self.precision.name, "history": self.history, "sums": self.sums}
            self.folder.save(self.stepper.step, self.stepper.state() | own | {"best_sha256": self.best_sha256})

    def card(self, recipe: Recipe, dataset_digest: str) -> CheckpointDocument:
        """Describe the result."""
        best = self.best
        return CheckpointDocument(
            preset=recipe.model.preset,
            blind=recipe.model.blind,
            config=network_config(recipe.model.preset),
            parameters=parameter_count(self.stepper.network),
            trained_exercises=tuple(EXERCISES[index] for index in self.loader.exercises()),
            epochs=int(self.history[-1]["epoch"]),
            best_epoch=int(best["epoch"]),
            seed=recipe.seed,
            precision=self.precision.name,
            dataset_sha256=dataset_digest,
            weights_sha256=self.best_sha256,
            validation_loss=best["validation_loss"],
        )


class _SpeedMeter:
    """Windows a second, over the last few seconds."""

    def __init__(self) -> None:
        self.windows_per_s = 0.0
        self._windows, self._began_s = 0, time.monotonic()

    def count(self, windows: int) -> None:
        self._windows += windows
        elapsed_s = time.monotonic() - self._began_s
        if elapsed_s >= _METER_S or not self.windows_per_s:
            self.windows_per_s = self._windows / max(elapsed_s, 1e-9)
            self._windows, self._began_s = 0, time.monotonic()


def _require_finite(loss: float, where: str) -> None:
    if not math.isfinite(loss):
        raise InputDataError(
            "the loss is not finite", where=where, next_step="lower training.learning_rate in the recipe"
        )
