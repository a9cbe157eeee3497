"""Normalisation, statistics in float32 (MIL: normalization).

https://apple.github.io/coremltools/source/coremltools.converters.mil.mil.ops.defs.html#module-coremltools.converters.mil.mil.ops.defs.iOS15.normalization
"""

import torch
from torch import Tensor
from torch.nn import functional

from qleap_edge.mil.ops.bounds import axis_position
from qleap_edge.mil.ops.registry import kernel


@kernel("layer_norm", static=("axes", "epsilon"), new_memory=True)
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


@kernel("l2_norm", static=("epsilon",))
def l2_norm(x: Tensor, epsilon: float = 1e-6) -> Tensor:
    """``x / sqrt(sum(x^2) + epsilon)`` over the last three axes.

    Raises:
        ValueError: there are fewer.
    """
    if x.dim() < 3:
        raise ValueError(f"at least three axes expected, got shape {tuple(x.shape)}")
    return x * torch.rsqrt((x * x).sum((-3, -2, -1), keepdim=True) + epsilon)


@kernel("local_response_norm", static=("size", "alpha", "beta", "k"))
def local_response_norm(x: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """``x / (k + alpha / size * sum(x^2))^beta``, the sum over ``size`` neighbouring channels, ``size // 2`` of them before.

    Raises:
        ValueError: no neighbours, or no channels.
    """
    if size < 1 or x.dim() < 3:
        raise ValueError(f"{size} neighbouring channels of shape {tuple(x.shape)}")
    channels = x.shape[1]
    width = min(size, 2 * channels + 1)  # a wider window sees nothing more
    squares = functional.pad((x * x).reshape(x.shape[0], 1, channels, -1), (0, 0, width // 2, (width - 1) // 2))
    mean = functional.avg_pool2d(squares, (width, 1), 1, divisor_override=1).reshape(x.shape) / size
    return x * (k + alpha * mean) ** -beta
