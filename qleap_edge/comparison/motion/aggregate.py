"""Figures over all virtual watches of a wrist, and the verdict on each bound."""

from collections.abc import Callable

import numpy as np

from qleap_edge.comparison.motion.document import VIEWS, WRISTS, CheckRow, FigureRow, RunRow, View, Wrist
from qleap_edge.comparison.motion.scores import best_constant_accuracy
from qleap_edge.comparison.virtual_watch import IDEAL_DRAW
from qleap_edge.dataset.report.real import SQUAT_LABEL

LEAST_SQUAT_SHARE = 0.8  # of the windows labelled squat that are predicted as squat
MOST_DEPTH_ERROR_MM = 120.0  # of any true squat

_MEAN_POSE, _CONSTANT = "mean training pose", "best constant answer"
RunFigure = Callable[[RunRow], float | None]
"""The value of a figure in one run; None where the run does not have it."""


def figure_rows(runs: tuple[RunRow, ...]) -> tuple[FigureRow, ...]:
    """Return every figure of every wrist: mean and range over the drawn devices, the ideal sensor, the baseline."""
    labels = dict.fromkeys(row.label for run in runs for row in run.positions if row.label is not None)
    rows: list[FigureRow] = []
    for wrist in _wrists(runs):
        mine = [run for run in runs if run.wrist == wrist]
        for view in VIEWS:
            rows += [_position(mine, wrist, view, label) for label in (None, *labels)]
        rows += [_position(mine, wrist, "overlap_mean", label, "file_root_") for label in (None, *labels)]
        rows += [_coverage(mine, wrist, label) for label in (None, *labels)]
        rows += [_class_figure(mine, wrist, label) for label in labels if _right(label)(mine[0]) is not None]
        constant = best_constant_accuracy(list(mine[0].classes))
        if constant is not None:
            rows.append(_row(mine, wrist, "class_accuracy", "1", lambda r: r.class_accuracy, constant, _CONSTANT))
            rows.append(_row(mine, wrist, "called_squat_elsewhere", "1", lambda r: r.squat_elsewhere, None, ""))
        rows += _squat_figures(mine, wrist)
    return tuple(rows)


def figure_name(kind: str, view: View, label: str | None) -> str:
    """Return the name of a figure of positions."""
    return f"{kind}.{view}" + ("" if label is None else f".{label}")


def _position(runs: list[RunRow], wrist: Wrist, view: View, label: str | None, root: str = "") -> FigureRow:
    baselines = [value for run in runs if (value := _of(view, label, f"{root}baseline_mm")(run)) is not None]
    baseline = float(np.mean(baselines)) if baselines else None
    name = figure_name("mpjpe_13_file_root" if root else "mpjpe_13", view, label)
    return _row(runs, wrist, name, "mm", _of(view, label, f"{root}error_mm"), baseline, _MEAN_POSE)


def _coverage(runs: list[RunRow], wrist: Wrist, label: str | None) -> FigureRow:
    name = figure_name("coverage_90", "overlap_mean", label)
    return _row(runs, wrist, name, "1", _of("overlap_mean", label, "coverage_90"), None, "")


def _of(view: View, label: str | None, name: str) -> RunFigure:
    def read(run: RunRow) -> float | None:
        rows = [row for row in run.positions if row.view == view and row.label == label]
        return float(getattr(rows[0], name)) if rows else None

    return read


def _right(label: str) -> RunFigure:
    def read(run: RunRow) -> float | None:
        return next((row.right for row in run.classes if row.label == label), None)

    return read


def _class_figure(runs: list[RunRow], wrist: Wrist, label: str) -> FigureRow:
    return _row(runs, wrist, f"class_right.{label}", "1", _right(label), None, "")


