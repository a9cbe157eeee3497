"""Compressed constants, expanded once when a program is loaded (MIL iOS16: constexpr_ops, iOS18: compression).

Each takes the stored form and returns the dense tensor. Indices, masks and steps arrive unpacked, one element a number.
"""

import math

import numpy as np
import torch
from torch import Tensor

from qleap_edge.mil.format.blob import unpack_bits
from qleap_edge.mil.format.program import DataType
from qleap_edge.mil.ops.bounds import axis_position
from qleap_edge.mil.ops.registry import kernel


def _vector_along(parameter: Tensor, data: Tensor, axis: int) -> Tensor:
    shape = [1] * data.dim()
    shape[axis] = -1
    return parameter.reshape(shape) if parameter.dim() else parameter


def _blocks(parameter: Tensor, shape: torch.Size) -> Tensor:
    """Repeat each element of ``parameter`` over its block, so that it has the given sizes.

    Raises:
        ValueError: the ranks differ or a size is no multiple.
    """
    if parameter.dim() != len(shape) or any(size % part for size, part in zip(shape, parameter.shape, strict=True)):
        raise ValueError(f"blocks of shape {tuple(parameter.shape)} do not tile {tuple(shape)}")
    for axis, size in enumerate(shape):
        if 1 < parameter.shape[axis] < size:
            parameter = parameter.repeat_interleave(size // parameter.shape[axis], axis)
    return parameter.expand(shape)


def _unpacked(packed: Tensor, bits: int, shape: tuple[int, ...]) -> Tensor:
    """Return packed unsigned numbers as bytes in the given shape."""
    count = math.prod(shape)
    if packed.dim() != 1 or packed.numel() != -(-count * bits // 8):
        raise ValueError(f"{packed.numel()} bytes for {count} numbers of {bits} bits")
    if bits == 8:
        return packed.reshape(shape)
    values = unpack_bits(packed.numpy(), DataType(f"uint{bits}", "uint8", bits, None), count)
    return torch.from_numpy(np.ascontiguousarray(values)).reshape(shape)


@kernel("constexpr_affine_dequantize", static=("axis",), since="CoreML6")
def constexpr_affine_dequantize(quantized_data: Tensor, zero_point: Tensor, scale: Tensor, axis: int) -> Tensor:
    """``scale * (quantized_data - zero_point)``, one scale or one along ``axis``."""
    steps = quantized_data.to(torch.float32)
    return _vector_along(scale, steps, axis) * (steps - _vector_along(zero_point, steps, axis))


@kernel("constexpr_cast", static=("output_dtype",), choices={"output_dtype": ("fp32",)}, since="CoreML6")
def constexpr_cast(source_val: Tensor, output_dtype: str) -> Tensor:
    """Half precision widened to single."""
    return source_val


@kernel("constexpr_lut_to_dense", static=("shape",), since="CoreML6")
def constexpr_lut_to_dense(indices: Tensor, lut: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Look packed indices up in one table of 2, 4, 16, 64 or 256 entries.

    Raises:
        ValueError: another table size, or the bytes do not match the shape.
    """
    bits = {2: 1, 4: 2, 16: 4, 64: 6, 256: 8}.get(lut.numel())
    if bits is None or lut.dim() != 1:
        raise ValueError(f"a table of shape {tuple(lut.shape)}")
    return lut[_unpacked(indices, bits, shape).to(torch.int64)]


@kernel("constexpr_lut_to_dense", static=("vector_axis",), since="CoreML8")
def constexpr_lut_to_dense_grouped(indices: Tensor, lut: Tensor, vector_axis: int | None = None) -> Tensor:
    """Look indices up in a table per group (``lut``: groups per axis, then entries, then vector); vectors go along an axis.

    Raises:
        ValueError: the tables do not tile the indices, or vectors lack their axis.
    """
    rank = indices.dim()
    entries, width = lut.shape[-2], lut.shape[-1]
    if width > 1 and vector_axis is None:
        raise ValueError("a table of vectors needs the parameter vector_axis")
    # One table's number for every element, so that no table is repeated in memory.
    numbers = torch.arange(lut.numel() // (entries * width)).reshape(lut.shape[:-2])
    picked = lut.reshape(-1, entries, width)[_blocks(numbers, indices.shape), indices.to(torch.int64)]
    if vector_axis is None or width == 1:
        return picked.squeeze(-1)
    axis = axis_position(vector_axis, rank)
    shape = list(indices.shape)
    shape[axis] *= width
    return picked.movedim(-1, axis + 1).reshape(shape)


def _scatter(nonzero_data: Tensor, mask: Tensor) -> Tensor:
    chosen = mask.bool()
    if nonzero_data.dim() != 1 or int(chosen.sum()) != nonzero_data.numel():
        raise ValueError(f"{nonzero_data.numel()} values for {int(chosen.sum())} set bits")
    dense = torch.zeros(mask.shape, dtype=nonzero_data.dtype)
    dense[chosen] = nonzero_data
    return dense


@kernel("constexpr_sparse_to_dense", static=("shape",), since="CoreML6")
def constexpr_sparse_to_dense(nonzero_data: Tensor, mask: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Put the values where the packed bit mask is set, zeros elsewhere."""
    return _scatter(nonzero_data, _unpacked(mask, 1, shape))


@kernel("constexpr_sparse_to_dense", since="CoreML8")
def constexpr_sparse_to_dense_masked(nonzero_data: Tensor, mask: Tensor) -> Tensor:
    """Put the values where the mask is set, zeros elsewhere."""
    return _scatter(nonzero_data, mask)


@kernel("constexpr_blockwise_shift_scale", since="CoreML8")
def constexpr_blockwise_shift_scale(data: Tensor, scale: Tensor, offset: Tensor | None = None) -> Tensor:
    """``scale * (data - offset)`` with one scale a block; the block sizes follow from the shapes."""
    steps = data.to(torch.float32)
    if offset is not None:
        steps = steps - _blocks(offset, data.shape)
    return _blocks(scale, data.shape) * steps


@kernel("constexpr_lut_to_sparse", static=("vector_axis",), since="CoreML8")
def constexpr_lut_to_sparse(
    indices_mask: Tensor, indices_nonzero_data: Tensor, lut: Tensor, vector_axis: int | None = None
) -> tuple[Tensor, Tensor]:
    """Look only the set elements up; returns the mask (widened along the vectors) and the values."""
    dense = constexpr_lut_to_dense_grouped(_scatter(indices_nonzero_data, indices_mask), lut, vector_axis)
    mask = indices_mask
    if vector_axis is not None and lut.shape[-1] > 1:
        mask = mask.repeat_interleave(lut.shape[-1], vector_axis)
    return mask, dense[mask.bool()]


@kernel("constexpr_sparse_blockwise_shift_scale", since="CoreML8")
def constexpr_sparse_blockwise_shift_scale(
    data_mask: Tensor, nonzero_data: Tensor, scale: Tensor, offset: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Scale only the set elements; returns the mask and the values."""
    dense = constexpr_blockwise_shift_scale(_scatter(nonzero_data, data_mask), scale, offset)
    return data_mask, dense[data_mask.bool()]
