"""Read ``sets.csv``: which recordings, what was done in them, how often, and where."""

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from qleap_edge.core.errors import InputDataError

TABLE_NAME = "sets.csv"
COLUMNS = ("file", "exercise", "reps", "active_start_s", "active_end_s")
OPTIONAL = ("range_m", "mean_velocity_m_s")
"""Reference values of each repetition, separated by blanks."""


@dataclass(frozen=True)
class LabelledSet:
    """One row of the table."""

    path: Path
    exercise: str
    logged: int | None
    active_s: tuple[float, float]
    """By the file's own column of seconds since the start."""
    range_m: tuple[float, ...]
    mean_velocity_m_s: tuple[float, ...]
    doubt: str | None


def read_sets(folder: Path, doubts: Path | None = None) -> tuple[LabelledSet, ...]:
    """Return the rows of ``sets.csv`` in a folder of recordings.

    Args:
        folder: holds the table and the recordings that it names.
        doubts: a CSV with the columns ``file`` and ``reason``: sets whose logged number is doubted.

    Raises:
        InputDataError: no table, a column is missing, a recording is missing, or a cell is not what it should be.
    """
    table = folder / TABLE_NAME
    reasons = {} if doubts is None else {row["file"]: row["reason"] for _, row in _rows(doubts, ("file", "reason"))}
    found = tuple(_labelled(folder, table, line, row, reasons) for line, row in _rows(table, COLUMNS))
    if not found:
        raise InputDataError("the table has no rows", where=table, next_step="add a row for each set")
    strangers = sorted(reasons.keys() - {one.path.name for one in found})
    if strangers:
        raise InputDataError(
            "a doubted recording is not in the table", where=doubts, got=strangers[0], next_step="correct its name"
        )
    return found


def _rows(path: Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as handle:
            reader = csv.DictReader(handle)
            missing = [name for name in columns if name not in (reader.fieldnames or ())]
            rows = [(reader.line_num, {k: v or "" for k, v in row.items() if isinstance(k, str)}) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise InputDataError(
            f"cannot read the table ({problem})", where=path, expected=f"a CSV with {', '.join(columns)}",
            next_step="check the path",
        ) from problem  # fmt: skip
    if missing:
        raise InputDataError(
            f"column {missing[0]!r} is missing", where=path, expected=", ".join(columns), next_step="add the column"
        )
    return rows


def _labelled(folder: Path, table: Path, line: int, row: dict[str, str], reasons: dict[str, str]) -> LabelledSet:
    path = folder / row["file"]
    if not row["file"] or not path.exists():
        raise InputDataError(
            "the recording does not exist", where=f"{table}, line {line}", got=row["file"] or "an empty cell",
            next_step="correct the name, or put the recording into the folder",
        )  # fmt: skip

    def numbers(name: str) -> tuple[float, ...]:
        try:
            values = tuple(float(cell) for cell in row.get(name, "").split())
            if not all(map(math.isfinite, values)):
                raise ValueError(name)
        except ValueError as problem:
            raise InputDataError(
                "not a number", where=f"{table}, line {line}, column {name}", got=row.get(name, ""),
                next_step="correct the cell",
            ) from problem  # fmt: skip
        return values

    edges = (*numbers("active_start_s"), *numbers("active_end_s"))
    logged = numbers("reps")
    if len(edges) != 2 or edges[1] <= edges[0] or len(logged) > 1 or any(n != int(n) or n < 0 for n in logged):
        raise InputDataError(
            "not a set", where=f"{table}, line {line}",
            expected="a whole number of reps or nothing, and an end after the start",
            got=f"reps {row['reps']!r}, {row['active_start_s']!r} to {row['active_end_s']!r}",
            next_step="correct the row",
        )  # fmt: skip
    return LabelledSet(
        path=path,
        exercise=row["exercise"],
        logged=int(logged[0]) if logged else None,
        active_s=(edges[0], edges[1]),
        range_m=numbers("range_m"),
        mean_velocity_m_s=numbers("mean_velocity_m_s"),
        doubt=reasons.get(row["file"]),
    )
