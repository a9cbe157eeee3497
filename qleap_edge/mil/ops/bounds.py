"""Checks of arguments, so that a malformed program is refused instead of being misread or using up the memory."""

import math
from collections.abc import Sequence

from torch import Tensor

from qleap_edge.mil.format.program import MAX_ELEMENTS


def axis_position(axis: int, rank: int) -> int:
    """Return an axis counted from the front; a negative one counts from the back.

    Raises:
        ValueError: there is no such axis.
    """
    if not -rank <= axis < rank:
        raise ValueError(f"axis {axis} of a tensor with {rank} axes")
    return axis % rank


def affordable(sizes: Sequence[int]) -> tuple[int, ...]:
    """Return the sizes of a tensor that a parameter gives.

    Raises:
        ValueError: a size is negative, or there are more elements than any tensor of a mobile program has.
    """
    if any(size < 0 for size in sizes) or math.prod(sizes) > MAX_ELEMENTS:
        raise ValueError(f"a tensor of shape {tuple(sizes)}, at most {MAX_ELEMENTS} elements are possible")
    return tuple(sizes)


def in_range(indices: Tensor, length: int, *, negative: bool) -> Tensor:
    """Return indices as int64 for an axis of ``length`` elements, ``length`` or more where torch is to refuse one.

    Args:
        indices: of any integer type. They are widened first: ``-1 + 200`` is no int8.
        length: elements of the axis.
        negative: whether -1 means the last element; else a negative index is as much outside as one that is too large.
    """
    wide = indices.long()
    if negative:
        wide = wide.where(wide >= 0, wide + length)
    return wide.masked_fill(wide < 0, length)
