"""Convolution and pooling over one to three spatial axes (MIL: conv, pool)."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from qleap_edge.mil.ops.registry import kernel

_PAD_TYPES = ("valid", "same", "same_lower", "custom")
_CONV = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
_MAX_POOL = {1: functional.max_pool1d, 2: functional.max_pool2d, 3: functional.max_pool3d}
_AVG_POOL = {1: functional.avg_pool1d, 2: functional.avg_pool2d, 3: functional.avg_pool3d}


def spatial_padding(
    pad_type: str,
    pad: Sequence[int] | None,
    sizes: Sequence[int],
    kernel_sizes: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
) -> list[tuple[int, int]]:
    """Return (before, after) for every spatial axis.

    ``same`` pads so that the output has ``ceil(size / stride)`` elements; an odd rest goes after, with ``same_lower`` before.

    Raises:
        ValueError: the padding does not fit the spatial axes.
    """
    if pad_type == "valid":
        return [(0, 0)] * len(sizes)
    if pad_type == "custom":
        flat = [0] * (2 * len(sizes)) if pad is None else list(pad)
        if len(flat) != 2 * len(sizes) or min(flat) < 0:
            raise ValueError(f"{2 * len(sizes)} paddings >= 0 expected, got {flat}")
        return list(zip(flat[::2], flat[1::2], strict=True))
    pairs = []
    for size, width, stride, dilation in zip(sizes, kernel_sizes, strides, dilations, strict=True):
        outputs = -(-size // stride)
        total = max(0, (outputs - 1) * stride + (width - 1) * dilation + 1 - size)
        small, large = total // 2, total - total // 2
        pairs.append((small, large) if pad_type == "same" else (large, small))
    return pairs


def pad_spatially(x: Tensor, pairs: Sequence[tuple[int, int]], value: float) -> Tensor:
    """Return ``x`` with constant borders on its last axes."""
    flat = [size for pair in reversed(pairs) for size in pair]
    return functional.pad(x, flat, value=value) if any(flat) else x


@kernel("conv", static=("strides", "pad_type", "pad", "dilations", "groups"), choices={"pad_type": _PAD_TYPES})
def conv(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    strides: tuple[int, ...] | None = None,
    pad_type: str = "valid",
    pad: tuple[int, ...] | None = None,
    dilations: tuple[int, ...] | None = None,
    groups: int = 1,
) -> Tensor:
    """Cross-correlation of ``x`` (n, C_in, …) with ``weight`` (C_out, C_in / groups, …)."""
    rank = x.dim() - 2
    steps, gaps = strides or (1,) * rank, dilations or (1,) * rank
    pairs = spatial_padding(pad_type, pad, x.shape[2:], weight.shape[2:], steps, gaps)
    if all(before == after for before, after in pairs):
        return _CONV[rank](x, weight, bias, steps, tuple(before for before, _ in pairs), gaps, groups)
    return _CONV[rank](pad_spatially(x, pairs, 0.0), weight, bias, steps, 0, gaps, groups)


_POOL_STATIC = ("kernel_sizes", "strides", "pad_type", "pad", "ceil_mode")


@kernel("max_pool", static=_POOL_STATIC, choices={"pad_type": _PAD_TYPES, "ceil_mode": (False,)}, moves_only=True)
def max_pool(
    x: Tensor,
    kernel_sizes: tuple[int, ...],
    pad_type: str,
    strides: tuple[int, ...] | None = None,
    pad: tuple[int, ...] | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """Largest element of each window; padding never wins."""
    rank = x.dim() - 2
    steps = strides or (1,) * rank
    pairs = spatial_padding(pad_type, pad, x.shape[2:], kernel_sizes, steps, (1,) * rank)
    return _MAX_POOL[rank](pad_spatially(x, pairs, -torch.inf), kernel_sizes, steps)


@kernel(
    "avg_pool",
    static=(*_POOL_STATIC, "exclude_padding_from_average"),
    choices={"pad_type": _PAD_TYPES, "ceil_mode": (False,)},
)
def avg_pool(
    x: Tensor,
    kernel_sizes: tuple[int, ...],
    pad_type: str,
    strides: tuple[int, ...] | None = None,
    pad: tuple[int, ...] | None = None,
    exclude_padding_from_average: bool = False,
    ceil_mode: bool = False,
) -> Tensor:
    """Mean of each window; padding counts as zeros, or not at all if excluded."""
    rank = x.dim() - 2
    steps = strides or (1,) * rank
    pairs = spatial_padding(pad_type, pad, x.shape[2:], kernel_sizes, steps, (1,) * rank)
    mean = _AVG_POOL[rank](pad_spatially(x, pairs, 0.0), kernel_sizes, steps)
    if not exclude_padding_from_average:
        return mean
    share = _AVG_POOL[rank](pad_spatially(torch.ones_like(x), pairs, 0.0), kernel_sizes, steps)
    return mean / share
