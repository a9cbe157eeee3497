"""Plots of the calibration page."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from qleap_edge.core.exercises import in_words
from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.reporting.plots import Plot, Spec, axis, layout, level, numbers
from qleap_edge.reporting.style import INK, REAL, SYNTHETIC, WATCH
from qleap_edge.uncertainty.calibration_curves import Curve, NamedCoverage, ScaleBins, Sparsification
from qleap_edge.uncertainty.measured_errors import FREE_JOINTS

_SHARE: Spec = {"tickformat": ".0%"}


def reliability_plot(raw: Curve, scaled: Curve) -> Plot:
    """Return nominal against observed coverage before and after the profile."""
    traces = (
        _diagonal(0.0, 1.0),
        curve_trace(raw, "σ of the network", REAL),
        curve_trace(scaled, "σ' of the profile", SYNTHETIC),
    )
    caption = (
        "Share of coordinates inside the central interval of a normal distribution, against the share that the interval "
        "promises. Above the dashed line σ is too large, below it too small. Bars: 95 % interval over persons."
    )
    plot = layout(axis("promised", **_SHARE), axis("observed", **_SHARE))
    return Plot("reliability", "Reliability", caption, traces, plot, 420)


def pit_plot(raw: Curve, scaled: Curve) -> Plot:
    """Return the density of the probability integral transform."""
    traces = (
        level(0.0, 1.0, 1.0, "right", INK),
        curve_trace(raw, "σ of the network", REAL),
        curve_trace(scaled, "σ' of the profile", SYNTHETIC),
    )
    caption = (
        "Density of Φ((truth - mean) / σ). A flat line is right; high in the middle: σ too large for most coordinates; "
        "high at both ends: tails heavier than a normal distribution's; a slope: the mean is shifted."
    )
    plot = layout(axis("Φ(z)"), axis("density", rangemode="tozero"))
    return Plot("pit", "Probability integral transform", caption, traces, plot)


def difficulty_plot(curves: Mapping[str, Curve], promised: float) -> Plot:
    """Return coverage against how hard the window looks, for several figures that a phone has."""
    colours = (SYNTHETIC, REAL, WATCH)
    traces = (
        level(0.0, 1.0, promised, "promised", INK),
        *(curve_trace(curve, name, colour) for (name, curve), colour in zip(curves.items(), colours, strict=True)),
    )
    caption = (
        "Coverage of the conformal regions in ten equal parts of the windows, the hardest on the right, ordered by the "
        "predicted error and by the distances of embedding and input from the calibration persons."
    )
    plot = layout(axis("share of the windows that are easier", **_SHARE), axis("coverage", **_SHARE))
    return Plot("difficulty", f"Coverage of the {promised:.0%} regions where it is hard", caption, traces, plot)


def exercise_plot(named: tuple[NamedCoverage, ...], promised: float) -> Plot:
    """Return coverage by the exercise that the network names."""
    value = np.array([one.value for one in named])
    interval = np.array([one.interval for one in named])
    names = [f"{in_words(one.exercise)} ({one.windows})" for one in named]
    bars: Spec = {
        "type": "scatter", "mode": "markers", "name": "coverage", "x": names, "y": numbers(value),
        "marker": {"color": SYNTHETIC, "size": 9}, "error_y": _bars(value, interval, SYNTHETIC),
    }  # fmt: skip
    wanted: Spec = {
        "type": "scatter", "mode": "lines", "name": "promised", "x": [names[0], names[-1]], "y": [promised, promised],
        "line": {"color": INK, "width": 1.3, "dash": "dash"}, "hoverinfo": "skip",
    }  # fmt: skip
    caption = "By the named exercise, which an app knows; in brackets the number of windows. Bars: 95 % interval over persons."
    plot = layout(axis("", tickangle=-40), axis("coverage", **_SHARE))
    return Plot("exercises", f"Coverage of the {promised:.0%} regions by exercise", caption, (bars, wanted), plot, 420)


def joint_plot(coverage: Float[np.ndarray, "16 levels"], levels: tuple[float, ...]) -> Plot:
    """Return coverage less the promise, of each joint at each level, in points."""
    points = 100.0 * (coverage - np.array(levels))
    trace: Spec = {
        "type": "heatmap", "x": [f"{one:.0%}" for one in levels], "y": [in_words(one) for one in FREE_JOINTS],
        "z": [numbers(row, 3) for row in points], "texttemplate": "%{z:+.1f}", "zmid": 0.0, "zmin": -5.0, "zmax": 5.0,
        "colorscale": [[0.0, REAL], [0.5, "#f7f7f7"], [1.0, SYNTHETIC]], "colorbar": {"title": {"text": "points"}},
        "hovertemplate": "%{y}, %{x}: %{z:+.2f} points",
    }  # fmt: skip
    caption = (
        "Observed less promised coverage of each joint's conformal region, in percentage points: red is too little, blue "
        "more than promised. The pelvis is the origin and has no error."
    )
    plot = layout(axis("promised", type="category"), axis("", autorange="reversed"), showlegend=False)
    return Plot("joints", "Coverage by joint", caption, (trace,), plot, 520)


def scale_plot(bins: ScaleBins) -> Plot:
    """Return measured against predicted size of the error, ten bins of σ'."""
    predicted, measured = (MM_PER_BODY_HEIGHT * values for values in (bins.predicted, bins.measured))
    curve = Curve(predicted, measured, MM_PER_BODY_HEIGHT * bins.interval)
    traces = (
        _diagonal(0.0, float(max(predicted.max(), measured.max()))),
        curve_trace(curve, "ten bins of σ'", SYNTHETIC),
    )
    caption = (
        "Root mean square error against root mean σ'², for coordinates in ten bins of equal mass: what ENCE compares."
    )
    plot = layout(axis("predicted, mm"), axis("measured, mm"))
    return Plot("scale", "Size of the errors", caption, traces, plot, 420)


