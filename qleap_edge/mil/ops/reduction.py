"""Reductions along axes; ``axes`` absent means all of them (MIL: reduction, iOS15 and iOS17).

Of integers, a reduction that is no integer (mean, norm, logarithm) is cut towards zero: the output has the input's type.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from qleap_edge.mil.ops.bounds import axis_position
from qleap_edge.mil.ops.registry import kernel

_Reducer = Callable[[Tensor, tuple[int, ...], bool], Tensor]


def _product(x: Tensor, axes: tuple[int, ...], keep: bool) -> Tensor:
    for axis in sorted(axes, reverse=True):
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


_REAL = {"reduce_mean", "reduce_l2_norm", "reduce_log_sum", "reduce_log_sum_exp"}  # no integers even of integers


def _register(op_type: str, reducer: _Reducer) -> None:
    @kernel(op_type, static=("axes", "keep_dims"), moves_only=op_type in {"reduce_max", "reduce_min"})
    def reduce(x: Tensor, axes: tuple[int, ...] | None = None, keep_dims: bool = False) -> Tensor:
        chosen = tuple(range(x.dim())) if axes is None else tuple(axis_position(axis, x.dim()) for axis in axes)
        wide = x.double() if op_type in _REAL and not x.is_floating_point() else x
        if not chosen:  # over nothing, which torch takes for everything: each element is a line of its own
            return reducer(wide.unsqueeze(-1), (x.dim(),), False).to(x.dtype)
        return reducer(wide, chosen, keep_dims).to(x.dtype)


for _type, _reducer in _REDUCERS.items():
    _register(_type, _reducer)


@kernel("reduce_argmax", static=("axis", "keep_dims"))
def reduce_argmax(x: Tensor, axis: int = -1, keep_dims: bool = False) -> Tensor:
    """Index of the first largest element."""
    return torch.argmax(x, axis, keepdim=keep_dims)


@kernel("reduce_argmin", static=("axis", "keep_dims"))
def reduce_argmin(x: Tensor, axis: int = -1, keep_dims: bool = False) -> Tensor:
    """Index of the first smallest element."""
    return torch.argmin(x, axis, keepdim=keep_dims)


_ARG = ("axis", "keep_dims", "output_dtype")
_INDEX_TYPES = {"output_dtype": ("int32", "uint16")}


@kernel("reduce_argmax", static=_ARG, choices=_INDEX_TYPES, since="CoreML7")
def reduce_argmax_typed(x: Tensor, axis: int = -1, keep_dims: bool = False, output_dtype: str = "int32") -> Tensor:
    """As before, in one of two integer types."""
    return reduce_argmax(x, axis, keep_dims)


@kernel("reduce_argmin", static=_ARG, choices=_INDEX_TYPES, since="CoreML7")
def reduce_argmin_typed(x: Tensor, axis: int = -1, keep_dims: bool = False, output_dtype: str = "int32") -> Tensor:
    """As before, in one of two integer types."""
    return reduce_argmin(x, axis, keep_dims)


@kernel("cumsum", static=("axis", "exclusive", "reverse"))
def cumsum(x: Tensor, axis: int = 0, exclusive: bool = False, reverse: bool = False) -> Tensor:
    """Running sum; ``exclusive`` leaves the element itself out, ``reverse`` runs from the end."""
    axis = axis_position(axis, x.dim())
    directed = x.flip(axis) if reverse else x
    if exclusive and x.shape[axis]:  # a sum minus its last term is not the sum before: rounding stays
        first = torch.zeros_like(directed.narrow(axis, 0, 1))
        directed = torch.cat([first, directed.narrow(axis, 0, x.shape[axis] - 1)], axis)
    total = torch.cumsum(directed, axis, dtype=x.dtype)
    return total.flip(axis) if reverse else total
