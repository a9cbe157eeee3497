"""The evaluation's figures as PNG bytes: equal numbers give equal bytes with the same matplotlib."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from qleap_edge.evaluation.document import Confusion, Estimate, EvaluationDocument
from qleap_edge.evaluation.evaluate import Evaluation
from qleap_edge.evaluation.frame_metrics import JOINTS
from qleap_edge.evaluation.groups import ALL, SQUAT
from qleap_edge.evaluation.qualitative_plots import draw_example, examples
from qleap_edge.evaluation.rows import Rows
from qleap_edge.evaluation.window_metrics import Mode, Predictor
from qleap_edge.reporting.style import REAL, SYNTHETIC, WATCH, rendered, shared_legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_all(evaluation: Evaluation, history: Sequence[Mapping[str, float]]) -> dict[str, bytes]:
    """Return file name → PNG of every figure that has numbers, in the order of the page.

    Args:
        evaluation: the numbers, and the averaged poses that examples are taken from.
        history: one row for each epoch of the training; empty for a saved package.
    """
    document = evaluation.document
    drawings: dict[str, Callable[[], Figure]] = {}
    if history:
        drawings["training.png"] = lambda: _training(history)
    drawings["groups.png"] = lambda: _groups(document)
    drawings["joints.png"] = lambda: _joints(document)
    for confusion in document.confusions:
        drawings[f"confusion_{confusion.of}.png"] = lambda confusion=confusion: _confusion(confusion)  # type: ignore[misc]
    for example in examples(evaluation.truth, evaluation.averages["window"]):
        name = f"poses_{example.name.replace('/', '_')}.png"
        drawings[name] = lambda example=example: draw_example(example)  # type: ignore[misc]
    return rendered(drawings)


def _training(history: Sequence[Mapping[str, float]]) -> "Figure":
    """Draw every term of the loss by epoch, training and validation in one axis."""
    from matplotlib.figure import Figure

    epochs = [row["epoch"] for row in history]
    terms: dict[str, dict[str, str]] = {}
    for key in history[-1]:
        part, _, term = key.partition("_")
        if part in ("train", "validation") and all(key in row for row in history):
            terms.setdefault(term, {})[part] = key
    order = sorted(terms, key=lambda term: (term != "loss", term))
    columns = min(3, len(order))
    lines = -(-len(order) // columns)
    figure = Figure(figsize=(3.6 * columns, 2.7 * lines), layout="constrained")
    axes = figure.subplots(lines, columns, squeeze=False).ravel()
    for axis, term in zip(axes, order, strict=False):
        for part, colour in (("train", SYNTHETIC), ("validation", REAL)):
            if part in terms[term]:
                values = [row[terms[term][part]] for row in history]
                axis.plot(epochs, values, color=colour, marker="." if len(epochs) < 40 else "", label=part)
        if term == "loss" and "validation" in terms[term]:
            best = int(np.argmin([row[terms[term]["validation"]] for row in history]))
            axis.axvline(epochs[best], color="0.4", linestyle=":", label="best epoch")
        axis.set_title(term.replace("_", " "))
        axis.set_xlabel("epoch")
        axis.xaxis.get_major_locator().set_params(integer=True)
    for axis in axes[len(order) :]:
        axis.set_visible(False)
    shared_legend(figure, 3)
    return figure


def _groups(document: EvaluationDocument) -> "Figure":
    """Draw MPJPE and σ by exercise, and of squats by what the arms do."""
    from matplotlib.figure import Figure

    poses = Rows(document.poses)
    exercises = [of for of in poses.groups() if "/" not in of]
    squats = [of for of in poses.groups() if of.startswith(f"{SQUAT}/")]
    figure = Figure(figsize=(11, 4.4), layout="constrained")
    shown = [groups for groups in (exercises, squats) if groups]
    axes = figure.subplots(1, len(shown), sharey=True, squeeze=False, width_ratios=[len(g) + 1 for g in shown]).ravel()
    for axis, groups in zip(axes, shown, strict=True):
        at = np.arange(len(groups), dtype=np.float64)
        bars: tuple[tuple[str, Mode, Predictor, str], ...] = (
            ("model, whole window", "window", "model", SYNTHETIC),
            ("model, newest frames", "newest", "model", WATCH),
            ("exercise mean", "window", "exercise_mean", "0.8"),
            ("mean trajectory at the true phase", "window", "phase_mean", "0.6"),
        )
        for number, (label, mode, predictor, colour) in enumerate(bars):
            found = [poses.estimate("mpjpe", of, mode, predictor) for of in groups]
            _bars(axis, at + 0.2 * (number - 1.5), found, colour, label)
        sigma = [poses.estimate("sigma", of) for of in groups]
        axis.plot(at, [s.value if s else np.nan for s in sigma], "D", color=REAL, ms=4, label="raw σ of a coordinate")
        axis.set_xticks(at, [of.removeprefix(f"{SQUAT}/").replace("_", " ") for of in groups], rotation=35, ha="right")
        axis.grid(axis="x", visible=False)
    axes[0].set_ylabel("MPJPE (mm at 1.75 m)")
    axes[0].set_title("By exercise")
    if squats:
        axes[1].set_title("Squats, by what the arms do")
    shared_legend(figure, 5)
    return figure


def _joints(document: EvaluationDocument) -> "Figure":
    from matplotlib.figure import Figure

    poses = Rows(document.poses)
    groups = [of for of in (ALL, SQUAT) if of in poses.groups()]
    figure = Figure(figsize=(11, 3.2 * len(groups)), layout="constrained")
    axes = figure.subplots(len(groups), 1, sharex=True, squeeze=False).ravel()
    at = np.arange(len(JOINTS), dtype=np.float64)
    bars: tuple[tuple[str, Mode, Predictor, str], ...] = (
        ("model, whole window", "window", "model", SYNTHETIC),
        ("model, newest frames", "newest", "model", WATCH),
        ("mean trajectory at the true phase", "window", "phase_mean", "0.6"),
        ("mean pose", "window", "mean_pose", "0.85"),
    )
    for axis, of in zip(axes, groups, strict=True):
        for number, (label, mode, predictor, colour) in enumerate(bars):
            found = [poses.estimate(f"joint.{joint}", of, mode, predictor) for joint in JOINTS]
            _bars(axis, at + 0.2 * (number - 1.5), found, colour, label)
        axis.set_title("All windows" if of == ALL else of.capitalize())
        axis.set_ylabel("error (mm at 1.75 m)")
        axis.grid(axis="x", visible=False)
    axes[-1].set_xticks(at, [joint.replace("_", "\n") for joint in JOINTS], fontsize=8)
    shared_legend(figure, 4)
    return figure


def _bars(axis: Any, at: np.ndarray, found: Sequence[Estimate | None], colour: str, label: str) -> None:
    """Draw estimates, with their intervals where they have one."""
    values = np.array([estimate.value if estimate else np.nan for estimate in found])
    intervals = [estimate.interval if estimate else None for estimate in found]
    ends = np.array([pair or (value, value) for pair, value in zip(intervals, values, strict=True)]).T
    axis.bar(at, values, 0.2, color=colour, label=label, yerr=np.abs(ends - values), error_kw={"lw": 0.7})


def _confusion(confusion: Confusion) -> "Figure":
    """Draw shares of the true class as colour, counts as text; exercises that are neither true nor predicted are left out."""
    from matplotlib.figure import Figure

    counts = np.array(confusion.counts)
    kept = np.flatnonzero(counts.sum(axis=0) + counts.sum(axis=1)) if confusion.of == "exercise" else np.arange(5)
    counts = counts[np.ix_(kept, kept)]
    labels = [confusion.labels[index].replace("_", " ") for index in kept]
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = Figure(figsize=(2.2 + 0.75 * len(labels), 1.6 + 0.6 * len(labels)), layout="constrained")
    axis = figure.subplots()
    axis.imshow(share, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
    for row, column in np.ndindex(*counts.shape):
        if counts[row, column]:
            colour = "white" if share[row, column] > 0.55 else "0.15"
            text = f"{100.0 * share[row, column]:.0f} %\n{counts[row, column]}"
            axis.text(column, row, text, ha="center", va="center", color=colour, fontsize=7.5)
    axis.set_xticks(range(len(labels)), labels)
    if confusion.of == "exercise":
        axis.tick_params(axis="x", rotation=25)
    axis.set_yticks(range(len(labels)), labels)
    axis.grid(visible=False)
    kind = "exercise" if confusion.of == "exercise" else "form score"
    axis.set_xlabel(f"predicted {kind}")
    axis.set_ylabel(f"true {kind}")
    axis.set_title(f"{kind.capitalize()}, {int(counts.sum())} windows: share of the true class")
    return figure