def _squat_figures(runs: list[RunRow], wrist: Wrist) -> list[FigureRow]:
    if not runs[0].count.true:
        return [
            _row(runs, wrist, "squats_counted", "count", lambda run: float(run.count.counted), 0.0, "none happened")
        ]

    def over(name: str, size: bool = True) -> RunFigure:
        def read(run: RunRow) -> float | None:
            values = [value for row in run.squats if (value := getattr(row, name)) is not None]
            return float(np.mean(np.abs(values) if size else values)) if values else None

        return read

    baseline_depth, baseline_knee = over("baseline_depth_error_mm")(runs[0]), over("baseline_knee_error_deg")(runs[0])
    return [
        _row(runs, wrist, "squats_found", "count", lambda run: float(run.count.found), 0.0, _MEAN_POSE),
        _row(runs, wrist, "squats_counted", "count", lambda run: float(run.count.counted), 0.0, _MEAN_POSE),
        _row(runs, wrist, "depth_error", "mm", over("depth_error_mm"), baseline_depth, _MEAN_POSE),
        _row(runs, wrist, "depth_inside_90", "1", over("inside_90"), None, ""),
        _row(runs, wrist, "knee_error_at_bottom", "deg", over("knee_error_deg"), baseline_knee, _MEAN_POSE),
        _row(runs, wrist, "bottom_time_error", "s", over("bottom_error_s"), None, ""),
    ]


def _row(
    runs: list[RunRow], wrist: Wrist, name: str, unit: str, read: RunFigure, baseline: float | None, baseline_is: str
) -> FigureRow:
    values = [value for run in runs if run.draw != IDEAL_DRAW and (value := read(run)) is not None]
    return FigureRow(
        wrist=wrist,
        name=name,
        unit=unit,
        mean=float(np.mean(values)) if values else None,
        low=min(values, default=None),
        high=max(values, default=None),
        ideal=next((read(run) for run in runs if run.draw == IDEAL_DRAW), None),
        baseline=baseline,
        baseline_is="" if baseline is None else baseline_is,
    )


def check_rows(runs: tuple[RunRow, ...]) -> tuple[CheckRow, ...]:
    """Return the bounds that a model must hold on real motion, each judged by the worst drawn device of each wrist."""
    rows: list[CheckRow] = []
    for wrist in _wrists(runs):
        drawn = [run for run in runs if run.wrist == wrist and run.draw != IDEAL_DRAW]
        true = drawn[0].count.true
        squats = [row for run in drawn for row in run.squats]
        depth = max((abs(row.depth_error_mm) for row in squats), default=None)
        shares = [
            row.right for run in drawn for row in run.classes if row.label == SQUAT_LABEL and row.right is not None
        ]
        least = min(shares, default=None)
        found = float(min(run.count.found for run in drawn)) if true else None
        off = max((float(run.count.counted) for run in drawn), key=lambda counted: abs(counted - true))
        rows += [
            _check(wrist, "true squats found", found, "count", f"= {true}", found == true),
            _check(wrist, "repetitions counted", off, "count", f"= {true}", off == true),
            _check(
                wrist,
                "squat windows called squat",
                least,
                "1",
                f">= {LEAST_SQUAT_SHARE:g}",
                least is not None and least >= LEAST_SQUAT_SHARE,
            ),
            _check(
                wrist,
                "largest depth error",
                depth,
                "mm",
                f"<= {MOST_DEPTH_ERROR_MM:g}",
                depth is not None and depth <= MOST_DEPTH_ERROR_MM,
            ),
        ]
    return tuple(rows)


def _check(wrist: Wrist, name: str, value: float | None, unit: str, bound: str, kept: bool) -> CheckRow:
    return CheckRow(
        wrist=wrist,
        name=name,
        value=value,
        unit=unit,
        bound=bound,
        verdict="unmeasured" if value is None else "ok" if kept else "short",
    )


def _wrists(runs: tuple[RunRow, ...]) -> list[Wrist]:
    return [side for side in WRISTS if any(run.wrist == side for run in runs)]
