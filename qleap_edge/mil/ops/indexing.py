"""Slices and gathers (MIL: tensor_transformation, scatter_gather)."""

import torch
from torch import Tensor

from qleap_edge.mil.ops.registry import kernel

_SLICE = ("begin", "end", "stride", "begin_mask", "end_mask", "squeeze_mask")


@kernel("slice_by_index", static=_SLICE, moves_only=True)
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
    rank = x.dim()
    none = (False,) * rank
    plan = zip(
        begin, end, stride or (1,) * rank, begin_mask or none, end_mask or none, squeeze_mask or none, strict=True
    )
    squeezed = []
    for axis, (first, last, step, from_start, to_end, drop) in enumerate(plan):
        length = x.shape[axis]
        if drop:
            position = 0 if from_start else first
            if not -length <= position < length:
                raise ValueError(f"index {position} on an axis of {length} elements")
            x = x.narrow(axis, position % length, 1)
            squeezed.append(axis)
            continue
        picked = range(*slice(None if from_start else first, None if to_end else last, step).indices(length))
        if step > 0:
            x = x[(slice(None),) * axis + (slice(picked.start, picked.stop, picked.step),)]
        else:
            x = x.index_select(axis, torch.tensor(list(picked), dtype=torch.int64, device=x.device))
    return x.squeeze(squeezed) if squeezed else x


@kernel("slice_by_size", static=("begin", "size"), moves_only=True)
def slice_by_size(x: Tensor, begin: tuple[int, ...], size: tuple[int, ...]) -> Tensor:
    """``size`` elements from ``begin`` on every axis; -1 means "to the end"."""
    for axis, (first, count) in enumerate(zip(begin, size, strict=True)):
        start = first % x.shape[axis] if first < 0 else first
        x = x.narrow(axis, start, x.shape[axis] - start if count == -1 else count)
    return x


@kernel("gather", static=("axis", "batch_dims", "validate_indices"), moves_only=True)
def gather(x: Tensor, indices: Tensor, axis: int = 0, batch_dims: int = 0, validate_indices: bool = False) -> Tensor:
    """Pick slices along ``axis``: sizes are ``x[:axis] + indices[batch_dims:] + x[axis + 1:]``."""
    position = axis % x.dim()
    if batch_dims:
        return torch.func.vmap(lambda one, picks: gather(one, picks, position - 1, batch_dims - 1))(x, indices)
    length = x.shape[position]
    flat = torch.where(indices < 0, indices + length, indices).reshape(-1).to(torch.int64)
    picked = x.index_select(position, flat)
    return picked.reshape(*x.shape[:position], *indices.shape, *x.shape[position + 1 :])


@kernel("gather_along_axis", static=("axis", "validate_indices"), moves_only=True)
def gather_along_axis(x: Tensor, indices: Tensor, axis: int = 0, validate_indices: bool = False) -> Tensor:
    """NumPy's ``take_along_axis``."""
    wrapped = torch.where(indices < 0, indices + x.shape[axis], indices)
    return torch.gather(x, axis, wrapped.to(torch.int64))


@kernel("gather_nd", static=("batch_dims", "validate_indices"), moves_only=True)
def gather_nd(x: Tensor, indices: Tensor, batch_dims: int = 0, validate_indices: bool = False) -> Tensor:
    """Pick slices by index tuples in the last axis of ``indices``."""
    if batch_dims:
        return torch.func.vmap(lambda one, picks: gather_nd(one, picks, batch_dims - 1))(x, indices)
    return x[tuple(indices.to(torch.int64).unbind(-1))]


@kernel("one_hot", static=("one_hot_vector_size", "axis", "on_value", "off_value"))
def one_hot(
    indices: Tensor,
    one_hot_vector_size: int,
    axis: int = -1,
    on_value: float = 1,
    off_value: float = 0,
) -> Tensor:
    """``on_value`` at the index along a new axis, ``off_value`` elsewhere."""
    classes = torch.arange(one_hot_vector_size, dtype=indices.dtype, device=indices.device)
    hit = indices.unsqueeze(-1) == classes
    spread = torch.where(hit, torch.tensor(on_value), torch.tensor(off_value))
    return spread.movedim(-1, axis)
