"""Colours and type of the report's figures."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SYNTHETIC, REAL, WATCH, LITERATURE = "#3b6ea5", "#d1495b", "#2a7f62", "#7fb069"
REGIME_COLOURS = {"prescribed": SYNTHETIC, "forward": "#edae49"}
WRIST_LINES = {"left": "-", "right": "--"}

STYLE: Any = {
    "font.family": "DejaVu Sans",  # ships with matplotlib: the same letters everywhere
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.linewidth": 0.3,
    "legend.frameon": False,
    "legend.fontsize": 8.0,
    "lines.linewidth": 1.3,
}
"""Matplotlib settings, on top of its own defaults and nobody's configuration file."""


def shared_legend(figure: "Figure", columns: int) -> None:
    """Put one legend above all axes; a label that several axes use appears once."""
    handles: dict[str, Any] = {}
    for axis in figure.axes:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    figure.legend(list(handles.values()), list(handles), loc="outside upper center", ncols=columns)
