"""One figure over recordings: its value, its interval with recordings drawn whole, and the baseline's."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from qleap_edge.comparison.watch.document import Active, Chosen, FigureRow, SetRow
from qleap_edge.metrics.bootstrap import mean_interval, median_interval, person_sums, ratio_intervals

Ratio = tuple[float, float, float]
"""Value, and the ends of its 95 % interval."""


def figure_row(
    name: str,
    active: Active,
    chosen: Chosen,
    unit: str,
    values: Float[np.ndarray, " n"],
    baseline: Float[np.ndarray, " n"] | None,
    recording: np.ndarray,
    *,
    median: bool = False,
) -> FigureRow:
    """Return the mean, or the median, of a value a set or a repetition, with its interval; ``recording`` groups the values."""
    centre, interval = (np.median, median_interval) if median else (np.mean, mean_interval)
    low, high = interval(values, recording)
    other = (None, None, None) if baseline is None else (float(centre(baseline)), *interval(baseline, recording))
    return FigureRow(
        name=name, active=active, sets=chosen, unit=unit, count=len(values), value=float(centre(values)), low=low, high=high,
        baseline=other[0], baseline_low=other[1], baseline_high=other[2],
    )  # fmt: skip


def recordings(rows: Sequence[SetRow]) -> np.ndarray:
    """Return the number of each row's recording."""
    return np.unique([row.file for row in rows], return_inverse=True)[1].astype(np.int64)


def ratio(counts: Sequence[float | int], weights: Sequence[float | int], rows: Sequence[SetRow]) -> Ratio:
    """Return the sum of counts over the sum of weights, one of each a row, with its interval."""
    files = recordings(rows)
    above, below = (person_sums(np.array(part, dtype=float)[:, None], files) for part in (counts, weights))
    low, high = ratio_intervals(above, below)[0]
    return float(above.sum() / below.sum()), float(low), float(high)


def ratio_row(name: str, unit: str, count: int, value: Ratio, baseline: Ratio | None) -> FigureRow:
    """Return a figure that is a ratio of sums over recordings whose active part is not known."""
    low, centre, high = (None, None, None) if baseline is None else (baseline[1], baseline[0], baseline[2])
    return FigureRow(
        name=name, active="unknown", sets="all", unit=unit, count=count, value=value[0], low=value[1], high=value[2],
        baseline=centre, baseline_low=low, baseline_high=high,
    )  # fmt: skip
