"""Scatters: a tensor with some of its elements replaced or combined (MIL: scatter_gather iOS15, iOS17; slice_update iOS18).

Several updates of one element are applied in the order of the indices, so with ``update`` the last one stays. Until iOS17 a
negative index counts from the end. From iOS17 on it is out of range: with ``validate_indices`` it is refused; without, the
result is undefined, and here it still counts from the end. An index outside both ways is always refused. coremltools' own
``value_inference`` of ``scatter_along_axis`` ignores ``mode``; the formulas are followed.
"""

from typing import Final

import torch
from torch import Tensor

from qleap_edge.mil.ops.bounds import axis_position, in_range
from qleap_edge.mil.ops.elementwise import real_div
from qleap_edge.mil.ops.indexing import SLICE, slice_ranges
from qleap_edge.mil.ops.registry import kernel

_MODES: Final = ("update", "add", "sub", "mul", "div", "max", "min")


def _combine(data: Tensor, index: Tensor, updates: Tensor, axis: int, mode: str) -> Tensor:
    """Apply updates along an axis; ``index`` and ``updates`` have one shape, negative indices are gone."""
    if updates.dtype != data.dtype:
        raise ValueError(f"updates are {updates.dtype}, the data {data.dtype}")
    if mode == "update":
        return _last_wins(data, index, updates, axis)
    if mode == "div":
        product = torch.ones_like(data).scatter_reduce(axis, index, updates, "prod")
        return real_div(data, product)
    reduce = {"add": "sum", "sub": "sum", "mul": "prod", "max": "amax", "min": "amin"}[mode]
    return data.scatter_reduce(axis, index, -updates if mode == "sub" else updates, reduce)


def _last_wins(data: Tensor, index: Tensor, updates: Tensor, axis: int) -> Tensor:
    """Replace elements; torch leaves open which of several updates of one element wins, so the last is found first."""
    count = updates.shape[axis]
    if not count:
        return data
    order = torch.arange(count, device=data.device).reshape([count if at == axis else 1 for at in range(data.dim())])
    none = torch.full(data.shape, -1, dtype=torch.int64, device=data.device)
    winner = none.scatter_reduce(axis, index, order.expand(updates.shape), "amax")
    if updates.shape != data.shape:  # gather needs the other axes to agree, and they do
        updates = updates.expand([count if at == axis else size for at, size in enumerate(data.shape)])
    return torch.where(winner >= 0, torch.gather(updates, axis, winner.clamp(min=0)), data)


def _scatter(data: Tensor, index: Tensor, updates: Tensor, axis: int, mode: str) -> Tensor:
    wanted = (*data.shape[:axis], *index.shape, *data.shape[axis + 1 :])
    if tuple(updates.shape) != wanted:
        raise ValueError(f"updates of shape {tuple(updates.shape)}, expected {wanted}")
    flat = (*data.shape[:axis], index.numel(), *data.shape[axis + 1 :])
    along = index.reshape([-1 if at == axis else 1 for at in range(data.dim())]).expand(flat)
    return _combine(data, along, updates.reshape(flat), axis, mode)


def _scatter_along(data: Tensor, index: Tensor, updates: Tensor, axis: int, mode: str) -> Tensor:
    wanted = (*data.shape[:axis], index.shape[axis] if index.dim() == data.dim() else -1, *data.shape[axis + 1 :])
    if index.shape != updates.shape or tuple(index.shape) != wanted:
        raise ValueError(f"indices {tuple(index.shape)} and updates {tuple(updates.shape)} for {tuple(data.shape)}")
    return _combine(data, index, updates, axis, mode)


def _scatter_nd(data: Tensor, indices: Tensor, updates: Tensor, mode: str, *, negative: bool) -> Tensor:
    depth = indices.shape[-1] if indices.dim() else 0
    wanted = (*indices.shape[:-1], *data.shape[depth:])
    if not 0 < depth <= data.dim() or tuple(updates.shape) != wanted:
        raise ValueError(f"indices {tuple(indices.shape)} and updates {tuple(updates.shape)} for {tuple(data.shape)}")
    rows = 1
    for size in data.shape[:depth]:
        rows *= size
    flat = torch.zeros(indices.shape[:-1], dtype=torch.int64, device=indices.device)
    inside = torch.ones(indices.shape[:-1], dtype=torch.bool, device=indices.device)
    for size, part in zip(data.shape[:depth], indices.unbind(-1), strict=True):
        position = in_range(part, size, negative=negative)
        inside = inside & (position < size)
        flat = flat * size + position
    flat = flat.where(inside, flat.new_full((), rows))  # outside on one axis is outside, wherever the sum lands
    width = data.numel() // rows if rows else 0
    index = flat.reshape(-1, 1).expand(-1, width)
    return _combine(data.reshape(rows, width), index, updates.reshape(-1, width), 0, mode).reshape(data.shape)


