"""An interactive page in one file: sentences, tables and plots, with plotly's JavaScript inside and nothing from outside.

Everything that a plot shows is also said in a sentence or a table, for a reader who prints the page or cannot see the plots.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from qleap_edge.reporting.plots import Plot
from qleap_edge.reporting.tables import Table
from qleap_edge.reporting.templates import render_template

_TEMPLATE = "interactive.html.j2"
_COLOURED = {
    "ok": "ok", "open": "open", "note": "note", "FAIL": "fail",
    "pass": "ok", "undecided": "open", "waived": "note", "fail": "fail",
}  # fmt: skip
"""A cell that holds one of these words and nothing else → its class in the style."""

_SENTENCE = 40  # characters

Tone = Literal["good", "warning", "bad", "plain"]
"""Colour of a statement: the words say the same."""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
)
"""The browser itself refuses every request, whatever the page asks for."""


@dataclass(frozen=True)
class Statement:
    """A sentence that stands out, with details."""

    text: str
    tone: Tone = "plain"
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class InteractiveSection:
    """One heading with statements, then plots, then tables."""

    title: str
    statements: tuple[Statement, ...] = ()
    plots: tuple[Plot, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class InteractivePage:
    """The contents of a page."""

    mark: str
    """By which a command recognises its own earlier page; a file that lacks it is never replaced."""
    title: str
    heading: str
    statements: tuple[Statement, ...]
    """The most important results, at the top."""
    origin: tuple[str, ...]
    """Where the numbers come from: texts, and hashes in backquotes."""
    sections: Sequence[InteractiveSection]
    notes: Sequence[str]


def render_interactive_page(page: InteractivePage) -> str:
    """Return the page as HTML; every text is escaped, and equal pages give equal texts.

    Without a plot, plotly's JavaScript is left out.

    Raises:
        ValueError: two plots have one name, or a number is not finite.
    """
    plots = [plot for section in page.sections for plot in section.plots]
    if len({plot.name for plot in plots}) < len(plots):
        raise ValueError("two plots of a page have one name")
    return render_template(
        _TEMPLATE,
        {
            "mark": page.mark,
            "policy": CONTENT_SECURITY_POLICY,
            "title": page.title,
            "heading": page.heading,
            "statements": page.statements,
            "origin": [(text.strip("`"), text.startswith("`")) for text in page.origin],
            "sections": page.sections,
            "notes": page.notes,
            "coloured": _COLOURED,
            "holds_sentences": _holds_sentences,
            "library": _plotly() if plots else "",
            "plots": script_json([_values(plot) for plot in plots]),
        },
    )


def _holds_sentences(table: Table) -> bool:
    """Tell whether the cells are texts: then they wrap, and on a narrow screen each row becomes a block."""
    return len(table.columns) == 2 or any(len(cell) > _SENTENCE for row in table.rows for cell in row)


def script_json(value: object) -> str:
    """Return JSON that may stand inside a script element: no text in it can end the element.

    Raises:
        ValueError: a number is not finite.
    """
    text = json.dumps(value, allow_nan=False, ensure_ascii=True, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _values(plot: Plot) -> dict[str, object]:
    return {
        "name": plot.name,
        "data": plot.traces,
        "layout": plot.layout,
        "frames": [{"label": frame.label, "traces": frame.traces, "seconds": frame.seconds} for frame in plot.frames],
    }


def _plotly() -> str:
    """Return plotly's JavaScript as the installed package carries it; nothing is downloaded."""
    from plotly.offline import get_plotlyjs

    library: str = get_plotlyjs()
    return library
