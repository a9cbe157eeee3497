"""The training loop: plain torch, deterministic, resumable to the bit.

Data order is a pure function of (seed, epoch), the learning rate of the step; the resume file holds weights, optimiser and
history. Training 2N epochs, or N, dying, and N more, gives the same bytes on one machine. The weights of the epoch with the
least validation loss are the result.
"""

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.exercises import EXERCISES
from qleap_edge.core.frames import HOP_STEPS
from qleap_edge.core.manifest import (
    code_digest,
    config_digest,
    digest_of,
    new_folder,
    tool_versions,
    write_stage_manifest,
)
from qleap_edge.core.recipe import ModelTable, Recipe, TrainingTable
from qleap_edge.dataset.windows import WindowSet, load_windows
from qleap_edge.model.config import PRESETS
from qleap_edge.model.determinism import make_deterministic
from qleap_edge.model.hdt import HybridDisentanglingTransformer, parameter_count
from qleap_edge.training.checkpoint import (
    CARD_NAME,
    CheckpointDocument,
    load_resume_state,
    save_resume_state,
    save_weights,
)
from qleap_edge.training.losses import LossTerms, training_loss

HISTORY_NAME = "history.jsonl"
TRAINING_HOP_STEPS = 2 * HOP_STEPS  # neighbouring windows share nine tenths of their samples: denser is only slower
_EVALUATION_BATCH = 64


@dataclass(frozen=True)
class Progress:
    """Reported after every step."""

    step: int
    total_steps: int
    epoch: int
    loss: float


@dataclass(frozen=True)
class _Tensors:
    imu: Tensor
    pose: Tensor
    exercise: Tensor
    form: Tensor

    @classmethod
    def of(cls, windows: WindowSet) -> "_Tensors":
        return cls(*(torch.from_numpy(getattr(windows, name)) for name in ("imu", "pose", "exercise", "form")))

    def __len__(self) -> int:
        return len(self.imu)


def train(
    recipe: Recipe,
    data: Path,
    out: Path,
    *,
    resume: bool = False,
    on_step: Callable[[Progress], None] | None = None,
) -> CheckpointDocument:
    """Train the recipe's network on a dataset folder and write a checkpoint folder.

    Args:
        recipe: the recipe.
        data: a finished dataset folder.
        out: the checkpoint folder to make.
        resume: continue an interrupted run of exactly this recipe, data and code.
        on_step: called after each optimiser step.

    Raises:
        InputDataError: the data are missing or altered, or a loss is not finite.
    """
    make_deterministic(recipe.training.threads)
    dataset_digest = digest_of(data)
    state_path = out.parent / f".{out.name}.resume" / "state.pt"
    run = _Run(recipe.model, recipe.training, recipe.seed, data)
    made_by = {"seed": recipe.seed, "data": dataset_digest, "code": code_digest(), "tools": tool_versions()}
    key = config_digest(recipe.training_config() | made_by)
    if resume:
        run.restore(load_resume_state(state_path, key))
    while run.epoch < recipe.training.epochs:
        run.train_epoch(on_step)
        if run.epoch % recipe.training.checkpoint_every_epochs == 0:
            save_resume_state(state_path, run.state() | {"key": key})
    run.model.load_state_dict(run.best_weights)
    best = min(run.history, key=lambda row: row["validation_loss"])
    with new_folder(out) as folder:
        card = CheckpointDocument(
            preset=recipe.model.preset,
            config=PRESETS[recipe.model.preset],
            parameters=parameter_count(run.model),
            trained_exercises=tuple(EXERCISES[index] for index in sorted(set(run.train.exercise.tolist()))),
            epochs=run.epoch,
            best_epoch=int(best["epoch"]),
            seed=recipe.seed,
            dataset_sha256=dataset_digest,
            weights_sha256=save_weights(run.model, folder),
            validation_loss=best["validation_loss"],
        )
        card.write(folder / CARD_NAME)
        lines = [json.dumps(row, sort_keys=True) for row in run.history]
        (folder / HISTORY_NAME).write_text("\n".join(lines) + "\n", encoding="utf-8")
        write_stage_manifest(
            folder, stage="train", inputs={"dataset": data}, config=recipe.training_config(), seed=recipe.seed
        )
    shutil.rmtree(state_path.parent, ignore_errors=True)
    return card


