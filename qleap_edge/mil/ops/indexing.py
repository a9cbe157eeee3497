"""Slices and gathers (MIL: tensor_transformation, scatter_gather, iOS15 to iOS17).

Until iOS16 a negative index counts from the end. From iOS17 on it is out of range: with ``validate_indices`` it is refused;
without, the result is undefined, and here it still counts from the end. An index outside both ways is always refused.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from qleap_edge.mil.ops.bounds import affordable, axis_position, in_range
from qleap_edge.mil.ops.registry import kernel

SLICE = ("begin", "end", "stride", "begin_mask", "end_mask", "squeeze_mask")


def slice_ranges(
    shape: Sequence[int],
    begin: tuple[int, ...],
    end: tuple[int, ...],
    stride: tuple[int, ...] | None,
    begin_mask: tuple[bool, ...] | None,
    end_mask: tuple[bool, ...] | None,
    squeeze_mask: tuple[bool, ...] | None,
) -> tuple[list[range], list[int]]:
    """Return the positions picked on every axis, and the axes to drop, which pick one.

    Raises:
        ValueError: an index to squeeze lies outside its axis, or the vectors do not match the rank.
    """
    none = (False,) * len(shape)
    plan = zip(
        shape,
        begin,
        end,
        stride or (1,) * len(shape),
        begin_mask or none,
        end_mask or none,
        squeeze_mask or none,
        strict=True,
    )
    ranges, squeezed = [], []
    for axis, (length, first, last, step, from_start, to_end, drop) in enumerate(plan):
        if drop:
            position = 0 if from_start else first
            if not -length <= position < length:
                raise ValueError(f"index {position} on an axis of {length} elements")
            ranges.append(range(position % length, position % length + 1))
            squeezed.append(axis)
        else:
            ranges.append(range(*slice(None if from_start else first, None if to_end else last, step).indices(length)))
    return ranges, squeezed


@kernel("slice_by_index", static=SLICE, moves_only=True)
def slice_by_index(
    x: Tensor,
    begin: tuple[int, ...],
    end: tuple[int, ...],
    stride: tuple[int, ...] | None = None,
    begin_mask: tuple[bool, ...] | None = None,
    end_mask: tuple[bool, ...] | None = None,
    squeeze_mask: tuple[bool, ...] | None = None,
) -> Tensor:
    """NumPy's ``x[begin:end:stride]`` on every axis; masks mean "from the start", "to the end", "one element, drop the axis".

    Raises:
        ValueError: an index to squeeze lies outside its axis, or the vectors do not match the rank.
    """
    ranges, squeezed = slice_ranges(x.shape, begin, end, stride, begin_mask, end_mask, squeeze_mask)
    forwards = [picked if picked.step > 0 else picked[::-1] for picked in ranges]
    part = x[tuple(slice(picked.start, picked.stop, picked.step) for picked in forwards)]
    backwards = [axis for axis, picked in enumerate(ranges) if picked.step < 0]
    part = part.flip(backwards) if backwards else part
    return part.squeeze(squeezed) if squeezed else part


@kernel("slice_by_size", static=("begin", "size"), moves_only=True)
def slice_by_size(x: Tensor, begin: tuple[int, ...], size: tuple[int, ...]) -> Tensor:
    """``size`` elements from ``begin`` on every axis; -1 means "to the end".

    Raises:
        ValueError: the vectors do not match the rank, or a slice leaves its axis.
    """
    for axis, (length, first, count) in enumerate(zip(x.shape, begin, size, strict=True)):
        start = first + length if first < 0 else first
        taken = length - start if count == -1 else count
        if not 0 <= start <= start + taken <= length:
            raise ValueError(f"{count} elements from {first} on of {length}")
        x = x.narrow(axis, start, taken)
    return x


def _gather(x: Tensor, indices: Tensor, axis: int, batch_dims: int, *, negative: bool) -> Tensor:
    position = axis_position(axis, x.dim())
    if not 0 <= batch_dims <= min(position, indices.dim()):
        raise ValueError(f"{batch_dims} batch axes before axis {position} and {indices.dim()} axes of indices")
    if batch_dims:
        return torch.func.vmap(lambda one, picks: _gather(one, picks, position - 1, batch_dims - 1, negative=negative))(
            x, indices
        )
    flat = in_range(indices, x.shape[position], negative=negative).reshape(-1)
    picked = x.index_select(position, flat)
    return picked.reshape((*x.shape[:position], *indices.shape, *x.shape[position + 1 :]))


@kernel("gather", static=("axis",), moves_only=True)
def gather(x: Tensor, indices: Tensor, axis: int = 0) -> Tensor:
    """Pick slices along ``axis``: sizes are ``x[:axis] + indices + x[axis + 1:]``."""
    return _gather(x, indices, axis, 0, negative=True)


@kernel("gather", static=("axis", "batch_dims"), moves_only=True, since="CoreML6")
def gather_batched(x: Tensor, indices: Tensor, axis: int = 0, batch_dims: int = 0) -> Tensor:
    """As before, for each element of the first ``batch_dims`` axes: ``x[:axis] + indices[batch_dims:] + x[axis + 1:]``."""
    return _gather(x, indices, axis, batch_dims, negative=True)


@kernel("gather", static=("axis", "batch_dims", "validate_indices"), moves_only=True, since="CoreML7")
def gather_validated(
    x: Tensor, indices: Tensor, axis: int = 0, batch_dims: int = 0, validate_indices: bool = False
) -> Tensor:
    """As before, without negative indices."""
    return _gather(x, indices, axis, batch_dims, negative=not validate_indices)


def _gather_along(x: Tensor, indices: Tensor, axis: int, *, negative: bool) -> Tensor:
    position = axis_position(axis, x.dim())
    others = [size for at, size in enumerate(x.shape) if at != position]
    if indices.dim() != x.dim() or [size for at, size in enumerate(indices.shape) if at != position] != others:
        raise ValueError(f"indices of shape {tuple(indices.shape)} along axis {position} of {tuple(x.shape)}")
    return torch.gather(x, position, in_range(indices, x.shape[position], negative=negative))


@kernel("gather_along_axis", static=("axis",), moves_only=True)
def gather_along_axis(x: Tensor, indices: Tensor, axis: int = 0) -> Tensor:
    """NumPy's ``take_along_axis``."""
    return _gather_along(x, indices, axis, negative=True)


