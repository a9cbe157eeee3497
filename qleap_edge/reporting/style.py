"""Colours and type of all figures, and how they become PNG bytes."""

import io
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SYNTHETIC, REAL, WATCH, LITERATURE = "#3b6ea5", "#d1495b", "#2a7f62", "#7fb069"
INK = "#222222"
GUESSED = "#b8741a"
"""What the network says, beside what physics measured."""
AXIS_COLOURS = (SYNTHETIC, REAL, WATCH)
"""Of x, y and z."""
REGIME_COLOURS = {"prescribed": SYNTHETIC, "forward": "#edae49", "captured": "#66a182"}
WRIST_LINES = {"left": "-", "right": "--"}

STYLE: Any = {
    "font.family": "DejaVu Sans",  # part of matplotlib: the same font on every machine
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
"""Matplotlib settings, applied to its built-in defaults; no configuration file is read."""

_DPI = 110


def rendered(drawings: "Mapping[str, Callable[[], Figure]]") -> dict[str, bytes]:
    """Return file name → PNG, drawn in the project's style; equal drawings give equal bytes."""
    from matplotlib import rc_context, rcdefaults, rcParams

    with rc_context():
        rcdefaults()
        rcParams.update(STYLE)
        return {name: _png(draw()) for name, draw in drawings.items()}


def _png(figure: "Figure") -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})  # no version, no date
    return buffer.getvalue()


def shared_legend(figure: "Figure", columns: int) -> None:
    """Put one legend above all axes; a label that several axes use appears once."""
    handles: dict[str, Any] = {}
    for axis in figure.axes:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    figure.legend(list(handles.values()), list(handles), loc="outside upper center", ncols=columns)
