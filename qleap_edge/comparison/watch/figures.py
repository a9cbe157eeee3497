"""The figures of the watch benchmark: shares of sets, false repetitions a minute, errors; each beside its baseline."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float

from qleap_edge.comparison.watch.document import Active, Chosen, CountPart, FigureRow, SetRow
from qleap_edge.metrics.bootstrap import mean_interval, median_interval, person_sums, ratio_intervals

_LEVELS = {"repetitions exact": 0, "repetitions within one": 1}


def figures(rows: tuple[SetRow, ...]) -> tuple[FigureRow, ...]:
    """Return every figure that the rows allow."""
    found: list[FigureRow] = []
    logged = [row for row in rows if row.logged is not None]
    for chosen, some in (("all", logged), ("undoubted", [row for row in logged if row.doubt is None])):
        if some and (chosen == "all" or len(some) < len(logged)):
            for active in ("known", "unknown"):
                found += [_share(name, within, active, chosen, some) for name, within in _LEVELS.items()]  # type: ignore[arg-type]
    if sum(row.outside_s for row in rows) > 0.0:
        found.append(_false_a_minute(rows))
    found += _errors(rows)
    return tuple(found)


def _share(name: str, within: int, active: Active, chosen: Chosen, rows: list[SetRow]) -> FigureRow:
    def hits(counter: Callable[[SetRow], CountPart]) -> Float[np.ndarray, " n"]:
        return np.array([abs(getattr(counter(row), active) - (row.logged or 0)) <= within for row in rows], dtype=float)

    return _row(name, active, chosen, "1", hits(lambda row: row.analysis), hits(lambda row: row.baseline), _files(rows))


def _false_a_minute(rows: Sequence[SetRow]) -> FigureRow:
    minutes = person_sums(np.array([[row.outside_s / 60.0] for row in rows]), _files(rows))

    def rate(counts: list[int]) -> tuple[float, float, float]:
        false = person_sums(np.array(counts, dtype=float)[:, None], _files(rows))
        low, high = ratio_intervals(false, minutes)[0]
        return float(false.sum() / minutes.sum()), float(low), float(high)

    value, low, high = rate([row.analysis.outside for row in rows])
    baseline, baseline_low, baseline_high = rate([row.baseline.outside for row in rows])
    return FigureRow(
        name="false repetitions outside sets", active="unknown", sets="all", unit="1/min", count=len(rows),
        value=value, low=low, high=high, baseline=baseline, baseline_low=baseline_low, baseline_high=baseline_high,
    )  # fmt: skip


def _errors(rows: Sequence[SetRow]) -> list[FigureRow]:
    """Return the figures about range and velocity, over all repetitions that have a reference."""
    found = []
    ranges = [row for row in rows if row.range_errors_m]
    if ranges:
        repeated = np.repeat(_files(ranges), [len(row.range_errors_m) for row in ranges])
        error = np.abs(np.concatenate([row.range_errors_m for row in ranges]))
        simple = np.abs(np.concatenate([row.baseline_range_errors_m for row in ranges]))
        found.append(_row("range of motion, median error", "known", "all", "m", error, simple, repeated, median=True))
        inside = np.concatenate([row.range_covered for row in ranges]).astype(float)
        found.append(_row("range of motion, 90 % intervals cover", "known", "all", "1", inside, None, repeated))
    velocities = [row for row in rows if row.velocity_errors_m_s]
    if velocities:
        repeated = np.repeat(_files(velocities), [len(row.velocity_errors_m_s) for row in velocities])
        error = np.abs(np.concatenate([row.velocity_errors_m_s for row in velocities]))
        name = "mean concentric velocity, median error"
        found.append(_row(name, "known", "all", "m/s", error, None, repeated, median=True))
    return found


def _row(
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
    centre, interval = (np.median, median_interval) if median else (np.mean, mean_interval)
    low, high = interval(values, recording)
    other = (None, None, None) if baseline is None else (float(centre(baseline)), *interval(baseline, recording))
    return FigureRow(
        name=name, active=active, sets=chosen, unit=unit, count=len(values), value=float(centre(values)), low=low, high=high,
        baseline=other[0], baseline_low=other[1], baseline_high=other[2],
    )  # fmt: skip


def _files(rows: Sequence[SetRow]) -> np.ndarray:
    """Return the number of each row's recording."""
    return np.unique([row.file for row in rows], return_inverse=True)[1].astype(np.int64)
