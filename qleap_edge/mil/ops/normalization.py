"""Normalisation, statistics in float32 (MIL: normalization)."""

import torch
from torch import Tensor
from torch.nn import functional

from qleap_edge.mil.ops.bounds import axis_position
from qleap_edge.mil.ops.registry import kernel


@kernel("layer_norm", static=("axes", "epsilon"))
def layer_norm(
    x: Tensor,
    axes: tuple[int, ...] | None = None,
    gamma: Tensor | None = None,
    beta: Tensor | None = None,
    epsilon: float = 1e-5,
) -> Tensor:
    """``gamma * (x - E[x]) / sqrt(Var[x] + epsilon) + beta`` over ``axes`` (absent: all)."""
    rank = x.dim()
    chosen = sorted(axis_position(axis, rank) for axis in (range(rank) if axes is None else axes))
    if chosen == list(range(rank - len(chosen), rank)):
        return functional.layer_norm(x, x.shape[rank - len(chosen) :], gamma, beta, epsilon)
    centred = x - x.mean(chosen, keepdim=True)
    result = centred * torch.rsqrt((centred * centred).mean(chosen, keepdim=True) + epsilon)
    shape = [size if axis in chosen else 1 for axis, size in enumerate(x.shape)]
    if gamma is not None:
        result = result * gamma.reshape(shape)
    return result if beta is None else result + beta.reshape(shape)


@kernel("batch_norm", static=("epsilon",))
def batch_norm(
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    gamma: Tensor | None = None,
    beta: Tensor | None = None,
    epsilon: float = 1e-5,
) -> Tensor:
    """``gamma * (x - mean) / sqrt(variance + epsilon) + beta`` for each channel (axis 1)."""
    return functional.batch_norm(x, mean, variance, gamma, beta, training=False, eps=epsilon)


@kernel("instance_norm", static=("epsilon",))
def instance_norm(x: Tensor, gamma: Tensor | None = None, beta: Tensor | None = None, epsilon: float = 1e-5) -> Tensor:
    """Normalise each channel of each sample over its spatial axes, then scale and shift the channel.

    Raises:
        ValueError: there are no spatial axes, which torch would take for all of them.
    """
    axes = list(range(2, x.dim()))
    if not axes:
        raise ValueError(f"no spatial axes in shape {tuple(x.shape)}")
    centred = x - x.mean(axes, keepdim=True)
    result = centred * torch.rsqrt((centred * centred).mean(axes, keepdim=True) + epsilon)
    shape = [1, -1] + [1] * len(axes)
    if gamma is not None:
        result = result * gamma.reshape(shape)
    return result if beta is None else result + beta.reshape(shape)
