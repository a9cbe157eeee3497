"""How large a tensor that a kernel makes on its way may be."""

import math
from collections.abc import Sequence

from qleap_edge.mil.program import MAX_ELEMENTS


def check_elements(shape: Sequence[int]) -> None:
    """Refuse an intermediate tensor that is larger than any tensor of a program may be.

    Raises:
        ValueError: it is.
    """
    if math.prod(shape) > MAX_ELEMENTS:
        raise ValueError(f"an intermediate of shape {tuple(shape)}, more than {MAX_ELEMENTS} elements")
