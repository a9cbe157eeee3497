"""``index.html`` of a report: headings, tables and figures in one file without links to anything outside."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qleap_edge.reporting.tables import Table
from qleap_edge.reporting.templates import render_template

_TEMPLATE = "page.html.j2"
_VERDICTS = ("ok", "short", "unmeasured", "inside", "outside")
"""A cell that holds one of these words and nothing else is coloured."""


@dataclass(frozen=True)
class Image:
    """A figure of a page."""

    name: str
    """File name of the PNG."""
    title: str = ""
    """Heading above it."""


@dataclass(frozen=True)
class Section:
    """One heading with its figures and tables."""

    title: str
    images: tuple[Image, ...]
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class Page:
    """The contents of a report's page."""

    title: str
    heading: str
    summary: str
    """The most important result in a few sentences."""
    origin: tuple[str, ...]
    """Where the numbers come from: texts, and hashes in backquotes."""
    sections: Sequence[Section]
    notes: Sequence[str]


def render_page(page: Page, images: Mapping[str, bytes]) -> str:
    """Return the page as HTML; every text is escaped, every figure is embedded.

    Args:
        page: its texts and tables.
        images: file name → PNG; a figure that a section names and that is not here is left out.
    """
    return render_template(
        _TEMPLATE,
        {
            "title": page.title,
            "heading": page.heading,
            "summary": page.summary,
            "origin": [(text.strip("`"), text.startswith("`")) for text in page.origin],
            "sections": page.sections,
            "notes": page.notes,
            "images": {name: base64.b64encode(data).decode("ascii") for name, data in images.items()},
            "verdicts": _VERDICTS,
        },
    )
