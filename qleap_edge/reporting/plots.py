"""Plots of an interactive page: the data and the layout that plotly's JavaScript draws, as plain JSON values.

plotly's Python objects are not needed for it and take a second to import, so the values are written directly; the tests let
plotly check them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from qleap_edge.reporting.style import INK
from qleap_edge.reporting.thinning import MAX_POINTS, extreme_rows

Spec = dict[str, Any]
"""An object of plotly's schema."""

_FONT = "system-ui, sans-serif"
_GRID = "#e4e7ec"
_LEGEND = {
    "orientation": "h",
    "x": 0,
    "xanchor": "left",
    "y": 1,
    "yref": "container",  # above the plot, which makes room for as many lines as it takes
    "yanchor": "top",
    "itemsizing": "constant",
}


@dataclass(frozen=True)
class Frame:
    """One moment of a plot that can be played."""

    label: str
    """What is shown below the slider, e.g. the time."""
    traces: tuple[Spec, ...]
    """The values that differ from the plot's own traces, one object a trace, in the same order."""
    seconds: float
    """How long it is shown when it is played."""


@dataclass(frozen=True)
class Plot:
    """One plot of an interactive page."""

    name: str
    """Unique on the page: letters, digits and hyphens."""
    title: str
    caption: str
    """What there is to see, in sentences: also for readers who cannot see the plot."""
    traces: tuple[Spec, ...]
    layout: Spec
    height_px: int = 340
    frames: tuple[Frame, ...] = ()
    """Moments of a plot with a slider; empty for a still one."""


def numbers(values: Iterable[float], digits: int = 6) -> list[float | None]:
    """Return JSON numbers with so many significant digits; what is not finite becomes ``None``, which interrupts a line."""
    return [float(f"{value:.{digits}g}") if np.isfinite(value) else None for value in values]


def line(
    pieces: Sequence[tuple[Float[np.ndarray, " _"], Float[np.ndarray, " _"]]],
    name: str,
    colour: str,
    *,
    unit: str = "",
    width: float = 1.2,
    most: int = MAX_POINTS,
    **more: object,
) -> Spec:
    """Return a line of several pieces (x, y) with a gap between them, thinned to about ``most`` points.

    Args:
        pieces: x and y of each; x increases.
        name: in the legend.
        colour: of the line.
        unit: of y, for the text under the pointer.
        width: of the line, pixels.
        most: points of all pieces together; each piece gets at least 4.
        more: other properties of the trace.
    """
    rows = sum(len(x) for x, _ in pieces)
    xs: list[float | None] = []
    ys: list[float | None] = []
    for x, y in pieces:
        kept = extreme_rows(y, max(4, most * len(x) // max(1, rows)))
        xs += [*numbers(x[kept], 8), None]
        ys += [*numbers(y[kept]), None]
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": xs[:-1],
        "y": ys[:-1],
        "line": {"color": colour, "width": width},
        "hovertemplate": f"%{{x:.2f}} s: %{{y:.4g}}{' ' + unit if unit else ''}",
        **more,
    }


def axis(title: str, **more: object) -> Spec:
    """Return an axis with a title."""
    return {
        "title": {"text": title, "standoff": 8, "font": {"size": 13}},
        "gridcolor": _GRID,
        "zerolinecolor": "#c3c9d2",
        "linecolor": "#8a919c",
        "ticks": "outside",
        "tickcolor": "#8a919c",
        **more,
    }


def layout(x: Spec, y: Spec, **more: Any) -> Spec:
    """Return the layout of all plots: a white ground, the legend above, the page's font.

    Labels get the room that they need below the x axis and beside every y axis.
    """
    vertical_axes = {name: {**spec, "automargin": "width"} for name, spec in more.items() if name.startswith("yaxis")}
    return {
        "xaxis": {**x, "automargin": "height"},
        "yaxis": {**y, "automargin": "width"},
        "font": {"family": _FONT, "size": 13, "color": INK},
        "paper_bgcolor": "white",
        "plot_bgcolor": "white",
        "margin": {"l": 10, "r": 12, "t": 12, "b": 10},
        "legend": _LEGEND,
        "hovermode": "closest",
        "showlegend": True,
        **(more | vertical_axes),
    }


def span(first: float, last: float, colour: str, opacity: float = 0.18, reference: str = "y") -> Spec:
    """Return a shaded range of x over the whole height of the plot whose y axis is ``reference``."""
    return {
        "type": "rect",
        "xref": "x",
        "yref": f"{reference} domain",
        "x0": first,
        "x1": last,
        "y0": 0,
        "y1": 1,
        "fillcolor": colour,
        "opacity": opacity,
        "line": {"width": 0},
        "layer": "below",
    }


def vertical(at: float, colour: str, dash: str = "dash", reference: str = "y") -> Spec:
    """Return a vertical line at ``at`` over the whole height of the plot whose y axis is ``reference``."""
    return {
        "type": "line",
        "xref": "x",
        "yref": f"{reference} domain",
        "x0": at,
        "x1": at,
        "y0": 0,
        "y1": 1,
        "line": {"color": colour, "width": 1.5, "dash": dash},
    }


def level(first: float, last: float, at: float, name: str, colour: str) -> Spec:
    """Return a dashed horizontal line from x ``first`` to ``last`` at height ``at``, named in the legend."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": numbers([first, last], 8),
        "y": numbers([at, at]),
        "line": {"color": colour, "width": 1.3, "dash": "dash"},
        "hoverinfo": "skip",
    }


def key(name: str, colour: str, *, dash: str | None = None) -> Spec:
    """Return a trace without points that explains a shaded range or, with ``dash``, a line in the legend."""
    shown: Spec = {"type": "scatter", "x": [None], "y": [None], "name": name, "hoverinfo": "skip"}
    if dash is None:
        return {
            **shown,
            "mode": "markers",
            "marker": {"symbol": "square", "size": 12, "color": colour, "opacity": 0.35},
        }
    return {**shown, "mode": "lines", "line": {"color": colour, "dash": dash, "width": 1.5}}
