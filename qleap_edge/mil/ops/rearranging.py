"""Blocks, windows and bands: elements change places between axes (MIL: tensor_transformation, tensor_operation).

https://apple.github.io/coremltools/source/coremltools.converters.mil.mil.ops.defs.html#module-coremltools.converters.mil.mil.ops.defs.iOS15.tensor_transformation
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from qleap_edge.mil.ops.registry import kernel

Pairs = Sequence[Sequence[int]]


def _image(x: Tensor, *factors: int) -> tuple[int, int, int, int]:
    """Return the sizes of (n, C, H, W).

    Raises:
        ValueError: another rank, or a factor below 1.
    """
    if x.dim() != 4 or min(factors) < 1:
        raise ValueError(f"four axes and factors >= 1 expected, got shape {tuple(x.shape)} and {factors}")
    samples, channels, height, width = x.shape
    return samples, channels, height, width


@kernel("depth_to_space", static=("block_size",), moves_only=True)
def depth_to_space(x: Tensor, block_size: int) -> Tensor:
    """Channel ``(i b + j) C' + c`` becomes row i, column j of a block of channel c, as in TensorFlow."""
    n, c, h, w = _image(x, block_size)
    parts = x.reshape(n, block_size, block_size, c // block_size**2, h, w).permute(0, 3, 4, 1, 5, 2)
    return parts.reshape(n, c // block_size**2, h * block_size, w * block_size)


@kernel("space_to_depth", static=("block_size",), moves_only=True)
def space_to_depth(x: Tensor, block_size: int) -> Tensor:
    """The inverse of ``depth_to_space``."""
    n, c, h, w = _image(x, block_size)
    parts = x.reshape(n, c, h // block_size, block_size, w // block_size, block_size).permute(0, 3, 5, 1, 2, 4)
    return parts.reshape(n, c * block_size**2, h // block_size, w // block_size)


@kernel("pixel_shuffle", static=("upscale_factor",), moves_only=True)
def pixel_shuffle(x: Tensor, upscale_factor: int) -> Tensor:
    """Channel ``c f^2 + i f + j`` becomes row i, column j of a block of channel c, as in PyTorch."""
    n, c, h, w = _image(x, upscale_factor)
    parts = x.reshape(n, c // upscale_factor**2, upscale_factor, upscale_factor, h, w).permute(0, 1, 4, 2, 5, 3)
    return parts.reshape(n, c // upscale_factor**2, h * upscale_factor, w * upscale_factor)


@kernel("pixel_unshuffle", static=("downscale_factor",), moves_only=True, since="CoreML6")
def pixel_unshuffle(x: Tensor, downscale_factor: int) -> Tensor:
    """The inverse of ``pixel_shuffle``."""
    n, c, h, w = _image(x, downscale_factor)
    f = downscale_factor
    return x.reshape(n, c, h // f, f, w // f, f).permute(0, 1, 3, 5, 2, 4).reshape(n, c * f * f, h // f, w // f)


@kernel("space_to_batch", static=("block_shape", "paddings"), moves_only=True)
def space_to_batch(x: Tensor, block_shape: Sequence[int], paddings: Pairs) -> Tensor:
    """Pad with zeros, then let place (i, j) of each block of sample s be sample ``(i b1 + j) n + s``.

    Raises:
        ValueError: another rank, or paddings that do not fit.
    """
    (before, after), (left, right) = paddings
    n, c, _, _ = _image(x, *block_shape)
    if min(before, after, left, right) < 0:
        raise ValueError(f"paddings >= 0 expected, got {paddings}")
    x = functional.pad(x, (left, right, before, after))
    rows, columns = block_shape
    height, width = x.shape[2] // rows, x.shape[3] // columns
    parts = x.reshape(n, c, height, rows, width, columns).permute(3, 5, 0, 1, 2, 4)
    return parts.reshape(n * rows * columns, c, height, width)


@kernel("batch_to_space", static=("block_shape", "crops"), moves_only=True)
def batch_to_space(x: Tensor, block_shape: Sequence[int], crops: Pairs) -> Tensor:
    """The inverse of ``space_to_batch``: what was padded is cropped.

    Raises:
        ValueError: another rank, or crops that do not fit.
    """
    (before, after), (left, right) = crops
    n, c, h, w = _image(x, *block_shape)
    if min(before, after, left, right) < 0:
        raise ValueError(f"crops >= 0 expected, got {crops}")
    rows, columns = block_shape
    samples = n // (rows * columns)
    parts = x.reshape(rows, columns, samples, c, h, w).permute(2, 3, 4, 0, 5, 1)
    whole = parts.reshape(samples, c, h * rows, w * columns)
    whole = whole.narrow(2, before, h * rows - before - after)
    return whole.narrow(3, left, w * columns - left - right)


@kernel("reverse", static=("axes",), moves_only=True)
def reverse(x: Tensor, axes: tuple[int, ...] | None = None) -> Tensor:
    """The last element first along ``axes`` (absent: all)."""
    return x.flip(tuple(range(x.dim())) if axes is None else axes)


@kernel("reverse_sequence", static=("seq_axis", "batch_axis"), moves_only=True)
def reverse_sequence(x: Tensor, lengths: Tensor, seq_axis: int = 0, batch_axis: int = 0) -> Tensor:
    """Turn round the first ``lengths[b]`` elements of sequence b; a length beyond the axis is refused where it can be seen.

    Raises:
        ValueError: one axis for both, or another number of lengths than sequences.
    """
    sequence, batch = range(x.dim())[seq_axis], range(x.dim())[batch_axis]
    if sequence == batch or lengths.shape != (x.shape[batch],):
        raise ValueError(f"lengths {tuple(lengths.shape)}, axes {seq_axis}, {batch_axis} of shape {tuple(x.shape)}")
    if not x.numel():
        return x
    steps = torch.arange(x.shape[sequence], device=x.device)
    ends = lengths.to(torch.int64).unsqueeze(1)
    places = torch.where(steps < ends, ends - 1 - steps, steps)
    if sequence < batch:
        places = places.transpose(0, 1)
    shape = [size if axis in (sequence, batch) else 1 for axis, size in enumerate(x.shape)]
    return torch.gather(x, sequence, places.reshape(shape).expand(x.shape))


@kernel("sliding_windows", static=("axis", "size", "stride"), moves_only=True)
def sliding_windows(x: Tensor, axis: int, size: int, stride: int = 1) -> Tensor:
    """Window i holds ``size`` elements from ``i * stride`` on: the axis becomes two, windows and places in them."""
    position = range(x.dim())[axis]
    return x.unfold(position, size, stride).movedim(-1, position + 1)


@kernel("band_part", static=("lower", "upper"), moves_only=True)
def band_part(x: Tensor, lower: int = -1, upper: int = -1) -> Tensor:
    """Zero outside ``m - n <= lower`` and ``n - m <= upper`` of the last two axes m, n; below zero means no bound."""
    if not x.numel():
        return x
    rows = torch.arange(x.shape[-2], device=x.device).unsqueeze(1)
    columns = torch.arange(x.shape[-1], device=x.device)
    kept = torch.ones_like(rows == columns)
    if lower >= 0:
        kept = kept & (rows - columns <= lower)
    if upper >= 0:
        kept = kept & (columns - rows <= upper)
    return torch.where(kept, x, torch.zeros_like(x))


@kernel(
    "reshape_like",
    static=("begins", "ends", "end_masks"),
    many=("ref_tensors", "begins", "ends", "end_masks"),
    moves_only=True,
    since="CoreML6",
)
def reshape_like(
    x: Tensor,
    ref_tensors: tuple[Tensor, ...],
    begins: tuple[int, ...],
    ends: tuple[int, ...],
    end_masks: tuple[bool, ...],
) -> Tensor:
    """Take the sizes ``begin`` to ``end`` (masked: all the rest) of every reference, one after the other."""
    sizes: list[int] = []
    for reference, begin, end, to_end in zip(ref_tensors, begins, ends, end_masks, strict=True):
        sizes += reference.shape[begin:] if to_end else reference.shape[begin:end]
    return x.reshape(sizes)
