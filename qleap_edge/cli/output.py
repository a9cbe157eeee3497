"""What commands print: one JSON document, or one table; progress on stderr."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.progress import Task
    from rich.table import Table as RichTable

    from qleap_edge.gates.decide import GateReport
    from qleap_edge.metrics.measurement import Measurement


_NO_LIMIT = 10_000
"""Width (characters) at which rich measures a table without clipping it."""


def print_json(value: object) -> None:
    """Print a document as canonical JSON."""
    from qleap_edge.core.records import Document, canonical_json

    text = value.to_json() if isinstance(value, Document) else canonical_json(value)
    typer.echo(text, nl=False)


def print_table(
    title: str, columns: "Iterable[str]", rows: "Iterable[Iterable[object]]", *, whole_words: bool = False
) -> None:
    """Print a table on stdout.

    Args:
        title: stands above it.
        columns: headings.
        rows: cells.
        whole_words: in a terminal that is too narrow for the table, print each row as a line of headings and cells instead of
            breaking numbers over several lines.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left")
    for index, name in enumerate(columns):
        table.add_column(name, overflow="fold", no_wrap=index == 0)  # a name that is broken over lines cannot be found
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else str(cell) for cell in row))
    # A pipe has no width; a fixed one keeps numbers whole for grep.
    console = Console(width=None if sys.stdout.isatty() else 160)
    if whole_words and Console(width=_NO_LIMIT).measure(table).minimum > console.width:
        _print_lines(title, table)
    else:
        console.print(table)


def _print_lines(title: str, table: "RichTable") -> None:
    """Print each row as one line of headings and cells, which the terminal wraps."""
    typer.echo(title)
    headings = [str(column.header) for column in table.columns]
    for cells in zip(*(column.cells for column in table.columns), strict=True):
        typer.echo("  " + ", ".join(f"{name} {cell}" for name, cell in zip(headings, cells, strict=True)))


def number(value: float | None) -> str:
    """Return a measured number with four significant digits, or a dash."""
    return "–" if value is None else f"{value:.4g}"


def print_measurements(title: str, measurements: "Iterable[Measurement]") -> None:
    """Print measurements with interval, baseline and the number of persons."""
    print_table(
        title,
        ("measurement", "value", "unit", "95 % interval", "baseline", "persons", "note"),
        (
            (
                m.name,
                number(m.value),
                m.unit,
                f"{number(m.interval[0])} to {number(m.interval[1])}" if m.interval else "",
                number(m.baseline) if m.baseline is not None else "",
                m.subjects or "",
                m.note,
            )
            for m in measurements
        ),
    )


def print_gates(report: "GateReport") -> None:
    """Print the gate table and the verdict."""
    from rich.text import Text

    from qleap_edge.gates.exports import sorted_gates

    rows = []
    for gate in sorted_gates(report):
        style = {"pass": "green", "waived": "cyan", "undecided": "yellow", "fail": "bold red"}[gate.verdict]
        verdict = Text(gate.verdict, style=style)
        interval = f"{number(gate.interval[0])} to {number(gate.interval[1])}" if gate.interval else ""
        baseline = number(gate.baseline) if gate.baseline is not None else ""
        reason = "" if gate.verdict == "pass" else gate.reason
        rows.append((gate.measurement, number(gate.value), gate.bound, gate.unit, interval, baseline, verdict, reason))
    print_table(
        f"Gates, grade {report.grade}: {report.verdict}",
        ("gate", "number", "bound", "unit", "95 % interval", "baseline", "verdict", "reason"),
        rows,
    )


def print_coverage(measurements: "Mapping[str, Measurement]") -> None:
    """Print the effect of the profile: coverage of Gaussian intervals before and after, and of the conformal regions."""

    def cell(name: str) -> str:
        found = measurements.get(name)
        if found is None or found.value is None:
            return f"– ({found.note})" if found is not None else "–"
        low, high = found.interval or (found.value, found.value)
        return f"{found.value:.3f} ({low:.3f} to {high:.3f})"

    levels = [name.split("_")[1].split(".")[0] for name in measurements if name.startswith("calibration.coverage_")]
    first = next(m for name, m in measurements.items() if name.startswith("calibration.coverage_"))
    print_table(
        f"Coverage on {first.subjects} test persons, {first.sequences} sequences (synthetic; 95 % interval over persons)",
        ("wanted", "interval before", "interval after", "conformal region"),
        (
            (
                f"{level} %",
                cell(f"calibration.coverage_{level}.before"),
                cell(f"calibration.coverage_{level}.after"),
                cell(f"calibration.region_coverage_{level}.after"),
            )
            for level in dict.fromkeys(levels)
        ),
    )


class Update(Protocol):
    """The callback through which long work reports its progress."""

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Report that ``done`` of ``total`` is done; ``note`` stands where the rate would: ``loss 0.123, 85 samples/s``."""


@contextmanager
def progress_bar(label: str, shown: bool = True, log_every_s: float | None = None) -> Iterator[Update]:
    """Yield a callback ``(done, total, note="")`` that draws a bar with rate and remaining time on stderr.

    Args:
        label: what is counted.
        shown: false: nothing is drawn.
        log_every_s: when stderr is no terminal, print a plain line this often, and one at the end of work that took longer,
            for the log of a run of hours; None: nothing but errors is written to a log.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not (shown and console.is_terminal),
        transient=True,
    )
    logged = shown and not console.is_terminal and log_every_s is not None
    printed_s = 0.0
    with bar:
        task = bar.add_task(label, total=None, note="")

        def update(done: int, total: int, note: str = "") -> None:
            nonlocal printed_s
            elapsed_s = bar.tasks[0].elapsed or 0.0
            rate = f"{done / elapsed_s:.1f}/s" if elapsed_s > 0 else ""
            bar.update(task, completed=done, total=total, note=note or rate)
            due = elapsed_s - printed_s >= (log_every_s or 0.0)
            if logged and (due or (done == total and printed_s > 0.0)):
                printed_s = elapsed_s
                typer.echo(f"{label} {done}/{total}  {note or rate}  {_times(elapsed_s, bar.tasks[0])}", err=True)

        yield update


def _times(elapsed_s: float, task: "Task") -> str:
    """Return the time gone and the time to go, which rich estimates from the last half minute."""
    left_s = task.time_remaining
    left = "unknown" if left_s is None else timedelta(seconds=round(left_s))
    return f"after {timedelta(seconds=round(elapsed_s))}, ETA {left}"
