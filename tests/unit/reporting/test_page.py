"""The page of a report: escaped texts, embedded figures, nothing from outside, and no gap for a figure that is missing."""

import base64
from html.parser import HTMLParser

import pytest

from qleap_edge.reporting.page import Image, Page, Section, render_page
from qleap_edge.reporting.tables import Table

PNG = b"\x89PNG\r\n\x1a\n"
HOSTILE = "<script>alert('a & \"b\"')</script>"


class Elements(HTMLParser):
    """Collects the elements of a page, and refuses one that is closed in the wrong order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.text.append(data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def page_with(**changed: object) -> Page:
    table = Table("Bounds", ("what", "verdict"), (("depth", "ok"), ("force", "short"), ("share ok", "a" * 41)))
    fields = {
        "title": "Report",
        "heading": "Report of a model",
        "summary": "All is well.",
        "origin": ("Model ", "`abc123`", "."),
        "sections": (
            Section("Numbers", (), (table,)),
            Section("Figures", (Image("a.png", "First"), Image("b.png")), ()),
        ),
        "notes": ("One person.",),
    }
    return Page(**(fields | changed))  # type: ignore[arg-type]


def test_everything_is_there_in_order():
    text = " ".join(Elements(render_page(page_with(), {"a.png": PNG, "b.png": PNG})).text)
    words = [
        "Report",
        "Report of a model",
        "All is well.",
        "abc123",
        "Numbers",
        "Bounds",
        "depth",
        "First",
        "One person.",
    ]
    positions = [text.index(word) for word in words]
    assert positions == sorted(positions)


@pytest.mark.parametrize("name", ["title", "heading", "summary"])
def test_texts_are_escaped(name: str):
    page = render_page(page_with(**{name: HOSTILE}), {})
    assert "<script" not in page and HOSTILE in "".join(Elements(page).text)


def test_texts_of_origin_notes_headings_and_tables_are_escaped():
    table = Table(HOSTILE, (HOSTILE,), ((HOSTILE,),))
    page = page_with(
        origin=(HOSTILE, f"`{HOSTILE}`"),
        notes=(HOSTILE,),
        sections=(Section(HOSTILE, (Image("a.png", HOSTILE),), (table,)),),
    )
    found = render_page(page, {"a.png": PNG})
    assert "<script" not in found and "".join(Elements(found).text).count(HOSTILE) == 8


def test_figures_are_embedded_and_a_missing_one_is_left_out():
    page = render_page(page_with(), {"a.png": PNG, "other.png": b"x"})
    (image,) = Elements(page).of("img")
    assert image["alt"] == "a.png"
    assert image["src"] == f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    assert "b.png" not in page and "other.png" not in page
    without = render_page(page_with(), {})
    assert not Elements(without).of("img") and "First" not in without


def test_nothing_is_loaded_from_outside():
    found = Elements(render_page(page_with(), {"a.png": PNG}))
    assert not found.of("link") and not found.of("script")
    assert all((item["src"] or "").startswith("data:") for item in found.of("img"))
    assert not [attributes for _, attributes in found.found if "href" in attributes]


def test_verdicts_are_coloured_and_long_texts_may_wrap():
    classes = [cell.get("class") for cell in Elements(render_page(page_with(), {})).of("td")]
    assert classes == [None, "ok", None, "short", None, "long"]


def test_equal_pages_give_equal_texts():
    assert render_page(page_with(), {"a.png": PNG}) == render_page(page_with(), {"a.png": PNG})
