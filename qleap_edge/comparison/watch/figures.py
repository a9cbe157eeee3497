"""The figures of the watch benchmark: shares of sets, false repetitions a minute, errors; each beside its baseline."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float

from qleap_edge.comparison.watch.document import Active, Chosen, CountPart, FigureRow, SetRow
from qleap_edge.comparison.watch.exercise_figures import network_figures
from qleap_edge.comparison.watch.figure_rows import figure_row, ratio, ratio_row, recordings

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
    found += network_figures(rows)
    return tuple(found)


def _share(name: str, within: int, active: Active, chosen: Chosen, rows: list[SetRow]) -> FigureRow:
    def hits(counter: Callable[[SetRow], CountPart]) -> Float[np.ndarray, " n"]:
        return np.array([abs(getattr(counter(row), active) - (row.logged or 0)) <= within for row in rows], dtype=float)

    return figure_row(name, active, chosen, "1", hits(_analysis), hits(_baseline), recordings(rows))


def _false_a_minute(rows: Sequence[SetRow]) -> FigureRow:
    minutes = [row.outside_s / 60.0 for row in rows]
    ours, plain = (ratio([part(row).outside for row in rows], minutes, rows) for part in (_analysis, _baseline))
    return ratio_row("false repetitions outside sets", "1/min", len(rows), ours, plain)


def _analysis(row: SetRow) -> CountPart:
    return row.analysis


def _baseline(row: SetRow) -> CountPart:
    return row.baseline


def _errors(rows: Sequence[SetRow]) -> list[FigureRow]:
    """Return the figures about range and velocity, over all repetitions that have a reference."""
    found = []
    ranges = [row for row in rows if row.range_errors_m]
    if ranges:
        repeated = np.repeat(recordings(ranges), [len(row.range_errors_m) for row in ranges])
        error = np.abs(np.concatenate([row.range_errors_m for row in ranges]))
        simple = np.abs(np.concatenate([row.baseline_range_errors_m for row in ranges]))
        found.append(
            figure_row("range of motion, median error", "known", "all", "m", error, simple, repeated, median=True)
        )
        inside = np.concatenate([row.range_covered for row in ranges]).astype(float)
        found.append(figure_row("range of motion, 90 % intervals cover", "known", "all", "1", inside, None, repeated))
    velocities = [row for row in rows if row.velocity_errors_m_s]
    if velocities:
        repeated = np.repeat(recordings(velocities), [len(row.velocity_errors_m_s) for row in velocities])
        error = np.abs(np.concatenate([row.velocity_errors_m_s for row in velocities]))
        simple = np.abs(np.concatenate([row.baseline_velocity_errors_m_s for row in velocities]))
        name = "mean concentric velocity, median error"
        found.append(figure_row(name, "known", "all", "m/s", error, simple, repeated, median=True))
    return found