@kernel("gather_along_axis", static=("axis", "validate_indices"), moves_only=True, since="CoreML7")
def gather_along_axis_validated(x: Tensor, indices: Tensor, axis: int = 0, validate_indices: bool = False) -> Tensor:
    """As before, without negative indices."""
    return _gather_along(x, indices, axis, negative=not validate_indices)


def _gather_nd(x: Tensor, indices: Tensor, batch_dims: int, *, negative: bool) -> Tensor:
    if not 0 <= batch_dims < min(x.dim(), indices.dim()):
        raise ValueError(f"{batch_dims} batch axes of {x.dim()} and {indices.dim()}")
    if batch_dims:
        return torch.func.vmap(lambda one, picks: _gather_nd(one, picks, batch_dims - 1, negative=negative))(x, indices)
    if not 0 < indices.shape[-1] <= x.dim():
        raise ValueError(f"index tuples of {indices.shape[-1]} numbers into {x.dim()} axes")
    # Indices without axes would be read as numbers, which the check of the shapes does not have.
    parts = zip(indices.reshape(-1, indices.shape[-1]).unbind(-1), x.shape, strict=False)
    picked = x[tuple(in_range(part, length, negative=negative) for part, length in parts)]
    return picked.reshape((*indices.shape[:-1], *x.shape[indices.shape[-1] :]))


@kernel("gather_nd", moves_only=True)
def gather_nd(x: Tensor, indices: Tensor) -> Tensor:
    """Pick slices by index tuples in the last axis of ``indices``."""
    return _gather_nd(x, indices, 0, negative=True)


@kernel("gather_nd", static=("batch_dims",), moves_only=True, since="CoreML6")
def gather_nd_batched(x: Tensor, indices: Tensor, batch_dims: int = 0) -> Tensor:
    """As before, for each element of the first ``batch_dims`` axes."""
    return _gather_nd(x, indices, batch_dims, negative=True)


@kernel("gather_nd", static=("batch_dims", "validate_indices"), moves_only=True, since="CoreML7")
def gather_nd_validated(x: Tensor, indices: Tensor, batch_dims: int = 0, validate_indices: bool = False) -> Tensor:
    """As before, without negative indices."""
    return _gather_nd(x, indices, batch_dims, negative=not validate_indices)


@kernel("one_hot", static=("one_hot_vector_size", "axis", "on_value", "off_value"))
def one_hot(
    indices: Tensor,
    one_hot_vector_size: int,
    axis: int = -1,
    on_value: float | int | bool = 1,
    off_value: float | int | bool = 0,
) -> Tensor:
    """``on_value`` at the index along a new axis, ``off_value`` elsewhere, and everywhere if the index is out of range."""
    affordable((*indices.shape, one_hot_vector_size))
    classes = torch.arange(one_hot_vector_size, device=indices.device)
    hit = indices.long().unsqueeze(-1) == classes
    values = torch.tensor([on_value, off_value], device=indices.device)
    return torch.where(hit, values[0], values[1]).movedim(-1, axis_position(axis, indices.dim() + 1))
