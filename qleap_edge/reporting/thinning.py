"""Fewer points for a line on a screen, with every peak kept."""

import numpy as np
from jaxtyping import Float, Int

MAX_POINTS = 4000
"""Of one line on a page; a wide screen has fewer columns of pixels."""

THINNING_NOTE = (
    f"A line of more than {MAX_POINTS} points is drawn thinned: of each group of neighbouring points the smallest and the "
    "largest are kept, so every peak is there."
)


def extreme_rows(values: Float[np.ndarray, " n"], most: int = MAX_POINTS) -> Int[np.ndarray, " m"]:
    """Return the rows to draw: all of them, or of each group of equal length the smallest and the largest value.

    The rows are in order and at most ``most``. The smallest and the largest value of the whole line are always among them, and
    so are the first and the last row.

    Args:
        values: the line; what is not finite is ignored, unless nothing is.
        most: at least 4.
    """
    rows = len(values)
    if rows <= most:
        return np.arange(rows)
    groups = np.array_split(np.arange(rows), (most - 2) // 2)
    low, high = np.where(np.isfinite(values), values, np.inf), np.where(np.isfinite(values), values, -np.inf)
    kept = [0, rows - 1]
    for group in groups:
        kept += [int(group[0] + np.argmin(low[group])), int(group[0] + np.argmax(high[group]))]
    return np.unique(np.array(kept))
