"""One optimiser step, and everything that it changes: the network, its readers, the optimiser and the moving average."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel

from qleap_edge.core.exercises import FORM_UNSCORED
from qleap_edge.core.recipe import TrainingTable
from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.model.hdt import HDTOutput, HybridDisentanglingTransformer
from qleap_edge.training.adversary import AdversarialProbes, adversarial_losses, ramp
from qleap_edge.training.concept_erasure import ERASED_AT, fit_concept_erasures
from qleap_edge.training.losses import Batch, LossTerms, scored_windows, training_loss
from qleap_edge.training.precision import Precision
from qleap_edge.training.processes import Processes

TERMS = ("loss", "pose", "exercise", "form", "calibration", "exercise_in_how", "form_in_what")
"""What a step reports, summed over processes and averaged over the batch."""
_Tensors = tuple[Tensor, ...] | list[Tensor]
_MEASURED = ("pose", "exercise", "form", "error", "correct", "form_error", "scored", "count")
# A young average forgets its random start: decay (1 + n) / (10 + n) until that exceeds the wanted one.
_FIRST_DECAY_STEPS = 10
_READERS_RATE = 0.4  # of the highest: with which heads and pose decoder begin again after an erasure


class _WithReaders(nn.Module):
    """The network and its readers as one module, so that processes exchange all gradients in one go."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network, self.readers = network, AdversarialProbes()

    def forward(self, imu: Tensor, factor: float) -> tuple[HDTOutput, Tensor, Tensor]:
        output: HDTOutput = self.network(imu)
        return output, *self.readers(output.what_embedding, output.how_embedding, factor)


