"""One optimiser step, and everything that it changes: the network, its probes, the optimiser and the moving average."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel

from qleap_edge.core.exercises import FORM_UNSCORED
from qleap_edge.core.recipe_training import TrainingTable
from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.model.hdt import HDTOutput, HybridDisentanglingTransformer
from qleap_edge.training.adversary import AdversarialProbes, adversarial_losses, ramp
from qleap_edge.training.concept_erasure import ERASED_AT, fit_concept_erasures
from qleap_edge.training.losses import Batch, LossTerms, scored_windows, training_loss
from qleap_edge.training.precision import Precision
from qleap_edge.training.processes import Processes

TERMS = ("loss", "pose", "exercise", "form", "calibration", "distance", "exercise_in_how", "form_in_what")
"""What a step reports, summed over processes and averaged over the batch."""
_Tensors = tuple[Tensor, ...] | list[Tensor]
_MEASURED = ("pose", "exercise", "form", "error", "correct", "form_error", "scored", "count")
# The decay is (1 + n) / (10 + n) until that exceeds the recipe's: otherwise the average would keep the random initial weights.
_FIRST_DECAY_STEPS = 10
_RATE_AFTER_ERASURE = 0.4  # share of the recipe's rate with which heads and pose decoder begin again after an erasure


class _WithProbes(nn.Module):
    """The network and its probes as one module, so that the processes exchange all gradients in one call."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network, self.probes = network, AdversarialProbes()

    def forward(self, imu: Tensor, factor: float) -> tuple[HDTOutput, Tensor, Tensor]:
        output: HDTOutput = self.network(imu)
        return output, *self.probes(output.what_embedding, output.how_embedding, factor)


class Stepper:
    """Trains one network, a batch at a time.

    Args:
        network: maps windows to :class:`HDTOutput` and has ``gaussian.spread``; it is moved to this process's device.
        table: the recipe's training table.
        precision: precision of the products.
        processes: the processes that share each batch.
        total_steps: number of steps after which the learning rate is zero.
    """

    def __init__(
        self, network: nn.Module, table: TrainingTable, precision: Precision, processes: Processes, total_steps: int
    ) -> None:
        self.table, self.precision, self.processes, self.total_steps = table, precision, processes, total_steps
        self.step = 0
        self.trained = _WithProbes(network).to(processes.device)
        self.average = AveragedModel(self.trained.network, multi_avg_fn=_average(table.ema_decay))
        self.optimiser = torch.optim.AdamW(
            self.trained.parameters(), lr=table.learning_rate, weight_decay=table.weight_decay, fused=True
        )
        erases = table.loss.disentangling == "erasure" and isinstance(network, HybridDisentanglingTransformer)
        self.erasing_step = round(ERASED_AT * total_steps) if erases else 0
        """Step after which the concept erasures are fitted; 0: never."""
        self._callable = self._distributed()

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
        terms, adversarial = self._loss(batch)
        # The probes train with the full gradient; only the gradient that reaches the network is weighted, in the reversal.
        loss = terms.total + adversarial[0] + adversarial[1]
        self.optimiser.zero_grad(set_to_none=True)
        (loss * self.processes.count).backward()  # type: ignore[no-untyped-call]  # DDP averages, the loss is a sum
        nn.utils.clip_grad_norm_(self.trained.network.parameters(), self.table.clip_norm)
        nn.utils.clip_grad_norm_(self.trained.probes.parameters(), self.table.clip_norm)
        self.optimiser.step()
        self.average.update_parameters(self.trained.network)
        self.step += 1
        values = self.processes.sum(torch.stack([*terms, *adversarial]).detach()).tolist()
        return dict(zip(TERMS, values, strict=True))

    def erase(self, batches: Iterable[Batch]) -> None:
        """Fit the concept erasures of *what* and *how* to these windows, and freeze everything that computes the embeddings.

        The erasures are fitted in the moving average; training goes on from its weights, and a new average begins.
        """
        fit_concept_erasures(self.network, batches, self.processes)  # type: ignore[arg-type]
        self.trained.network.load_state_dict(self.network.state_dict())
        self.average.n_averaged.zero_()
        self._freeze_embeddings()

    def _freeze_embeddings(self) -> None:
        """Train from now on only the parts that read the embeddings: heads and pose decoder."""
        if isinstance(self.trained.network, HybridDisentanglingTransformer):
            for part in self.trained.network.leading_to_embeddings():
                part.requires_grad_(requires_grad=False)
        self._callable = self._distributed()

    def _distributed(self) -> nn.Module:
        """Return the module to call; over several processes it averages the gradients of what is still trained."""
        return DistributedDataParallel(self.trained) if self.processes.count > 1 else self.trained

    def measure(self, batches: Iterable[Batch]) -> dict[str, float]:
        """Return the mean loss of the moving average over batches, and errors in units that people read.

        The loss is the weighted sum of proper scores only: likelihoods and, with that form loss, the ranked score.
        """
        sums = torch.zeros(len(_MEASURED), dtype=torch.float64, device=self.processes.device)
        self.network.eval()
        with torch.no_grad():
            for batch in batches:
                if len(batch):
                    output = HDTOutput(*(part.float() for part in self._forward(self.network, batch.imu)))
                    sums += self._measured(output, replace(batch, global_size=len(batch)))
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
            self._freeze_embeddings()

    def _forward(self, module: nn.Module, *arguments: object) -> Any:
        half = self.precision.name == "bfloat16"
        with torch.autocast(self.processes.device.type, torch.bfloat16, enabled=half):
            return module(*arguments)

    def _loss(self, batch: Batch) -> tuple[LossTerms, tuple[Tensor, Tensor]]:
        table = self.table.loss
        factor = 0.0
        if table.disentangling == "reversal":
            factor = table.disentangling_weight * ramp(self.step / self.total_steps)
        output, exercise_in_how, form_in_what = self._forward(self._callable, batch.imu, factor)
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
    """Return the rate of a step (0 is the first): a half cosine that ends at zero, reached over a linear warm-up.

    With an erasure there are two half cosines: one ends at the erasure, so that the frozen parts have converged, and a lower
    one follows for the heads and the pose decoder.
    """
    if step >= erasing_step > 0:
        return _RATE_AFTER_ERASURE * _half_cosine(step - erasing_step, total_steps - erasing_step) * table.learning_rate
    warm_up = min(1.0, (step + 1) / (table.warmup_steps + 1))
    return warm_up * _half_cosine(step, erasing_step or total_steps) * table.learning_rate


def _half_cosine(step: int, steps: int) -> float:
    return 0.5 * (1.0 + math.cos(math.pi * step / steps))


def _average(decay: float) -> Callable[[_Tensors, _Tensors, Tensor | int], None]:
    """Return the exponential moving average in the form that :class:`AveragedModel` takes."""

    @torch.no_grad()
    def update(averages: _Tensors, current: _Tensors, count: Tensor | int) -> None:
        steps = int(count)
        early = min(decay, (1.0 + steps) / (_FIRST_DECAY_STEPS + steps))
        torch._foreach_lerp_(averages, current, 1.0 - early)

    return update