class _Run:
    """Model, optimiser, data and history of one training run."""

    def __init__(self, model: ModelTable, table: TrainingTable, seed: int, data: Path) -> None:
        self.table, self.seed, self.epoch, self.step = table, seed, 0, 0
        self.history: list[dict[str, float]] = []
        self.best_weights: dict[str, Tensor] = {}
        train_windows = load_windows(data, "train", TRAINING_HOP_STEPS)
        self.train = _Tensors.of(train_windows)
        self.validation = _Tensors.of(load_windows(data, "validation", TRAINING_HOP_STEPS))
        self.steps_per_epoch = math.ceil(len(self.train) / table.batch_size)
        torch.manual_seed(seed)
        self.model = HybridDisentanglingTransformer(PRESETS[model.preset])
        _set_statistics(self.model, train_windows)
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(), lr=table.learning_rate, weight_decay=table.weight_decay
        )

    def state(self) -> dict[str, object]:
        return {
            "model": self.model.state_dict(),
            "best": self.best_weights,
            "optimiser": self.optimiser.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "history": self.history,
        }

    def restore(self, state: dict[str, object] | None) -> None:
        if state is None:
            return
        self.model.load_state_dict(state["model"])  # type: ignore[arg-type]
        self.optimiser.load_state_dict(state["optimiser"])  # type: ignore[arg-type]
        self.best_weights = state["best"]  # type: ignore[assignment]
        self.epoch, self.step = int(state["epoch"]), int(state["step"])  # type: ignore[call-overload]
        self.history = list(state["history"])  # type: ignore[call-overload]

    def train_epoch(self, on_step: Callable[[Progress], None] | None) -> None:
        self.model.train()
        total = self.table.epochs * self.steps_per_epoch
        order = np.random.default_rng(np.random.SeedSequence([self.seed, self.epoch])).permutation(len(self.train))
        sums = np.zeros(len(LossTerms._fields))
        for rows in np.array_split(order, self.steps_per_epoch):
            for group in self.optimiser.param_groups:
                group["lr"] = 0.5 * self.table.learning_rate * (1.0 + math.cos(math.pi * self.step / total))
            terms = self._loss(self.train, torch.from_numpy(rows))
            self.optimiser.zero_grad(set_to_none=True)
            terms.total.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.table.clip_norm)
            self.optimiser.step()
            self.step += 1
            sums += [term.item() for term in terms]
            _require_finite(terms.total.item(), f"epoch {self.epoch + 1}, step {self.step}")
            if on_step:
                on_step(Progress(self.step, total, self.epoch + 1, terms.total.item()))
        self.epoch += 1
        validation = self._validate()
        _require_finite(validation, f"validation after epoch {self.epoch}")
        # A Gaussian network grows overconfident long before its mean stops improving: what ships is the best epoch.
        if validation < min((row["validation_loss"] for row in self.history), default=math.inf):
            self.best_weights = {name: tensor.clone() for name, tensor in self.model.state_dict().items()}
        means = {f"train_{name}": float(value) for name, value in zip(LossTerms._fields, sums, strict=True)}
        self.history.append(
            {"epoch": self.epoch, "validation_loss": validation}
            | {name: value / self.steps_per_epoch for name, value in means.items()}
        )

    def _loss(self, data: _Tensors, rows: Tensor) -> LossTerms:
        return training_loss(
            self.model(data.imu[rows]),
            pose=data.pose[rows],
            exercise=data.exercise[rows],
            form=data.form[rows],
            spread=self.model.gaussian.spread,
            weights=self.table,
        )

    def _validate(self) -> float:
        self.model.eval()
        rows = torch.split(torch.arange(len(self.validation)), _EVALUATION_BATCH)
        with torch.no_grad():
            losses = [self._loss(self.validation, part).total.item() * len(part) for part in rows]
        return sum(losses) / len(self.validation)


def _require_finite(loss: float, where: str) -> None:
    if not math.isfinite(loss):
        raise InputDataError(
            "the loss is not finite", where=where, next_step="lower training.learning_rate in the recipe"
        )


def _set_statistics(model: HybridDisentanglingTransformer, windows: WindowSet) -> None:
    """Store input and target statistics of the training windows in the model's buffers."""
    imu = windows.imu.reshape(-1, windows.imu.shape[-1]).astype(np.float64)
    model.normalise.mean.copy_(torch.from_numpy(imu.mean(axis=0)))
    model.normalise.deviation.copy_(torch.from_numpy(imu.std(axis=0)))
    pose = windows.pose.reshape(-1, *windows.pose.shape[2:]).astype(np.float64)
    model.gaussian.set_statistics(
        torch.from_numpy(pose.mean(axis=0)).float(), torch.from_numpy(pose.std(axis=0)).float()
    )
