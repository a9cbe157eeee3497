"""Reductions along axes; ``axes`` absent means all of them (MIL: reduction)."""

from collections.abc import Callable

import torch
from torch import Tensor

from qleap_edge.mil.ops.registry import kernel

_Reducer = Callable[[Tensor, tuple[int, ...], bool], Tensor]


def _product(x: Tensor, axes: tuple[int, ...], keep: bool) -> Tensor:
    for axis in sorted((axis % x.dim() for axis in axes), reverse=True):
        x = torch.prod(x, axis, keepdim=keep)
    return x


_REDUCERS: dict[str, _Reducer] = {
    "reduce_sum": lambda x, axes, keep: torch.sum(x, axes, keepdim=keep),
    "reduce_mean": lambda x, axes, keep: torch.mean(x, axes, keepdim=keep),
    "reduce_max": lambda x, axes, keep: torch.amax(x, axes, keepdim=keep),
    "reduce_min": lambda x, axes, keep: torch.amin(x, axes, keepdim=keep),
    "reduce_prod": _product,
    "reduce_l1_norm": lambda x, axes, keep: torch.sum(torch.abs(x), axes, keepdim=keep),
    "reduce_l2_norm": lambda x, axes, keep: torch.sqrt(torch.sum(x * x, axes, keepdim=keep)),
    "reduce_sum_square": lambda x, axes, keep: torch.sum(x * x, axes, keepdim=keep),
    "reduce_log_sum": lambda x, axes, keep: torch.log(torch.sum(x, axes, keepdim=keep)),
    "reduce_log_sum_exp": lambda x, axes, keep: torch.logsumexp(x, axes, keepdim=keep),
}


def _register(op_type: str, reducer: _Reducer) -> None:
    @kernel(op_type, static=("axes", "keep_dims"), moves_only=op_type in {"reduce_max", "reduce_min"})
    def reduce(x: Tensor, axes: tuple[int, ...] | None = None, keep_dims: bool = False) -> Tensor:
        chosen = tuple(range(x.dim())) if axes is None else axes
        return reducer(x, chosen, keep_dims) if chosen else x


for _type, _reducer in _REDUCERS.items():
    _register(_type, _reducer)


@kernel("reduce_argmax", static=("axis", "keep_dims", "output_dtype"))
def reduce_argmax(x: Tensor, axis: int = -1, keep_dims: bool = False, output_dtype: str = "int32") -> Tensor:
    """Index of the first largest element."""
    return torch.argmax(x, axis, keepdim=keep_dims)


@kernel("reduce_argmin", static=("axis", "keep_dims", "output_dtype"))
def reduce_argmin(x: Tensor, axis: int = -1, keep_dims: bool = False, output_dtype: str = "int32") -> Tensor:
    """Index of the first smallest element."""
    return torch.argmin(x, axis, keepdim=keep_dims)


@kernel("cumsum", static=("axis", "exclusive", "reverse"))
def cumsum(x: Tensor, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Tensor:
    """Running sum; ``exclusive`` leaves the element itself out, ``reverse`` runs from the end."""
    directed = x.flip(axis) if reverse else x
    total = torch.cumsum(directed, axis)
    if exclusive:
        total = total - directed
    return total.flip(axis) if reverse else total


@kernel("topk", static=("k", "axis", "ascending", "sort", "return_indices", "output_indices_dtype"))
def topk(
    x: Tensor,
    k: int = 1,
    axis: int = -1,
    ascending: bool = False,
    sort: bool = True,
    return_indices: bool = True,
    output_indices_dtype: str = "int32",
) -> tuple[Tensor, ...]:
    """The ``k`` largest (``ascending``: smallest) elements and their indices."""
    values, indices = torch.topk(x, x.shape[axis] if k == -1 else k, axis, largest=not ascending, sorted=sort)
    return (values, indices) if return_indices else (values,)
