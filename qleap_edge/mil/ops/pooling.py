"""Largest, mean and root of the summed squares over windows of one to three spatial axes (MIL: pool).

https://apple.github.io/coremltools/source/coremltools.converters.mil.mil.ops.defs.html#module-coremltools.converters.mil.mil.ops.defs.iOS15.pool
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from qleap_edge.mil.ops.convolution import PAD_TYPES, pad_spatially, spatial_padding
from qleap_edge.mil.ops.registry import kernel

_MAX_POOL = {1: functional.max_pool1d, 2: functional.max_pool2d, 3: functional.max_pool3d}
_AVG_POOL = {1: functional.avg_pool1d, 2: functional.avg_pool2d, 3: functional.avg_pool3d}
_STATIC = ("kernel_sizes", "strides", "pad_type", "pad", "ceil_mode")
_CHOICES = {"pad_type": PAD_TYPES}


@dataclass(frozen=True)
class _Windows:
    """Where the windows of a pool lie.

    Args:
        borders: (before, after) of every axis as declared.
        reach: the same, ``after`` so that exactly the wanted windows fit; below zero where the last elements are in none.
    """

    strides: tuple[int, ...]
    borders: list[tuple[int, int]]
    reach: list[tuple[int, int]]


def _windows(
    x: Tensor,
    kernel_sizes: Sequence[int],
    pad_type: str,
    strides: tuple[int, ...] | None,
    pad: Sequence[int] | None,
    ceil_mode: bool,
) -> _Windows:
    """Lay out the windows; in ``ceil_mode`` an incomplete last one counts, unless it begins in the padding after the input.

    Raises:
        ValueError: the sizes do not fit the axes, or a window of ``ceil_mode`` lies beyond the input: without padding, with a
            stride larger than the window, coremltools counts one where PyTorch does not, and nothing says what it holds.
    """
    rank = x.dim() - 2
    steps = strides or (1,) * rank
    borders = spatial_padding(pad_type, pad, x.shape[2:], kernel_sizes, steps, (1,) * rank)
    if not ceil_mode:
        return _Windows(steps, borders, borders)
    if rank > 2 or pad_type.startswith("same") or any(before != after for before, after in borders):
        raise ValueError(f"ceil_mode with {rank} spatial axes, pad_type {pad_type} and padding {borders}")
    reach = []
    for size, width, step, (before, after) in zip(x.shape[2:], kernel_sizes, steps, borders, strict=True):
        count = -(-(size + before + after - width) // step) + 1
        if before and (count - 1) * step >= size + before:
            count -= 1
        if (count - 1) * step >= size + before:
            raise ValueError(f"window {count} of an axis of {size} elements begins after its end")
        reach.append((before, (count - 1) * step + width - size - before))
    return _Windows(steps, borders, reach)


@kernel("max_pool", static=_STATIC, choices=_CHOICES, moves_only=True)
def max_pool(
    x: Tensor,
    kernel_sizes: tuple[int, ...],
    pad_type: str,
    strides: tuple[int, ...] | None = None,
    pad: tuple[int, ...] | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """Largest element of each window; padding never wins."""
    windows = _windows(x, kernel_sizes, pad_type, strides, pad, ceil_mode)
    return _MAX_POOL[x.dim() - 2](pad_spatially(x, windows.reach, -torch.inf), kernel_sizes, windows.strides)


@kernel("avg_pool", static=(*_STATIC, "exclude_padding_from_average"), choices=_CHOICES)
def avg_pool(
    x: Tensor,
    kernel_sizes: tuple[int, ...],
    pad_type: str,
    strides: tuple[int, ...] | None = None,
    pad: tuple[int, ...] | None = None,
    exclude_padding_from_average: bool = False,
    ceil_mode: bool = False,
) -> Tensor:
    """Mean of each window; padding counts as zeros, or not at all if excluded.

    What a window of ``ceil_mode`` covers beyond the padding never counts, as in PyTorch.
    """
    windows = _windows(x, kernel_sizes, pad_type, strides, pad, ceil_mode)
    pool = _AVG_POOL[x.dim() - 2]
    mean = pool(pad_spatially(x, windows.reach, 0.0), kernel_sizes, windows.strides)
    if not exclude_padding_from_average and windows.reach == windows.borders:
        return mean
    counted = torch.ones_like(x)
    if not exclude_padding_from_average:
        counted = pad_spatially(counted, windows.borders, 1.0)
        beyond = [(0, reach - after) for (_, after), (_, reach) in zip(windows.borders, windows.reach, strict=True)]
    else:
        beyond = windows.reach
    return mean / pool(pad_spatially(counted, beyond, 0.0), kernel_sizes, windows.strides)


@kernel("l2_pool", static=_STATIC, choices=_CHOICES)
def l2_pool(
    x: Tensor,
    kernel_sizes: tuple[int, ...],
    pad_type: str,
    strides: tuple[int, ...] | None = None,
    pad: tuple[int, ...] | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """``sqrt(sum of squares)`` of each window of one or two axes.

    Raises:
        ValueError: three spatial axes.
    """
    if x.dim() > 4:
        raise ValueError(f"l2_pool of {x.dim() - 2} spatial axes")
    windows = _windows(x, kernel_sizes, pad_type, strides, pad, ceil_mode)
    mean = _AVG_POOL[x.dim() - 2](pad_spatially(x * x, windows.reach, 0.0), kernel_sizes, windows.strides)
    return (mean * math.prod(kernel_sizes)).sqrt()
