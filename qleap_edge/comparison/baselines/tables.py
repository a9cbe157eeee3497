"""``baselines.json`` as tables of text."""

from collections.abc import Sequence
from typing import NamedTuple

from qleap_edge.comparison.baselines.document import BaselinesDocument, NetworkResult
from qleap_edge.core.exercises import EXERCISES
from qleap_edge.evaluation.document import Estimate, PoseRow
from qleap_edge.evaluation.groups import ALL, FREE, SQUAT, TIED
from qleap_edge.reporting.tables import DASH, Table


class _Column(NamedTuple):
    of: str
    figure: str
    heading: str
    digits: int


_POSITION = (
    _Column(ALL, "mpjpe", "all windows", 1),
    _Column(SQUAT, "mpjpe", "squats", 1),
    _Column(TIED, "mpjpe", "squats, arms tied", 1),
    _Column(FREE, "mpjpe", "squats, arms free", 1),
)
_REST = (
    _Column(ALL, "pa_mpjpe", "PA-MPJPE mm", 1),
    _Column(ALL, "knee_mae", "knee flexion °", 1),
    _Column(ALL, "nll", "NLL nat", 2),
    _Column(ALL, "coverage_90", "in raw 90 %", 3),
)
_CLASSES = (_Column(ALL, "exercise_accuracy", "exercise", 3), _Column(ALL, "form_mae", "form MAE", 3))
_COMPARED = (ALL, *EXERCISES, TIED, FREE)  # single postures stay in the document


def all_tables(found: BaselinesDocument) -> list[Table]:
    """Return every table in the order in which they are printed."""
    of = f"{found.subjects} test persons, {found.sequences} sequences, {found.windows} windows"
    return [
        _pose_table(f"MPJPE mm; {of} (95 % over persons)", found, _POSITION),
        _pose_table("Shape, angle and uncertainty on all windows (95 % over persons)", found, _REST),
        class_table(found),
        comparison_table(found),
    ]


def summary(found: BaselinesDocument) -> str:
    """Return the most important result in one sentence."""
    everywhere = [row for row in found.comparisons if row.of == ALL]
    beaten = sum(row.verdict == "better" for row in everywhere)
    left = [f"{row.opponent} ({row.verdict})" for row in everywhere if row.verdict != "better"]
    text = f"{found.networks[0].training.network} is better than {beaten} of {len(everywhere)} on all windows"
    return f"{text}; not better than: {'; '.join(left)}." if left else f"{text}."


def _pose_table(title: str, found: BaselinesDocument, columns: Sequence[_Column]) -> Table:
    """Return one line for each trained network and each baseline without a sensor."""
    lines = [(_label(result, found), result.poses) for result in found.networks]
    lines += [(baseline.network, baseline.poses) for baseline in found.priors]
    headings = tuple(column.heading for column in columns)
    return Table(title, ("predictor", *headings), tuple((name, *_cells(poses, columns)) for name, poses in lines))


def class_table(found: BaselinesDocument) -> Table:
    """Return how well each network recognises classes, and what its training cost."""
    rows = []
    for result in found.networks:
        made, kappa = result.training, result.form_kappa
        agreement = DASH
        if kappa is not None and kappa.value is not None:
            agreement = _ranged(Estimate(value=kappa.value, interval=kappa.interval), 3)
        best, seconds = f"{made.best_epoch} of {made.epochs}", DASH if made.seconds is None else f"{made.seconds:,.0f}"
        cost = (f"{made.parameters:,}", f"{made.steps:,}", best, seconds)
        rows.append((_label(result, found), *_cells(result.poses, _CLASSES), agreement, *cost))
    for baseline in found.priors:
        cells = _cells(baseline.poses, _CLASSES)
        if set(cells) != {DASH}:
            rows.append((baseline.network, *cells, *[DASH] * 5))
    headings = tuple(column.heading for column in _CLASSES)
    columns = ("predictor", *headings, "form kappa", "parameters", "steps", "best epoch", "seconds")
    return Table("Classes, and what the networks cost", columns, tuple(rows))


def comparison_table(found: BaselinesDocument) -> Table:
    """Return the error of the product's network over that of every other predictor, by group of windows."""
    rows = tuple(
        (row.of, row.opponent, _ranged(row.ratio, 3), row.verdict) for row in found.comparisons if row.of in _COMPARED
    )
    title = f"MPJPE of {found.networks[0].training.network} over that of the others (paired, 95 % over persons)"
    return Table(title, ("windows", "other", "ratio", "verdict"), rows)


def _label(result: NetworkResult, found: BaselinesDocument) -> str:
    seed = f", seed {result.training.seed}" if len(found.seeds) > 1 else ""
    return f"{result.training.network}{seed}"


def _cells(poses: Sequence[PoseRow], columns: Sequence[_Column]) -> list[str]:
    figures = {row.of: row.figures for row in poses}
    cells = []
    for column in columns:
        estimate = figures[column.of].get(column.figure) if column.of in figures else None
        cells.append(DASH if estimate is None else _ranged(estimate, column.digits))
    return cells


def _ranged(estimate: Estimate, digits: int) -> str:
    if estimate.interval is None:
        return f"{estimate.value:.{digits}f}"
    low, high = estimate.interval
    return f"{estimate.value:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"