@kernel("scatter", static=("axis", "mode"), choices={"mode": _MODES})
def scatter(data: Tensor, indices: Tensor, updates: Tensor, axis: int = 0, mode: str = "add") -> Tensor:
    """``output[…, indices[i], …] = mode(data[…, indices[i], …], updates[…, i, …])`` along ``axis``."""
    position = axis_position(axis, data.dim())
    return _scatter(data, in_range(indices, data.shape[position], negative=True), updates, position, mode)


@kernel("scatter", static=("axis", "mode", "validate_indices"), choices={"mode": _MODES}, since="CoreML7")
def scatter_validated(
    data: Tensor, indices: Tensor, updates: Tensor, axis: int = 0, mode: str = "add", validate_indices: bool = False
) -> Tensor:
    """As before, without negative indices."""
    position = axis_position(axis, data.dim())
    index = in_range(indices, data.shape[position], negative=not validate_indices)
    return _scatter(data, index, updates, position, mode)


@kernel("scatter_along_axis", static=("axis", "mode"), choices={"mode": _MODES})
def scatter_along_axis(data: Tensor, indices: Tensor, updates: Tensor, axis: int = 0, mode: str = "add") -> Tensor:
    """``output[…, indices[…, i, …], …] = mode(data[…], updates[…, i, …])``: every line along ``axis`` has its own indices."""
    position = axis_position(axis, data.dim())
    return _scatter_along(data, in_range(indices, data.shape[position], negative=True), updates, position, mode)


@kernel("scatter_along_axis", static=("axis", "mode", "validate_indices"), choices={"mode": _MODES}, since="CoreML7")
def scatter_along_axis_validated(
    data: Tensor, indices: Tensor, updates: Tensor, axis: int = 0, mode: str = "add", validate_indices: bool = False
) -> Tensor:
    """As before, without negative indices."""
    position = axis_position(axis, data.dim())
    index = in_range(indices, data.shape[position], negative=not validate_indices)
    return _scatter_along(data, index, updates, position, mode)


@kernel("scatter_nd", static=("mode",), choices={"mode": _MODES})
def scatter_nd(data: Tensor, indices: Tensor, updates: Tensor, mode: str = "add") -> Tensor:
    """``output[indices[i]] = mode(data[indices[i]], updates[i])``; the last axis of ``indices`` holds the index tuples."""
    return _scatter_nd(data, indices, updates, mode, negative=True)


@kernel("scatter_nd", static=("mode", "validate_indices"), choices={"mode": _MODES}, since="CoreML7")
def scatter_nd_validated(
    data: Tensor, indices: Tensor, updates: Tensor, mode: str = "add", validate_indices: bool = False
) -> Tensor:
    """As before, without negative indices."""
    return _scatter_nd(data, indices, updates, mode, negative=not validate_indices)


@kernel("slice_update", static=SLICE, moves_only=True, since="CoreML8")
def slice_update(
    x: Tensor,
    update: Tensor,
    begin: tuple[int, ...],
    end: tuple[int, ...],
    stride: tuple[int, ...] | None = None,
    begin_mask: tuple[bool, ...] | None = None,
    end_mask: tuple[bool, ...] | None = None,
    squeeze_mask: tuple[bool, ...] | None = None,
) -> Tensor:
    """NumPy's ``x[begin:end:stride] = update`` on a copy, with the masks of ``slice_by_index``.

    Raises:
        ValueError: the update has not the slice's shape or is a scalar, which the op excludes.
    """
    ranges, squeezed = slice_ranges(x.shape, begin, end, stride, begin_mask, end_mask, squeeze_mask)
    wanted = tuple(len(picked) for axis, picked in enumerate(ranges) if axis not in squeezed)
    if not wanted or tuple(update.shape) != wanted:
        raise ValueError(f"an update of shape {tuple(update.shape)} for a slice of shape {wanted}")
    if 0 in wanted:
        return x
    if update.dtype != x.dtype:
        raise ValueError(f"the update is {update.dtype}, the data {x.dtype}")
    backwards = [axis for axis, picked in enumerate(ranges) if picked.step < 0]
    return _placed(x, update.reshape([len(picked) for picked in ranges]).flip(backwards), ranges, 0)


def _placed(x: Tensor, update: Tensor, ranges: list[range], axis: int) -> Tensor:
    """Put the update into the slice, axis after axis from ``axis`` on."""
    if axis == len(ranges):
        return update
    picked = ranges[axis] if ranges[axis].step > 0 else ranges[axis][::-1]
    part = x[(slice(None),) * axis + (slice(picked.start, picked.stop, picked.step),)]
    inner = _placed(part, update, ranges, axis + 1)
    return x.slice_scatter(inner, axis, picked.start, picked.stop, picked.step)