def sparsification_plot(curve: Sparsification) -> Plot:
    """Return the error of the windows that are kept."""
    traces = (
        level(0.0, 1.0, 1.0, "no order", INK),
        _line(curve.kept, curve.by_sigma, "least predicted error first", SYNTHETIC),
        _line(curve.kept, curve.by_error, "least true error first: the best possible", WATCH),
    )
    caption = "What an app gains that does not answer the windows of the largest predicted error."
    plot = layout(axis("share of the windows that is answered", **_SHARE), axis("error, share of the error of all"))
    return Plot("sparsification", "Error against the share that is answered", caption, traces, plot)


def exercise_reliability_plot(curve: Curve) -> Plot:
    """Return how often the named exercise is right against its probability."""
    traces = (_diagonal(float(curve.x.min()), 1.0), curve_trace(curve, "ten equal parts of the windows", SYNTHETIC))
    caption = (
        "Below the dashed line the network is surer of the exercise than it is right. Bars: 95 % interval over persons."
    )
    plot = layout(axis("mean probability of the named exercise", **_SHARE), axis("share that is right", **_SHARE))
    return Plot("exercise-reliability", "Probability of the exercise", caption, traces, plot)


def curve_trace(curve: Curve, name: str, colour: str) -> Spec:
    """Return the points of a curve with their intervals."""
    return {
        "type": "scatter", "mode": "lines+markers", "name": name, "x": numbers(curve.x), "y": numbers(curve.value),
        "line": {"color": colour, "width": 1.3}, "marker": {"size": 5},
        "error_y": _bars(curve.value, curve.interval, colour),
    }  # fmt: skip


def _bars(value: Float[np.ndarray, " n"], interval: Float[np.ndarray, "n 2"], colour: str) -> Spec:
    return {
        "type": "data", "symmetric": False, "array": numbers(interval[:, 1] - value),
        "arrayminus": numbers(value - interval[:, 0]), "color": colour, "thickness": 1, "width": 2,
    }  # fmt: skip


def _line(x: Float[np.ndarray, " n"], y: Float[np.ndarray, " n"], name: str, colour: str) -> Spec:
    return {
        "type": "scatter", "mode": "lines", "name": name, "x": numbers(x), "y": numbers(y),
        "line": {"color": colour, "width": 1.6},
    }  # fmt: skip


def _diagonal(first: float, last: float) -> Spec:
    return {
        "type": "scatter", "mode": "lines", "name": "right", "x": numbers([first, last]), "y": numbers([first, last]),
        "line": {"color": INK, "width": 1.3, "dash": "dash"}, "hoverinfo": "skip",
    }  # fmt: skip
