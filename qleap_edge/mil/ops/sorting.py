"""Order along an axis, and where elements are not zero (MIL: tensor_operation, iOS15 to iOS17).

Of equal elements the one with the lower index comes first, in both directions.
"""

import torch
from torch import Tensor

from qleap_edge.mil.ops.bounds import axis_position
from qleap_edge.mil.ops.registry import kernel


def _ordered(x: Tensor, axis: int, *, ascending: bool) -> tuple[Tensor, Tensor]:
    """Return the sorted elements and their indices."""
    found = torch.sort(x, stable=True, dim=axis_position(axis, x.dim()), descending=not ascending)
    return found.values, found.indices


@kernel("argsort", static=("axis", "ascending"))
def argsort(x: Tensor, axis: int = -1, ascending: bool = False) -> Tensor:
    """Indices that sort each line along ``axis``, the largest element first unless ``ascending``; that of a number is 0."""
    if x.dim() == 0:
        return torch.zeros_like(x, dtype=torch.int32)
    return _ordered(x, axis, ascending=ascending)[1]


def _top(x: Tensor, k: int, axis: int, *, ascending: bool) -> tuple[Tensor, Tensor]:
    length = x.shape[axis_position(axis, x.dim())]
    if not 0 <= k <= length:
        raise ValueError(f"the first {k} of {length} elements")
    values, indices = _ordered(x, axis, ascending=ascending)
    return values.narrow(axis, 0, k), indices.narrow(axis, 0, k)


@kernel("topk", static=("k", "axis", "ascending"))
def topk(x: Tensor, k: int = 1, axis: int = -1, ascending: bool = False) -> tuple[Tensor, ...]:
    """The ``k`` largest (``ascending``: smallest) elements in order, and their indices."""
    return _top(x, k, axis, ascending=ascending)


@kernel("topk", static=("k", "axis", "ascending", "sort", "return_indices"), since="CoreML6")
def topk_maybe_indices(
    x: Tensor, k: int = 1, axis: int = -1, ascending: bool = False, sort: bool = True, return_indices: bool = True
) -> tuple[Tensor, ...]:
    """As before, without the indices if they are not wanted; without ``sort`` any order is right, also this one."""
    found = _top(x, k, axis, ascending=ascending)
    return found if return_indices else found[:1]


@kernel(
    "topk",
    static=("k", "axis", "ascending", "sort", "return_indices", "output_indices_dtype"),
    choices={"output_indices_dtype": ("int32", "uint16")},
    since="CoreML7",
)
def topk_of_all(
    x: Tensor,
    k: int = 1,
    axis: int = -1,
    ascending: bool = False,
    sort: bool = True,
    return_indices: bool = True,
    output_indices_dtype: str = "int32",
) -> tuple[Tensor, ...]:
    """As before; ``k = -1`` takes all elements."""
    wanted = x.shape[axis_position(axis, x.dim())] if k == -1 else k
    return topk_maybe_indices(x, wanted, axis, ascending, sort, return_indices)


@kernel("non_zero", vectorises=False)
def non_zero(x: Tensor) -> Tensor:
    """Index tuples of the elements that are not 0, one a row, in the order of memory: ``numpy.argwhere``."""
    return torch.nonzero(x)
