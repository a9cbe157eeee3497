"""A session as CSV: one row a repetition, one column a figure, the unit at the end of the column's name.

RFC 4180 with a header, in UTF-8 without a byte order mark; every text in it is ASCII, so that spreadsheets that expect
another encoding show the same. A decimal is written with a point, as the shortest text that reads back to the same number.
A value that the session does not have is an empty cell.
"""

import csv
import io
from collections.abc import Iterator

from qleap_edge.analysis.alerts import Answer
from qleap_edge.analysis.export.measures import REPETITION_MEASURES
from qleap_edge.analysis.session_document import DepthMeasure, Measure, RepetitionResult, SessionReport, SetResult
from qleap_edge.core.output_paths import marked_file

Cell = str | float | int | bool | None
_MEASURE_PARTS = ("", "_low", "_high", "_source")
_BEFORE = ("set", "repetition", "exercise", "named_by", "exercise_probability", "start_s", "turn_s", "end_s", "partial")
_DEPTH = ("depth_bias_sd_m", "depth_spread_sd_m", "depth_by_reference", "network_depth_m")
_OF_SET = ("watch_arm_only", "alerts", "alerts_not_sure", "disagreements")
_OF_SESSION = ("grade", "recording_sha256")

COLUMNS: tuple[str, ...] = (
    *_BEFORE,
    *(f"{one.field}{part}" for one in REPETITION_MEASURES for part in _MEASURE_PARTS),
    *_DEPTH,
    *(f"velocity_loss_percent{part}" for part in _MEASURE_PARTS),
    *_OF_SET,
    *_OF_SESSION,
)
"""Names of the columns; ``_low`` and ``_high`` are the ends of the 90 % interval."""
CSV_FILE = marked_file("an earlier CSV export", b"set,repetition,exercise,named_by,", b",range_of_motion_m_low,")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_text(report: SessionReport) -> str:
    """Return the table: a header, then one row for each repetition of each set."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in _rows(report):
        writer.writerow([_text(cell) for cell in row])
    return out.getvalue()


def _rows(report: SessionReport) -> Iterator[tuple[Cell, ...]]:
    for set_number, one in enumerate(report.sets, start=1):
        for number, repetition in enumerate(one.repetitions, start=1):
            exercise = one.exercise
            yield (
                set_number,
                number,
                exercise.name,
                exercise.named_by,
                exercise.probability,
                repetition.start_s,
                repetition.turn_s,
                repetition.end_s,
                repetition.partial,
                *(cell for each in REPETITION_MEASURES for cell in _measure(getattr(repetition, each.field))),
                *_depth(repetition),
                *_measure(one.velocity_loss_percent),
                one.watch_arm_only,
                _alerts(one, number, "alert"),
                _alerts(one, number, "not sure"),
                _disagreements(one, number),
                report.grade,
                report.recording_sha256,
            )


def _measure(measure: Measure | None) -> tuple[Cell, ...]:
    return (None,) * 4 if measure is None else (measure.value, measure.low, measure.high, measure.source)


def _depth(repetition: RepetitionResult) -> tuple[Cell, ...]:
    depth: DepthMeasure | None = repetition.depth_m
    parts = (None,) * 3 if depth is None else (depth.bias_sd, depth.spread_sd, depth.by_reference)
    return (*parts, repetition.network_depth_m)


def _alerts(one: SetResult, number: int, answer: Answer) -> str:
    """Return the rules that give this answer about a repetition or its whole set, e.g. ``short_repetition``."""
    return " ".join(
        rule.name
        for rule in one.alerts
        if (rule.answers[0] if rule.name == "velocity_loss" else rule.answers[number - 1]) == answer
    )


def _disagreements(one: SetResult, number: int) -> str:
    """Return what physics and the network differ in about this repetition or its whole set, e.g. ``depth exercise``."""
    return " ".join(sorted({item.about for item in one.disagreements if item.repetition in (None, number)}))


def _text(cell: Cell) -> str:
    """Return the text of a cell; a text that a spreadsheet would take for a formula gets an apostrophe before it.

    Source: OWASP, CSV Injection. Numbers keep their minus sign: they are no text.
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
    return repr(cell)
