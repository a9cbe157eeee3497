"""The figures about exercises and gates; the baseline is the network alone, window by window."""

from collections.abc import Sequence

import numpy as np

from qleap_edge.comparison.watch.document import FigureRow, NetworkPart, SetRow
from qleap_edge.comparison.watch.figure_rows import figure_row, ratio, ratio_row, recordings


def network_figures(rows: Sequence[SetRow]) -> list[FigureRow]:
    """Return every figure that the rows of a benchmark with a bundle allow; none without."""
    heard = [(row, row.network) for row in rows if row.network is not None and row.network.windows]
    return [*_squat_windows(heard), *_refused(heard), *_names(heard)]


def _squat_windows(heard: list[tuple[SetRow, NetworkPart]]) -> list[FigureRow]:
    others = [(row, part) for row, part in heard if row.exercise_id != "squat"]
    if not others:
        return []
    rows, windows = [row for row, _ in others], [part.windows for _, part in others]
    ours = ratio([part.squat_windows for _, part in others], windows, rows)
    alone = ratio([part.squat_windows_alone for _, part in others], windows, rows)
    return [ratio_row("windows accepted as squat, of other exercises", "1", sum(windows), ours, alone)]


def _refused(heard: list[tuple[SetRow, NetworkPart]]) -> list[FigureRow]:
    rows, windows = [row for row, _ in heard], [part.windows for _, part in heard]
    found = []
    for reason in sorted({item.reason for _, part in heard for item in part.refused}):
        counts = [sum(item.windows for item in part.refused if item.reason == reason) for _, part in heard]
        found.append(ratio_row(f"windows refused: {reason}", "1", sum(windows), ratio(counts, windows, rows), None))
    return found


def _names(heard: list[tuple[SetRow, NetworkPart]]) -> list[FigureRow]:
    """Return how often the exercise of a recording is named rightly, and how often wrongly; ``unknown`` is neither."""
    found = []
    classed = [(row, part) for row, part in heard if row.exercise_id is not None]
    if classed:
        right = np.array([_named(part) == row.exercise_id for row, part in classed], dtype=float)
        alone = np.array([part.most_frequent_alone == row.exercise_id for row, part in classed], dtype=float)
        files = recordings([row for row, _ in classed])
        found.append(figure_row("exercise named as labelled", "unknown", "all", "1", right, alone, files))
    if heard:
        wrong = np.array([_named(part) not in (None, row.exercise_id) for row, part in heard], dtype=float)
        alone = np.array(
            [part.most_frequent_alone not in (None, "idle", row.exercise_id) for row, part in heard], dtype=float
        )
        files = recordings([row for row, _ in heard])
        found.append(figure_row("exercise named wrongly", "unknown", "all", "1", wrong, alone, files))
    return found


def _named(part: NetworkPart) -> str | None:
    """Return the first name of a recording's sets that is not ``unknown``."""
    return next((name for name in part.named if name != "unknown"), None)
