"""The part of the calibration page that shows real recordings: risk against coverage, and ROC curves of every doubt."""

from collections.abc import Sequence

import numpy as np

from qleap_edge.comparison.watch.named_sets import ANSWERED, DOUBTS, NamedSets, auroc, risk_curve, roc
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.reporting.interactive_page import InteractiveSection, Statement
from qleap_edge.reporting.plots import Plot, Spec, axis, layout, numbers
from qleap_edge.reporting.style import INK, REAL, SYNTHETIC, WATCH
from qleap_edge.uncertainty.calibration_plots import curve_trace

_SHARE: Spec = {"tickformat": ".0%"}
_BY = DOUBTS[0]
_COLOURS = (REAL, SYNTHETIC, WATCH, "#8c564b", "#7f7f7f")


def real_sets_section(real: NamedSets, synthetic: NamedSets) -> InteractiveSection:
    """Return the section with both plots."""
    return InteractiveSection("Real recordings", (), (_risk_plot(real, synthetic), _roc_plot(real)))


def real_sets_statement(real: NamedSets, measurements: Sequence[Measurement]) -> Statement:
    """Return what an app that answers 70 % of real sets would say wrongly."""
    named = f"calibration.real_sets.risk_{100 * ANSWERED:g}.{_BY.replace(' ', '_')}"
    risk = next(row for row in measurements if row.name == named)
    assert risk.value is not None and risk.interval is not None
    low, high = risk.interval
    return Statement(
        f"Of the surest {ANSWERED:.0%} of {len(real)} real sets the exercise is wrong in {risk.value:.2f} "
        f"({low:.2f} to {high:.2f}).",
        "good" if high <= 0.05 else "warning" if risk.value <= 0.05 else "bad",
        (
            "before the motion of the wrist may veto a name",
            f"{int((~real.votes).sum())} sets: fewer than half of the windows vote",
        ),
    )


def _risk_plot(real: NamedSets, synthetic: NamedSets) -> Plot:
    traces = (
        curve_trace(risk_curve(real, _BY), f"real sets ({len(real)})", REAL),
        curve_trace(risk_curve(synthetic, _BY), f"synthetic sequences ({len(synthetic)})", SYNTHETIC),
    )
    caption = (
        "Share of wrong names among the sets that an app would answer first. Sets of exercises that the network has no class "
        "for are wrong whatever it says. Bars: 95 % interval, real sets drawn one by one, synthetic persons whole."
    )
    plot = layout(
        axis("share of the sets that is answered", **_SHARE), axis("named wrongly", rangemode="tozero", **_SHARE)
    )
    return Plot("real-risk", "Wrong exercise against the share that is answered", caption, traces, plot, 420)


def _roc_plot(real: NamedSets) -> Plot:
    traces: list[Spec] = [
        {
            "type": "scatter", "mode": "lines", "name": "a guess", "x": [0.0, 1.0], "y": [0.0, 1.0],
            "line": {"color": INK, "width": 1.3, "dash": "dash"}, "hoverinfo": "skip",
        }
    ]  # fmt: skip
    for by, colour in zip(DOUBTS, _COLOURS, strict=True):
        area = auroc(real.wrong, real.doubt[by])
        if np.isfinite(area):
            right, wrong = roc(real.wrong, real.doubt[by])
            traces.append(
                {
                    "type": "scatter", "mode": "lines", "name": f"{by.removeprefix('distance of the ')}: {area:.2f}",
                    "x": numbers(right), "y": numbers(wrong),
                    "line": {"color": colour, "width": 1.8, "shape": "hv"},
                }
            )  # fmt: skip
    caption = (
        "How well each figure that a phone has tells wrong names from right ones: share of wrong sets that a threshold turns "
        "away against the share of right sets that it costs, and the area under the curve."
    )
    plot = layout(axis("right sets turned away", **_SHARE), axis("wrong sets turned away", **_SHARE))
    return Plot("real-roc", "Which doubt finds the wrong names", caption, tuple(traces), plot, 420)
