"""The folder of the motion benchmark: ``motion.json``, a time line for each wrist, the body at the bottom of each squat."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from qleap_edge.comparison.motion.benchmark import MotionResult, Trace
from qleap_edge.comparison.motion.document import CountPart, RunRow
from qleap_edge.comparison.motion.squats import height_sigma
from qleap_edge.comparison.virtual_watch import IDEAL_DRAW
from qleap_edge.core.exercises import EXERCISE_ID, EXERCISES
from qleap_edge.core.frames import HOP_STEPS, MODEL_RATE_HZ, WINDOW_SECONDS
from qleap_edge.core.manifest import new_folder, stage_folder, write_stage_manifest
from qleap_edge.core.output_paths import require_replaceable
from qleap_edge.core.records import write_atomically
from qleap_edge.core.skeleton import PARENTS
from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.dataset.motion_capture import SIDES
from qleap_edge.metrics.pose import pelvis_height
from qleap_edge.metrics.uncertainty import Z_90
from qleap_edge.reporting.style import REAL, SYNTHETIC, rendered

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DOCUMENT_NAME = "motion.json"
STAGE = "benchmark_motion"

_BASELINE_COLOUR = "0.55"
# Fixed by id, so that a class has one colour in every picture.
_EXERCISE_COLOURS = (
    "#d1495b", "#edae49", "#7fb069", "#2a7f62", "#30638e", "#8d6a9f", "#9c6644", "#c9c9c9",
    "#5f9ea0", "#c51b7d", "#b8a000", "#6baed6", "#e6550d", "#54278f", "#b5cf6b", "#7f7f7f",
)  # fmt: skip
_LABEL_COLOURS = ("#e9ecef", "#ced4da")


def check_out(out: Path) -> None:
    """Refuse a folder whose replacement would destroy anything but a result of this benchmark.

    Raises:
        UsageError: ``out`` holds something else.
    """
    require_replaceable(out, stage_folder(STAGE))


def write_motion(result: MotionResult, out: Path, inputs: dict[str, Path]) -> None:
    """Write a finished benchmark; equal inputs give equal bytes.

    Args:
        result: the benchmark.
        out: folder to make; an earlier result in it is replaced.
        inputs: name → path of the trial and of the model.

    Raises:
        UsageError: ``out`` holds something else.
        InputDataError: the disk is full.
    """
    check_out(out)
    images = draw_all(result)
    with new_folder(out, stage_folder(STAGE)) as building:
        result.document.write(building / DOCUMENT_NAME)
        for name, data in images.items():
            write_atomically(building / name, data)
        config = {"draws": result.document.draws, "sensor": result.document.sensor}
        write_stage_manifest(building, stage=STAGE, inputs=inputs, config=config, seed=result.document.seed)


def draw_all(result: MotionResult) -> dict[str, bytes]:
    """Return file name → PNG; equal numbers give equal bytes with the same matplotlib."""
    drawings: dict[str, Callable[[], Figure]] = {
        f"{side}.png": lambda side=side: _time_line(result, side)  # type: ignore[misc]
        for side in SIDES
    }
    if result.document.trial.squats:
        drawings["bottoms.png"] = lambda: _bottoms(result)
    return rendered(drawings)


def _of(result: MotionResult, side: str) -> tuple[list[RunRow], list[Trace]]:
    pairs = [
        (run, trace) for run, trace in zip(result.document.runs, result.traces, strict=True)
        if run.wrist == side and run.draw != IDEAL_DRAW
    ]  # fmt: skip
    return [run for run, _ in pairs], [trace for _, trace in pairs]


def _time_line(result: MotionResult, side: str) -> "Figure":
    from matplotlib.figure import Figure

    runs, traces = _of(result, side)
    figure = Figure(figsize=(13.0, 6.4), layout="constrained")
    labels, classes, drop = figure.subplots(
        3, 1, sharex=True, height_ratios=(0.5, 1.0 + 0.18 * min(len(runs), 20), 5.0)
    )
    first = traces[0]
    _label_band(labels, first)
    _class_rows(classes, runs, traces)
    _drop(drop, traces, runs[0].count)
    drop.set_xlim(0.0, float(first.truth.time_s[-1]))
    drop.set_xlabel("time in the trial (s)")
    figure.suptitle(
        f"{result.document.trial.file}, {side} wrist, {result.document.model.kind} {result.document.model.name}: "
        f"{len(runs)} drawn watches (strong: the first)",
        fontsize=11,
    )
    handles: dict[str, Any] = {}
    for axis in (classes, drop):
        for handle, name in zip(*axis.get_legend_handles_labels(), strict=True):
            handles.setdefault(name, handle)
    figure.legend(list(handles.values()), list(handles), loc="outside lower center", ncols=7)
    return figure


def _label_band(axis: "Axes", trace: Trace) -> None:
    truth = trace.truth
    edges = [0, *(np.flatnonzero(np.diff(truth.action)) + 1).tolist(), len(truth.action)]
    for number, (begin, stop) in enumerate(pairwise(edges)):
        start, end = truth.time_s[begin], truth.time_s[stop - 1]
        axis.axvspan(start, end, color=_LABEL_COLOURS[number % 2], linewidth=0)
        axis.text(0.5 * (start + end), 0.5, truth.names[truth.action[begin]], ha="center", va="center", fontsize=8)
    axis.set_ylim(0.0, 1.0)
    axis.set_yticks([0.5], ["human label"])
    axis.grid(False)


def _class_rows(axis: "Axes", runs: list[RunRow], traces: list[Trace]) -> None:
    """Draw one row for each watch: the class of each window at its newest 0.2 s, as an app shows it live."""
    width = HOP_STEPS / MODEL_RATE_HZ
    for row, (run, trace) in enumerate(zip(runs, traces, strict=True)):
        end = trace.truth.time_s[trace.truth.first] + WINDOW_SECONDS
        for index in np.unique(trace.exercise).tolist():
            at = end[trace.exercise == index] - width
            axis.broken_barh(
                [(float(start), width) for start in at], (row - 0.42, 0.84),
                facecolors=_EXERCISE_COLOURS[index], label=f"predicts {EXERCISES[index]}",
            )  # fmt: skip
        unsure = (trace.exercise == EXERCISE_ID["squat"]) & ~trace.squat
        if unsure.any():  # the model abstains: the class is for diagnostics only
            axis.plot(
                end[unsure] - 0.5 * width, np.full(unsure.sum(), row), ".", color="k", markersize=2, label="not sure"
            )
        axis.text(0.2, row, f"watch {run.draw}", va="center", fontsize=7)
    axis.set_ylim(len(runs) - 0.5, -0.5)
    axis.set_yticks([0.5 * (len(runs) - 1)], ["class, live"])
    axis.grid(False)


def _drop(axis: "Axes", traces: list[Trace], count: CountPart) -> None:
    truth, first = traces[0].truth, traces[0]
    stand = float(np.percentile(pelvis_height(truth.pose), 95.0))  # one zero for all curves: straight legs

    def fall(height: Float[np.ndarray, " steps"]) -> Float[np.ndarray, " steps"]:
        return np.asarray((stand - height) * MM_PER_BODY_HEIGHT)

    for trace in traces[1:]:
        axis.plot(
            trace.truth.time_s, fall(pelvis_height(trace.average.pose())), color=SYNTHETIC, linewidth=0.6, alpha=0.4
        )
    predicted, sigma = (
        fall(pelvis_height(first.average.pose())),
        height_sigma(first.average.sigma()) * MM_PER_BODY_HEIGHT,
    )
    axis.fill_between(
        truth.time_s,
        predicted - Z_90 * sigma,
        predicted + Z_90 * sigma,
        color=SYNTHETIC,
        alpha=0.18,
        linewidth=0,
        label="± 1.645 σ",
    )
    axis.plot(truth.time_s, predicted, color=SYNTHETIC, label="predicted (mean of all windows)")
    axis.plot(truth.time_s, fall(pelvis_height(truth.pose)), color=REAL, linewidth=1.8, label="true")
    mean = float(fall(pelvis_height(first.baseline[None]))[0])
    axis.axhline(mean, color=_BASELINE_COLOUR, linestyle="--", label="mean training pose")
    for number, (_, bottom, _) in enumerate(truth.repetitions):
        axis.axvline(
            truth.time_s[bottom], color=REAL, linewidth=0.8, linestyle=":", label=None if number else "true bottom"
        )
    at = np.array(count.bottoms_s)
    if len(at):
        axis.plot(
            at,
            np.interp(at, truth.time_s, predicted),
            "v",
            color="k",
            markersize=6,
            label="counted as a squat (first watch)",
        )
    axis.invert_yaxis()
    axis.set_ylabel("pelvis below its height on straight legs,\nabove the ankles (mm at 1.75 m)")


def _bottoms(result: MotionResult) -> "Figure":
    """Draw the body at the bottom of each true squat, seen from its right and from behind."""
    from matplotlib.figure import Figure

    squats = result.traces[0].truth.repetitions
    figure = Figure(figsize=(2.0 + 2.6 * len(squats) * 2, 6.4), layout="constrained")
    grid = figure.subplots(2, 2 * len(squats), squeeze=False)
    for row, side in enumerate(SIDES):
        _, traces = _of(result, side)
        for number, (_, bottom, _) in enumerate(squats):
            for view, (axis_index, name) in enumerate(((0, "from its right"), (1, "from behind"))):
                axis = grid[row, 2 * number + view]
                sign = -1.0 if axis_index == 1 else 1.0  # seen from behind, the left side is on the left
                for pose, colour, width, label in (
                    (traces[0].baseline, _BASELINE_COLOUR, 1.0, "mean training pose"),
                    (traces[0].average.pose()[bottom], SYNTHETIC, 1.8, "predicted (first watch)"),
                    (traces[0].truth.pose[bottom], REAL, 1.8, "true"),
                ):
                    _stick(axis, pose, axis_index, sign, colour, width, label)
                axis.set_title(f"{side} wrist, squat {number + 1}, {name}", fontsize=8)
                axis.set_aspect("equal")
                axis.set_axis_off()
    handles = dict(zip(*reversed(grid[0, 0].get_legend_handles_labels()), strict=True))
    figure.legend(list(handles.values()), list(handles), loc="outside lower center", ncols=3)
    figure.suptitle(
        "Bottom of each true squat, pelvis on pelvis (trunk and head points of the trial are biased)", fontsize=10
    )
    return figure


def _stick(
    axis: "Axes", pose: Float[np.ndarray, "17 3"], across: int, sign: float, colour: str, width: float, label: str
) -> None:
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            pair = pose[[parent, joint]]
            name = label if joint == 1 else None
            axis.plot(sign * pair[:, across], pair[:, 2], color=colour, linewidth=width, label=name)