class Stepper:
    """Trains one network, a batch at a time.

    Args:
        network: maps windows to :class:`HDTOutput`, with ``gaussian.spread``; moved to this process's device.
        table: how.
        precision: of the products.
        processes: who computes.
        total_steps: length of the cosine.
    """

    def __init__(
        self, network: nn.Module, table: TrainingTable, precision: Precision, processes: Processes, total_steps: int
    ) -> None:
        self.table, self.precision, self.processes, self.total_steps = table, precision, processes, total_steps
        self.step = 0
        self.trained = _WithReaders(network).to(processes.device)
        self.average = AveragedModel(self.trained.network, multi_avg_fn=_average(table.ema_decay))
        self.optimiser = torch.optim.AdamW(
            self.trained.parameters(), lr=table.learning_rate, weight_decay=table.weight_decay, fused=True
        )
        erases = table.loss.disentangling == "erasure" and isinstance(network, HybridDisentanglingTransformer)
        self.erasing_step = round(ERASED_AT * total_steps) if erases else 0
        """After it directions are removed; 0: never."""
        self._called = self._spread()

    @property
    def network(self) -> nn.Module:
        """The network whose weights ship: the moving average."""
        module: nn.Module = self.average.module
        return module

    def train(self, batch: Batch) -> dict[str, float]:
        """Take one step and return :data:`TERMS`."""
        self.trained.train()
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.step, self.total_steps, self.table, self.erasing_step)
        terms, leaked = self._loss(batch)
        # The readers learn at full strength; what the network unlearns is weighted on the way back, in the reversal.
        loss = terms.total + leaked[0] + leaked[1]
        self.optimiser.zero_grad(set_to_none=True)
        (loss * self.processes.count).backward()  # type: ignore[no-untyped-call]  # DDP averages where we sum
        nn.utils.clip_grad_norm_(self.trained.network.parameters(), self.table.clip_norm)
        nn.utils.clip_grad_norm_(self.trained.readers.parameters(), self.table.clip_norm)
        self.optimiser.step()
        self.average.update_parameters(self.trained.network)
        self.step += 1
        values = self.processes.sum(torch.stack([*terms, *leaked]).detach()).tolist()
        return dict(zip(TERMS, values, strict=True))

    def erase(self, batches: Iterable[Batch]) -> None:
        """Remove from *what* and *how* what tells the other's label in these windows, and hold what leads to them.

        That is done to the moving average, from whose weights the training goes on; the average begins anew.
        """
        fit_concept_erasures(self.network, batches, self.processes)  # type: ignore[arg-type]
        self.trained.network.load_state_dict(self.network.state_dict())
        self.average.n_averaged.zero_()
        self._hold()

    def _hold(self) -> None:
        """Train from now on only what reads the embeddings."""
        if isinstance(self.trained.network, HybridDisentanglingTransformer):
            for part in self.trained.network.leading_to_embeddings():
                part.requires_grad_(requires_grad=False)
        self._called = self._spread()

    def _spread(self) -> nn.Module:
        """Return the module as it is called; over several processes it adds up what is still trained."""
        return DistributedDataParallel(self.trained) if self.processes.count > 1 else self.trained

    def measure(self, batches: Iterable[Batch]) -> dict[str, float]:
        """Return the mean loss of the moving average over batches, and what people understand.

        The loss is the weighted sum of proper scores alone: likelihoods and, where the recipe asks for it, the ranked score.
        """
        sums = torch.zeros(len(_MEASURED), dtype=torch.float64, device=self.processes.device)
        self.network.eval()
        with torch.no_grad():
            for batch in batches:
                if len(batch):
                    output = HDTOutput(*(part.float() for part in self._forward(self.network, batch.imu)))
                    sums += self._measured(output, replace(batch, whole=len(batch)))
        total = dict(zip(_MEASURED, self.processes.sum(sums).tolist(), strict=True))
        count, scored, table = total["count"], max(total["scored"], 1.0), self.table.loss
        return {
            "validation_loss": (table.pose_weight * total["pose"] + table.exercise_weight * total["exercise"]) / count
            + table.form_weight * total["form"] / scored,
            "validation_pose": total["pose"] / count,
            "validation_mpjpe_mm": MM_PER_BODY_HEIGHT * total["error"] / count,
            "validation_exercise_accuracy": total["correct"] / count,
            "validation_form_mae": total["form_error"] / scored,
        }

    def _measured(self, output: HDTOutput, batch: Batch) -> Tensor:
        """Return sums over a batch, in the order of :data:`_MEASURED`."""
        terms = training_loss(
            output,
            batch,
            spread=self.network.gaussian.spread,  # type: ignore[arg-type, union-attr]
            table=self.table.loss.model_copy(update={"pose": "nll"}),
        )
        scored = batch.form != FORM_UNSCORED
        error = (output.pose - batch.pose)[:, :, 1:].norm(dim=-1).mean(dim=(1, 2)).sum()
        correct = (output.exercise_logits.argmax(dim=1) == batch.exercise).sum()
        form_error = (output.form_logits.argmax(dim=1) - batch.form)[scored].abs().sum()
        count, scores = len(batch), scored.sum()
        sums = (terms.pose * count, terms.exercise * count, terms.form * scores, error, correct, form_error, scores)
        return torch.stack([*(value.double() for value in sums), error.new_tensor(count, dtype=torch.float64)])

    def state(self) -> dict[str, object]:
        """Return everything that the next step depends on, besides its batch."""
        return {
            "trained": self.trained.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
        }

    def restore(self, state: dict[str, object]) -> None:
        """Go back to a state."""
        self.trained.load_state_dict(state["trained"])  # type: ignore[arg-type]
        self.average.load_state_dict(state["average"])  # type: ignore[arg-type]
        self.optimiser.load_state_dict(state["optimiser"])  # type: ignore[arg-type]
        self.step = int(state["step"])  # type: ignore[call-overload]
        if self.step >= self.erasing_step > 0:
            self._hold()

    def _forward(self, module: nn.Module, *arguments: object) -> Any:
        half = self.precision.name == "bfloat16"
        with torch.autocast(self.processes.device.type, torch.bfloat16, enabled=half):
            return module(*arguments)

    def _loss(self, batch: Batch) -> tuple[LossTerms, tuple[Tensor, Tensor]]:
        table = self.table.loss
        factor = 0.0
        if table.disentangling == "reversal":
            factor = table.disentangling_weight * ramp(self.step / self.total_steps)
        output, exercise_in_how, form_in_what = self._forward(self._called, batch.imu, factor)
        output = HDTOutput(*(part.float() for part in output))
        terms = training_loss(
            output,
            batch,
            spread=self.trained.network.gaussian.spread,  # type: ignore[arg-type, union-attr]
            table=table,
            over_processes=self.processes.sum,
            processes=self.processes.count,
        )
        scored = scored_windows(batch.form, self.processes.sum)
        return terms, adversarial_losses(exercise_in_how.float(), form_in_what.float(), batch, scored)


def learning_rate(step: int, total_steps: int, table: TrainingTable, erasing_step: int = 0) -> float:
    """Return the rate of a step (0 is the first): a half cosine to zero, risen to in proportion over the warm-up.

    What is held after an erasure has to have come to rest by then, and what reads it begins anew: one half cosine ends at the
    erasure, a lower one follows.
    """
    if step >= erasing_step > 0:
        return _READERS_RATE * _half_cosine(step - erasing_step, total_steps - erasing_step) * table.learning_rate
    risen = min(1.0, (step + 1) / (table.warmup_steps + 1))
    return risen * _half_cosine(step, erasing_step or total_steps) * table.learning_rate


def _half_cosine(step: int, steps: int) -> float:
    return 0.5 * (1.0 + math.cos(math.pi * step / steps))


def _average(decay: float) -> Callable[[_Tensors, _Tensors, Tensor | int], None]:
    """Return the exponential moving average as torch wants it."""

    @torch.no_grad()
    def update(averages: _Tensors, current: _Tensors, count: Tensor | int) -> None:
        steps = int(count)
        young = min(decay, (1.0 + steps) / (_FIRST_DECAY_STEPS + steps))
        torch._foreach_lerp_(averages, current, 1.0 - young)

    return update
