"""The motion benchmark as tables of text."""

from collections.abc import Iterable, Sequence

import numpy as np

from qleap_edge.comparison.motion.aggregate import figure_name
from qleap_edge.comparison.motion.document import (
    WRISTS,
    ClassRow,
    FigureRow,
    MotionBenchmark,
    RunRow,
    SquatRow,
    View,
    Wrist,
)
from qleap_edge.comparison.virtual_watch import IDEAL_DRAW
from qleap_edge.reporting.tables import DASH, Table, number


def all_tables(found: MotionBenchmark) -> list[Table]:
    """Return every table in the order in which they are printed."""
    tables = [trial_table(found), position_table(found), class_table(found)]
    if found.trial.squats:
        tables.append(squat_table(found))
    return [*tables, count_table(found), check_table(found)]


def summary(found: MotionBenchmark) -> str:
    """Return the most important results in a few sentences."""
    short = [f"{row.name} ({row.wrist})" for row in found.checks if row.verdict == "short"]
    known = sum(row.verdict != "unmeasured" for row in found.checks)
    text = f"{known - len(short)} of {known} measured bounds are kept by the worst of {found.draws} devices"
    text += f"; short: {', '.join(short)}." if short else "."
    if found.model.untrained_labels:
        text += f" Not in training: the exercise of {', '.join(found.model.untrained_labels)}."
    ceiling = sorted({run.count.with_truth for run in found.runs})
    if ceiling != [found.trial.squats]:
        counted = " or ".join(str(count) for count in ceiling)
        text += f" On the true pose and class the counter counts {counted}, where {found.trial.squats} happened."
    return f"{text} {found.notes[0]}"


def trial_table(found: MotionBenchmark) -> Table:
    """Return the model, the trial, the watches and the baseline."""
    model, trial = found.model, found.trial
    labels = ", ".join(f"{row.name} {row.seconds:.1f} s" for row in trial.labels)
    return Table(
        "Real motion, virtual watch",
        ("what", "value"),
        (
            ("model", f"{model.kind} {model.name}, sha256 {model.sha256[:12]}, grade {model.grade or DASH}"),
            ("trial", f"{trial.file}, {trial.seconds:.2f} s, {trial.squats} squats, {trial.stature_m:.2f} m"),
            ("labels", labels),
            ("watch", f"{found.sensor}, {found.draws} devices a wrist, seed {found.seed}, and an ideal one"),
            ("baseline", model.baseline),
            ("sigma", model.sigma),
        ),
    )


def position_table(found: MotionBenchmark) -> Table:
    """Return MPJPE-13 by label: mean (range over the devices), the mean pose beside it, and coverage."""
    views: tuple[View, ...] = ("overlap_mean", "newest")
    rows = []
    for label in (None, *(row.name for row in found.trial.labels)):
        cells = [label or "whole trial"]
        for view in views:
            sides = [figure(found, wrist, figure_name("mpjpe_13", view, label)) for wrist in WRISTS]
            cells += [*(_ranged(side) for side in sides), _baseline(sides)]
        sides = [figure(found, wrist, figure_name("mpjpe_13_file_root", "overlap_mean", label)) for wrist in WRISTS]
        cells.append(" / ".join([*(_middle(side, 0) for side in sides), _baseline(sides)]))
        sides = [figure(found, wrist, figure_name("coverage_90", "overlap_mean", label)) for wrist in WRISTS]
        cells.append(" / ".join(_middle(side, 2) for side in sides))
        rows.append(tuple(cells))
    columns = [name for word in ("averaged", "live") for name in (f"left, {word}", f"right, {word}", "mean pose")]
    return Table(
        "MPJPE-13 (mm at 1.75 m), both centred between the hips; last: centred on the file's root; inside 90 % of sigma",
        ("label", *columns, "file's root: l / r / mean", "in 90 %: l / r"),
        tuple(rows),
    )


def _middle(row: FigureRow | None, digits: int) -> str:
    return DASH if row is None or row.mean is None else f"{row.mean:.{digits}f}"


def _baseline(rows: Sequence[FigureRow | None]) -> str:
    known = [row.baseline for row in rows if row is not None and row.baseline is not None]
    return f"{np.mean(known):.0f}" if known else DASH


def class_table(found: MotionBenchmark) -> Table:
    """Return the predicted classes of the windows of each label, mean over devices."""
    rows = [
        _class_cells(label.name, wrist, mine)
        for label in found.trial.labels
        for wrist in WRISTS
        if (mine := [row for run in _drawn(found, wrist) for row in run.classes if row.label == label.name])
    ]
    for wrist in WRISTS:
        elsewhere = figure(found, wrist, "called_squat_elsewhere")
        if elsewhere is not None and elsewhere.mean is not None:
            rows.append(("all but Squat", wrist, "", f"squat {elsewhere.mean:.1%}", DASH, DASH, DASH))
    constant = next((row.baseline for row in found.figures if row.name == "class_accuracy"), None)
    beside = (
        "" if constant is None else f"; the best constant answer is right in {constant:.0%} of those with an exercise"
    )
    return Table(
        f"Class of the windows by human label (majority){beside}",
        ("label", "wrist", "windows", "predicted", "exercise", "right", "not sure"),
        tuple(rows),
    )


