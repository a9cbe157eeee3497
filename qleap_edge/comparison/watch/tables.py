"""The watch benchmark as tables of text."""

from qleap_edge.comparison.watch.document import CountPart, FigureRow, SetRow, WatchBenchmark
from qleap_edge.core.exercises import in_words
from qleap_edge.reporting.tables import DASH, Table, number


def all_tables(found: WatchBenchmark) -> list[Table]:
    """Return every table in the order in which they are printed."""
    return [set_table(found), figure_table(found)]


def set_table(found: WatchBenchmark) -> Table:
    """Return one row a set: what was logged, and what analysis and baseline count."""

    def cell(part: CountPart) -> str:
        return f"{part.known} | {part.unknown} | {part.outside}"

    return Table(
        "Repetitions: active part known | unknown | outside",
        ("recording", "exercise", "logged", "analysis", "baseline", "signal", "named", "doubt"),
        tuple(
            (
                row.file, _exercise(row), DASH if row.logged is None else str(row.logged), cell(row.analysis),
                cell(row.baseline), ", ".join(row.signals) or DASH,
                DASH if row.network is None else ", ".join(row.network.named) or DASH, row.doubt or "",
            )
            for row in found.sets
        ),
    )  # fmt: skip


def _exercise(row: SetRow) -> str:
    """Return the label, and where the model was asked also what it is taken for: other exercises count as no squat."""
    if row.network is None:
        return row.exercise
    taken = "none of the model's" if row.exercise_id is None else in_words(row.exercise_id)
    return f"{row.exercise} ({taken})"


def figure_table(found: WatchBenchmark) -> Table:
    """Return every figure with its interval, beside the baseline."""
    return Table(
        "Analysis against the baseline without learning (95 % intervals by recording)",
        ("figure", "active part", "sets", "n", "analysis", "baseline"),
        tuple(
            (
                row.name, row.active, row.sets, str(row.count), _cell(row, row.value, row.low, row.high),
                _cell(row, row.baseline, row.baseline_low, row.baseline_high),
            )
            for row in found.figures
        ),
    )  # fmt: skip


def _cell(row: FigureRow, value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return DASH
    if row.unit == "1":
        return f"{100.0 * value:.1f} % ({100.0 * (low or 0.0):.1f} to {100.0 * (high or 0.0):.1f})"
    unit = "a minute" if row.unit == "1/min" else row.unit
    return f"{number(value, 3)} {unit} ({number(low, 3)} to {number(high, 3)})"
