"""Read ``sets.csv``: which recordings, what was done in them, how often, and where."""

import csv
import math
from dataclasses import dataclass
from difflib import get_close_matches
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
    rows = _rows(table, COLUMNS)
    found = tuple(_labelled(folder, table, line, row, reasons) for line, row in rows)
    if not found:
        raise InputDataError("the table has no rows", where=table, next_step="add a row for each set")
    _require_apart(table, [line for line, _ in rows], found)
    strangers = sorted(reasons.keys() - {row["file"] for _, row in rows})
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
        unread = isinstance(problem, OSError)
        raise InputDataError(
            f"cannot read the table ({problem.strerror if isinstance(problem, OSError) else problem})",
            where=path,
            expected=f"a CSV with {', '.join(columns)}",
            next_step="check the path" if unread else "save the table as CSV in UTF-8, separated by commas",
        ) from problem
    if missing:
        header = (reader.fieldnames or ("",))[0]
        other = next((name for name in (";", "\t") if name in header), None)
        raise InputDataError(
            f"column {missing[0]!r} is missing",
            where=path,
            expected=", ".join(columns),
            got=header[:80] or "an empty table",
            next_step="add the column"
            if other is None
            else "save the table as CSV separated by commas, with decimal points",
        )
    _require_no_slip(path, tuple(reader.fieldnames or ()))
    return rows


def _require_no_slip(path: Path, header: tuple[str, ...]) -> None:
    """Refuse a column whose name is nearly that of an optional one: its references would be left out without a word."""
    for name in header:
        near = [] if name in (*COLUMNS, *OPTIONAL) else get_close_matches(name, OPTIONAL, n=1)
        if near and near[0] not in header:
            raise InputDataError(
                f"column {name!r} is not known", where=path, expected=f"perhaps {near[0]!r}", got=name,
                next_step="correct its name, or give it one that is less alike",
            )  # fmt: skip


def _require_apart(table: Path, lines: list[int], found: tuple[LabelledSet, ...]) -> None:
    """Refuse two rows whose active parts of one recording overlap: the same repetitions would be counted twice."""
    for index, one in enumerate(found):
        for line, other in zip(lines, found[:index], strict=False):
            if one.path.resolve() == other.path.resolve() and _overlap(one.active_s, other.active_s):
                raise InputDataError(
                    "the active part overlaps with that of another row of this recording",
                    where=f"{table}, line {lines[index]}",
                    got=f"{one.active_s[0]:g} to {one.active_s[1]:g} s, and in line {line} "
                    f"{other.active_s[0]:g} to {other.active_s[1]:g} s",
                    next_step="give each set one row",
                )


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


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
    references = {name: numbers(name) for name in OPTIONAL}
    for name, values in references.items():
        if values and logged and len(values) != int(logged[0]):
            raise InputDataError(
                "the references do not fit the repetitions", where=f"{table}, line {line}, column {name}",
                expected=f"{int(logged[0])} values separated by blanks, one for each repetition, or an empty cell",
                got=f"{len(values)}", next_step="correct the row",
            )  # fmt: skip
    return LabelledSet(
        path=path,
        exercise=row["exercise"],
        logged=int(logged[0]) if logged else None,
        active_s=(edges[0], edges[1]),
        range_m=references["range_m"],
        mean_velocity_m_s=references["mean_velocity_m_s"],
        doubt=reasons.get(row["file"]),
    )