def _class_cells(label: str, wrist: str, mine: list[ClassRow]) -> tuple[str, ...]:
    names = dict.fromkeys(name for row in mine for name in row.predicted)
    shares = {name: float(np.mean([row.predicted.get(name, 0.0) for row in mine])) for name in names}
    rights = [row.right for row in mine if row.right is not None]
    unsure = [row.abstained for row in mine if row.abstained is not None]
    return (
        label,
        wrist,
        str(mine[0].windows),
        ", ".join(f"{name} {share:.0%}" for name, share in sorted(shares.items(), key=lambda item: -item[1])),
        mine[0].exercise or DASH,
        f"{np.mean(rights):.0%} ({min(rights):.0%}–{max(rights):.0%})" if rights else DASH,
        f"{np.mean(unsure):.0%}" if unsure else DASH,
    )


def squat_table(found: MotionBenchmark) -> Table:
    """Return each true squat beside its predicted and its counted depth."""
    rows = []
    for wrist in WRISTS:
        runs = _drawn(found, wrist)
        for index in range(max((len(run.squats) for run in runs), default=0)):
            mine = [run.squats[index] for run in runs if index < len(run.squats)]
            first = mine[0]
            rows.append(
                (
                    f"{first.bottom_s:.2f} s",
                    wrist,
                    f"{first.depth_mm:.0f}",
                    _mean(mine, "predicted_depth_mm"),
                    _over(mine, "depth_error_mm"),
                    f"{first.baseline_depth_error_mm:.0f}",
                    _mean(mine, "depth_sigma_mm"),
                    f"{sum(row.inside_90 for row in mine)} of {len(mine)}",
                    f"{sum(row.counted for row in mine)} of {len(mine)}",
                    _mean(mine, "counted_depth_mm"),
                    _mean(mine, "bottom_error_s", 2),
                    f"{first.knee_deg:.0f}",
                    _over(mine, "knee_error_deg"),
                    f"{first.baseline_knee_error_deg:.0f}",
                )
            )
    columns = (
        "bottom wrist depth predicted error mean_pose sigma in_90_% counted its_depth late_(s) knee error mean_pose"
    )
    return Table(
        "True squats: fall of the pelvis to the ankles (mm at 1.75 m), knee flexion at the bottom (degrees)",
        tuple(name.replace("_", " ") for name in columns.split()),
        tuple(rows),
    )


def count_table(found: MotionBenchmark) -> Table:
    """Return the counts over the whole trial, one for each device."""
    rows = []
    for wrist in WRISTS:
        counts = [run.count for run in _drawn(found, wrist)]
        ideal = next((run for run in found.runs if run.wrist == wrist and run.draw == IDEAL_DRAW), None)
        rows.append(
            (
                wrist,
                str(found.trial.squats),
                _list(count.counted for count in counts),
                _list(count.found for count in counts),
                _list(count.extra for count in counts),
                DASH if ideal is None else str(ideal.count.counted),
                "0",
                _list(sorted({count.with_truth for count in counts})),
            )
        )
    return Table(
        "Squats counted in the whole trial, one number a device",
        ("wrist", "true", "counted", "of them true", "extra", "ideal sensor", "mean pose", "with true pose and class"),
        tuple(rows),
    )


def check_table(found: MotionBenchmark) -> Table:
    """Return every bound with its verdict."""
    return Table(
        "Bounds on real squats, worst device",
        ("what", "wrist", "value", "unit", "bound", "verdict"),
        tuple((row.name, row.wrist, number(row.value), row.unit, row.bound, row.verdict) for row in found.checks),
    )


def figure(found: MotionBenchmark, wrist: Wrist, name: str) -> FigureRow | None:
    """Return one figure of one wrist, or None if it cannot be measured on the trial."""
    return next((row for row in found.figures if row.wrist == wrist and row.name == name), None)


def _drawn(found: MotionBenchmark, wrist: Wrist) -> list[RunRow]:
    return [run for run in found.runs if run.wrist == wrist and run.draw != IDEAL_DRAW]


def _ranged(row: FigureRow | None) -> str:
    if row is None or row.mean is None or row.low is None or row.high is None:
        return DASH
    return f"{row.mean:.0f} ({row.low:.0f}–{row.high:.0f})"


def _mean(rows: Sequence[SquatRow], name: str, digits: int = 0) -> str:
    values = [float(value) for row in rows if (value := getattr(row, name)) is not None]
    return f"{np.mean(values):.{digits}f}" if values else DASH


def _over(rows: Sequence[SquatRow], name: str) -> str:
    values = [float(getattr(row, name)) for row in rows]
    return f"{np.mean(values):.0f} ({min(values):.0f}…{max(values):.0f})"


def _list(values: Iterable[int]) -> str:
    return " ".join(str(value) for value in values)
