"""Keeping *what* and *how* apart: each has a reader that tries to find the other's label in it, and unlearns what it finds.

Two small networks read the exercise out of *how* and the form score out of *what*. They learn to read as well as they can;
through the reversed gradient the branches learn to leave them nothing to read.

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
    """Return how strongly to unlearn at a share of the training: not at the start, when nothing is learnt yet, then fully."""
    return 2.0 / (1.0 + math.exp(-10.0 * progress)) - 1.0


class AdversarialProbes(nn.Module):
    """The two readers; they are trained beside the network and do not ship."""

    def __init__(self) -> None:
        super().__init__()
        self.exercise_in_how = _reader(len(EXERCISES))
        self.form_in_what = _reader(len(FORM_SCORES))

    def forward(
        self, what: Float[Tensor, "b 64"], how: Float[Tensor, "b 64"], factor: float
    ) -> tuple[Float[Tensor, "b k"], Float[Tensor, "b 5"]]:
        """Return logits of the exercise read out of *how* and of the form score read out of *what*."""
        return (
            self.exercise_in_how(reverse_gradient(how, factor)),
            self.form_in_what(reverse_gradient(what, factor)),
        )


def _reader(classes: int) -> nn.Sequential:
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
    """Return this process's share of the readers' cross entropies, in nats.

    With nothing to read they are the entropies of the labels: about 2 of eight exercises, 1.6 of five scores.

    Args:
        exercise_logits: read out of *how*.
        form_logits: read out of *what*.
        batch: the windows.
        scored: windows of the whole batch that have a form score, at least 1.
    """
    exercise = nn.functional.cross_entropy(exercise_logits, batch.exercise, reduction="sum") / batch.whole
    form = nn.functional.cross_entropy(form_logits, batch.form, ignore_index=FORM_UNSCORED, reduction="sum") / scored
    return exercise, form
