"""The report's figures as PNG bytes: equal numbers give equal bytes with the same matplotlib."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from qleap_edge.core.exercises import CONTENTS, REGIMES
from qleap_edge.dataset.report import signal_plots
from qleap_edge.dataset.report.checks import LEAST_SCORE_SHARE, MOST_SLIDE_MM
from qleap_edge.dataset.report.document import DatasetReport
from qleap_edge.dataset.report.figures import FIGURE_INDEX
from qleap_edge.dataset.report.literature import SQUAT_BANDS
from qleap_edge.dataset.report.measures import ANGLE_COLUMNS, FORCE_EDGES, MARGIN_EDGES, Gathered
from qleap_edge.dataset.report.real import RealSquats
from qleap_edge.reporting.style import LITERATURE, REAL, REGIME_COLOURS, SYNTHETIC, rendered, shared_legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LEAST_SLIDE_MM = 1e-3  # smaller values are drawn here: a logarithmic axis has no zero


def draw_all(report: DatasetReport, gathered: Gathered, real: RealSquats | None) -> dict[str, bytes]:
    """Return file name → PNG of every figure that the dataset has numbers for, in the order of the page."""
    drawings: dict[str, Callable[[], Figure]] = {"counts.png": lambda: _counts(report)}
    if gathered.where("squat").any():
        drawings |= {
            "angles.png": lambda: _angles(gathered, real),
            "ground.png": lambda: _ground(gathered),
            "spectra.png": lambda: signal_plots.spectra(gathered, real),
        }
    drawings["slide.png"] = lambda: _slide(gathered)
    if report.gravity:
        drawings["gravity.png"] = lambda: _gravity(report)
    if gathered.repetitions:
        drawings["curves.png"] = lambda: signal_plots.curves(gathered, real)
    return rendered(drawings)


def _counts(report: DatasetReport) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    present = [name for name in CONTENTS if any(row.content == name for row in report.counts)]
    base = np.zeros(len(present))
    for regime in REGIMES:
        found = {row.content: row.sequences for row in report.counts if row.regime == regime}
        heights = np.array([found.get(name, 0) for name in present], dtype=np.float64)
        if heights.any():
            left.barh(present, heights, left=base, color=REGIME_COLOURS[regime], label=regime)
            base += heights
    left.invert_yaxis()
    left.set_xlabel("sequences")
    left.set_title("Sequences by content and regime")
    left.legend(loc="lower right")
    shares = [100.0 * row.share for row in report.scores]
    bars = right.bar([str(row.score) for row in report.scores], shares, color=SYNTHETIC)
    right.bar_label(bars, fmt="%.0f %%", padding=2)
    right.axhline(100.0 * LEAST_SCORE_SHARE, color="0.2", linestyle="--", label=f"least: {LEAST_SCORE_SHARE:.0%}")
    right.set_ylim(0.0, max(*shares, 20.0) * 1.25)
    right.set_xlabel("form score (4 is best)")
    right.set_ylabel("share of scored sequences (%)")
    right.set_title("Form scores")
    right.legend(loc="upper right")
    return figure


def _angles(gathered: Gathered, real: RealSquats | None) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 5.6), layout="constrained")
    axes = figure.subplots(2, 4).ravel()
    largest = gathered.sequences["angles"][gathered.where("squat")]
    for index, (axis, name) in enumerate(zip(axes, ANGLE_COLUMNS, strict=False)):
        marks = [float(real.angles[index])] if real is not None and index < len(real.angles) else []
        _histogram(axis, largest[:, index], name, marks)
        axis.set_xlabel(f"largest {name.replace('_', ' ')} (°)")
    if gathered.repetitions:
        column = FIGURE_INDEX["duration"]
        marks = [] if real is None else [float(value) for value in real.figures["left"][:, column]]
        _histogram(axes[-1], gathered.repetitions["figures"][:, column], "duration", marks)
    axes[-1].set_xlabel("duration of a repetition (s)")
    for axis in axes[::4]:
        axis.set_ylabel("count")
    shared_legend(figure, 3)
    return figure


def _histogram(axis: Any, values: np.ndarray, band_of: str, marks: list[float]) -> None:
    band = SQUAT_BANDS.get(band_of)
    known = values[np.isfinite(values)]
    if band is not None:
        axis.axvspan(band.low, band.high, color=LITERATURE, alpha=0.25, lw=0, label="published range")
    axis.hist(known, bins=30, color=SYNTHETIC, label="synthetic squats")
    for mark in marks:
        axis.axvline(mark, color=REAL, label="real person")
    low, high = min([*known, *marks]), max([*known, *marks])
    margin = 0.05 * (high - low) + 1e-3
    axis.set_xlim(low - margin, high + margin)  # the axis shows the data, not the whole range of the joint


def _ground(gathered: Gathered) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.6), layout="constrained")
    force, margin = figure.subplots(1, 2)
    for regime in REGIMES:
        chosen = gathered.where("squat", regime)
        if not chosen.any():
            continue
        label = f"{regime}, {int(chosen.sum())} sequences"
        for axis, name, edges in ((force, "force", FORCE_EDGES), (margin, "margin", 1000.0 * MARGIN_EDGES)):
            counts = gathered.sequences[f"{name}_histogram"][chosen].sum(axis=0)
            share = 100.0 * counts / max(1, counts.sum())
            axis.stairs(share, edges, color=REGIME_COLOURS[regime], fill=True, alpha=0.45, label=label)
    force.set_xlim(*_filled(gathered, "force", FORCE_EDGES))
    force.set_yscale("log")
    force.minorticks_off()
    force.axvline(1.0, color="0.2", linestyle="--", label="weight of body and load")
    force.set_xlabel("vertical ground force (multiples of weight)")
    force.set_title("Ground reaction in squats")
    margin.set_xlim(*_filled(gathered, "margin", 1000.0 * MARGIN_EDGES))
    margin.axvline(0.0, color="0.2", linestyle="--", label="edge of the feet")
    margin.set_xlabel("centre of pressure inside the feet's hull (mm)")
    margin.set_title("Centre of pressure in squats")
    for axis in (force, margin):
        axis.set_ylabel("share of frames (%)")
    shared_legend(figure, 4)
    return figure


def _filled(gathered: Gathered, name: str, edges: np.ndarray) -> tuple[float, float]:
    """Return the ends of the bins that hold frames of squats, zero among them, with a little room."""
    counts = gathered.sequences[f"{name}_histogram"][gathered.where("squat")].sum(axis=0)
    used = np.flatnonzero(counts)
    if len(used) == 0:
        return float(edges[0]), float(edges[-1])
    low, high = min(0.0, float(edges[used[0]])), max(0.0, float(edges[used[-1] + 1]))
    return low - 0.02 * (high - low), high + 0.02 * (high - low)


def _gravity(report: DatasetReport) -> "Figure":
    from matplotlib.figure import Figure

    names = [row.posture.replace("_", " ") for row in report.gravity]
    figure = Figure(figsize=(10, 1.2 + 0.22 * len(names)), layout="constrained")
    for axis, name, meaning in zip(
        figure.subplots(1, 3, sharey=True),
        "xyz",
        ("to the hand", "to the little finger", "out of the back of the hand"),
        strict=True,
    ):
        spreads = [getattr(row, name) for row in report.gravity]
        low, high = [one.low for one in spreads], [one.high for one in spreads]
        axis.hlines(names, low, high, color=SYNTHETIC, lw=4, alpha=0.45, label="1–99 %")
        axis.plot([one.median for one in spreads], names, "o", color=SYNTHETIC, ms=4, label="median")
        axis.axvline(0.0, color="0.2", lw=0.8)
        axis.set_xlim(-10.5, 10.5)
        axis.set_xlabel(f"{name}, {meaning} (m/s²)")
        axis.set_ylim(len(names) - 0.5, -0.5)
    shared_legend(figure, 2)
    return figure


def _slide(gathered: Gathered) -> "Figure":
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axis = figure.subplots()
    for regime in REGIMES:
        slide = 1000.0 * np.sort(gathered.sequences["slide_m"][gathered.where(regime=regime)])
        if len(slide) == 0:
            continue
        colour = REGIME_COLOURS[regime]
        share = 100.0 * np.arange(1, len(slide) + 1) / len(slide)
        axis.step(
            np.maximum(slide, _LEAST_SLIDE_MM), share, where="post", color=colour, label=f"{regime}, {len(slide)}"
        )
        axis.axvline(MOST_SLIDE_MM[regime], color=colour, linestyle="--", label=f"bound, {regime}")
    axis.set_xscale("log")
    axis.minorticks_off()
    axis.set_xlim(0.9 * _LEAST_SLIDE_MM, 100.0)
    axis.set_ylim(0.0, 102.0)
    axis.set_xlabel(f"largest slide of a planted foot in a sequence (mm; {_LEAST_SLIDE_MM:g}: that or less)")
    axis.set_ylabel("sequences up to here (%)")
    axis.set_title("Foot slide by regime")
    shared_legend(figure, 4)
    return figure
