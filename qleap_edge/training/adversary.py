"""Adversarial training that keeps *what* and *how* apart: a probe of each embedding predicts the label of the other one.

One small network predicts the exercise from *how*, another the form score from *what*. The probes are trained to predict as
well as they can; the branches receive the reversed gradient and are trained so that the probes cannot.

Source: Ganin et al., "Domain-Adversarial Training of Neural Networks", JMLR 2016: gradient reversal (§3.3), its ramp (§5.2).
"""

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from qleap_edge.core.contract import EMBEDDING_SIZE
from qleap_edge.core.exercises import EXERCISES, FORM_SCORES, FORM_UNSCORED
from qleap_edge.training.losses import Batch

_HIDDEN = 128


class _Reverse(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, values: Tensor, factor: float) -> Tensor:
        context.factor = factor
        return values.view_as(values)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return -context.factor * gradients[0], None


def reverse_gradient(values: Tensor, factor: float) -> Tensor:
    """Return the values; the gradient comes back times ``-factor``."""
    reversed_: Tensor = _Reverse.apply(values, factor)  # type: ignore[no-untyped-call]
    return reversed_


def ramp(progress: float) -> float:
    """Return the factor of the reversed gradient at a share of the training: 0 at the start, rising smoothly to nearly 1."""
    return 2.0 / (1.0 + math.exp(-10.0 * progress)) - 1.0


class AdversarialProbes(nn.Module):
    """The two probes; they are trained beside the network and do not ship."""

    def __init__(self) -> None:
        super().__init__()
        self.exercise_in_how = _probe(len(EXERCISES))
        self.form_in_what = _probe(len(FORM_SCORES))

    def forward(
        self, what: Float[Tensor, "b 64"], how: Float[Tensor, "b 64"], factor: float
    ) -> tuple[Float[Tensor, "b k"], Float[Tensor, "b 5"]]:
        """Return logits of the exercise predicted from *how* and of the form score predicted from *what*."""
        return (
            self.exercise_in_how(reverse_gradient(how, factor)),
            self.form_in_what(reverse_gradient(what, factor)),
        )


def _probe(classes: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(EMBEDDING_SIZE, _HIDDEN),
        nn.GELU(),
        nn.Linear(_HIDDEN, _HIDDEN),
        nn.GELU(),
        nn.Linear(_HIDDEN, classes),
    )


def adversarial_losses(
    exercise_logits: Float[Tensor, "b k"], form_logits: Float[Tensor, "b 5"], batch: Batch, scored: Tensor
) -> tuple[Tensor, Tensor]:
    """Return this process's share of the probes' cross entropies, in nats.

    Where an embedding holds nothing about the label, they are the labels' entropies: about 2 for eight exercises, 1.6 for five
    scores.

    Args:
        exercise_logits: predicted from *how*.
        form_logits: predicted from *what*.
        batch: the windows.
        scored: windows of the whole batch that have a form score, at least 1.
    """
    exercise = nn.functional.cross_entropy(exercise_logits, batch.exercise, reduction="sum") / batch.global_size
    form = nn.functional.cross_entropy(form_logits, batch.form, ignore_index=FORM_UNSCORED, reduction="sum") / scored
    return exercise, form
