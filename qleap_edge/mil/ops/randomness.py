"""Random tensors (MIL: random, iOS15): the distribution is the specification's, the numbers are not those of Apple's runtime.

The numbers are a function of the operation's arguments alone: a stream of its own for each distribution, seed and shape, and
-1, which lets the runtime choose, is a seed like any other. So equal runs give equal results, every window of a batch gets
the numbers it would get alone, and two operations with equal arguments draw equal numbers.
"""

from typing import Final

import numpy as np
import torch
from torch import Tensor

from qleap_edge.mil.ops.bounds import affordable
from qleap_edge.mil.ops.registry import kernel

_UNIFORM, _NORMAL, _BERNOULLI, _CATEGORICAL = range(4)  # part of each stream's key
_STEPS: Final = 2**32


def _stream(what: int, seed: int, shape: tuple[int, ...]) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([what, seed % _STEPS, *shape])))


def _shares(what: int, seed: int, shape: tuple[int, ...]) -> np.ndarray:
    """Return float64 numbers uniform in (0, 1): midpoints of 2^32 cells, so that neither end occurs."""
    return np.asarray((_stream(what, seed, shape).integers(0, _STEPS, shape) + 0.5) / _STEPS)


def _sizes(shape: tuple[int, ...]) -> tuple[int, ...]:
    if any(size < 1 for size in shape):
        raise ValueError(f"sizes {shape}, expected 1 or more")
    return affordable(shape)


def _tensor(numbers: np.ndarray | np.floating, device: torch.device | None = None) -> Tensor:
    """Return numbers as a tensor where the other tensors are: under the shape check they have no data.

    NumPy gives a single number where the shape has no axes; it becomes a tensor without axes.
    """
    return torch.from_numpy(np.asarray(numbers, order="C")).to(device or torch.get_default_device())


@kernel("random_uniform", static=("shape", "low", "high", "seed"))
def random_uniform(shape: tuple[int, ...], low: float = 0.0, high: float = 1.0, seed: int = -1) -> Tensor:
    """Uniform in ``[low, high)``; ``low`` everywhere if both are equal.

    Raises:
        ValueError: ``high`` is below ``low``, or a size is not positive.
    """
    if high < low:
        raise ValueError(f"from {low} up to {high}")
    numbers = (low + (high - low) * _shares(_UNIFORM, seed, _sizes(shape))).astype(np.float32)
    if high > low:
        numbers = np.minimum(numbers, np.nextafter(np.float32(high), np.float32(low)))
    return _tensor(numbers)


@kernel("random_normal", static=("shape", "mean", "stddev", "seed"))
def random_normal(shape: tuple[int, ...], mean: float = 0.0, stddev: float = 1.0, seed: int = -1) -> Tensor:
    """Normal with the given mean and standard deviation.

    Raises:
        ValueError: a size is not positive.
    """
    sizes = _sizes(shape)
    numbers = mean + stddev * _stream(_NORMAL, seed, sizes).standard_normal(sizes)
    return _tensor(numbers.astype(np.float32))


@kernel("random_bernoulli", static=("shape", "prob", "seed"))
def random_bernoulli(shape: tuple[int, ...], prob: float = 0.5, seed: int = -1) -> Tensor:
    """1 with probability ``prob``, else 0.

    Raises:
        ValueError: a size is not positive.
    """
    return _tensor((_shares(_BERNOULLI, seed, _sizes(shape)) < prob).astype(np.float32))


@kernel("random_categorical", static=("mode", "size", "seed"), choices={"mode": ("logits", "probs")})
def random_categorical(x: Tensor, mode: str = "logits", size: int = 1, seed: int = -1) -> Tensor:
    """``size`` indices drawn, with replacement, from the distribution in each line of the last axis.

    The line holds logits or probabilities up to a factor; an index is how many cumulated probabilities a uniform number has
    passed, returned as a real number, as the op declares.

    Raises:
        ValueError: no sample or no class is asked for.
    """
    if x.dim() < 1 or x.shape[-1] < 1:
        raise ValueError(f"no classes in a tensor of shape {tuple(x.shape)}")
    affordable((*x.shape, size))
    shape = _sizes((*x.shape[:-1], size))
    weights = x.double().softmax(-1) if mode == "logits" else x.double().clamp(min=0)
    cumulated = weights.cumsum(-1)
    marks = _tensor(_shares(_CATEGORICAL, seed, shape), x.device) * cumulated[..., -1:]
    passed = (cumulated.unsqueeze(-2) <= marks.unsqueeze(-1)).sum(-1)
    return passed.clamp(max=x.shape[-1] - 1).to(torch.float32)
