"""The interactive page: escaped texts, one copy of the library, nothing from outside; drawn by a real browser."""

import json
import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from plotly.offline import get_plotlyjs

from qleap_edge.reporting.interactive_page import (
    InteractivePage,
    InteractiveSection,
    Statement,
    render_interactive_page,
    script_json,
)
from qleap_edge.reporting.plots import Frame, Plot, axis, layout, line
from qleap_edge.reporting.tables import Table
from tests.support.browser import assert_whole, visit

HOSTILE = "</script><script>alert('a & \"b\"')</script><!--"


def plot(name: str = "one", **changed: object) -> Plot:
    time_s = np.linspace(0.0, 1.0, 20)
    fields = {
        "name": name,
        "title": "A line",
        "caption": "It rises.",
        "traces": (line([(time_s, time_s**2)], "rise", "#3b6ea5"),),
        "layout": layout(axis("s"), axis("m")),
    }
    return Plot(**(fields | changed))  # type: ignore[arg-type]


def page(*plots: Plot, **changed: object) -> InteractivePage:
    table = Table("Numbers", ("what", "how", "found"), (("depth", "ok", "1"), ("force", "FAIL", "a" * 41)))
    fields = {
        "mark": "qleap-edge: a test",
        "title": "Page",
        "heading": "Page of a test",
        "statements": (Statement("All is well.", "good", ("In detail.",)),),
        "origin": ("File ", "`abc123`"),
        "sections": (InteractiveSection("First", (Statement("Look."),), plots, (table,)),),
        "notes": ("One note.",),
    }
    return InteractivePage(**(fields | changed))  # type: ignore[arg-type]


def without_library(text: str) -> str:
    assert text.count(get_plotlyjs()) == 1
    return text.replace(get_plotlyjs(), "")


def test_texts_are_escaped_and_the_library_is_there_once() -> None:
    hostile = page(
        plot(title=HOSTILE, caption=HOSTILE, traces=({"type": "scatter", "x": [1], "y": [1], "name": HOSTILE},)),
        title=HOSTILE,
        heading=HOSTILE,
        statements=(Statement(HOSTILE, details=(HOSTILE,)),),
        origin=(HOSTILE, f"`{HOSTILE}`"),
        notes=(HOSTILE,),
    )
    text = without_library(render_interactive_page(hostile))
    assert "<script>alert" not in text and "<!--" not in text
    assert text.count("<script") == text.count("</script>") == 3
    values = re.search(r'<script type="application/json" id="plots">(.*?)</script>', text, re.S)
    assert values and json.loads(values[1])[0]["data"][0]["name"] == HOSTILE


def test_without_a_plot_the_library_is_left_out() -> None:
    text = render_interactive_page(page())
    assert len(text) < 20_000 and "<script" not in text


def test_nothing_is_loaded_and_the_browser_is_told_so() -> None:
    text = unescape(without_library(render_interactive_page(page(plot()))))
    assert "Content-Security-Policy" in text and "default-src 'none'" in text
    assert not re.search(r"""(src|href|action)\s*=\s*["'](?!#)|url\(|@import|https?://""", text)


def test_the_mark_lies_where_it_is_looked_for() -> None:
    text = render_interactive_page(page(plot(), title="t" * 5000))
    assert text.startswith("<!doctype html>") and "qleap-edge: a test" in text[:4096]


def test_results_of_a_table_are_coloured_and_labelled() -> None:
    text = render_interactive_page(page())
    assert '<td data-label="how" class="fail">FAIL</td>' in text and '<td data-label="how" class="ok">ok</td>' in text
    assert '<table class="long" ' in text


def test_equal_pages_give_equal_texts() -> None:
    assert render_interactive_page(page(plot())) == render_interactive_page(page(plot()))


def test_two_plots_of_one_name_and_a_number_that_is_none_are_refused() -> None:
    with pytest.raises(ValueError, match="one name"):
        render_interactive_page(page(plot(), plot()))
    with pytest.raises(ValueError):
        render_interactive_page(page(plot(traces=({"type": "scatter", "x": [float("nan")], "y": [1]},))))


def test_script_json_cannot_end_its_element() -> None:
    text = script_json({"a": HOSTILE, "b": "\u2028"})
    assert json.loads(text) == {"a": HOSTILE, "b": "\u2028"}
    assert not set(text) & set("<>&\u2028")


def test_a_browser_draws_plays_and_prints_it(tmp_path: Path) -> None:
    """A script that is added here presses the button, waits for the last moment, and prints."""
    frames = tuple(Frame(f"moment {k}", ({"y": [float(k), 1.0]},), 0.01) for k in range(4))
    moving = plot("two", traces=({"type": "scatter", "x": [0, 1], "y": [0, 1]},), frames=frames)
    press = """<script>
    document.documentElement.dataset.waiting = "yes";
    setTimeout(() => {
      document.getElementById("two-play").click();
      const look = setInterval(() => {
        const label = document.getElementById("two-label").textContent, y = document.getElementById("two").data[0].y[0];
        if (label === "moment 3" && y === 3 && document.getElementById("two-play").textContent === "Play") {
          clearInterval(look);
          dispatchEvent(new Event("beforeprint"));
          if (document.getElementById("one")._fullLayout.width !== 680) { console.error("too wide for paper"); }
          dispatchEvent(new Event("afterprint"));
          document.documentElement.dataset.waiting = "no";
        }
      }, 50);
    }, 300);</script></body>"""
    path = tmp_path / "page.html"
    path.write_text(render_interactive_page(page(plot(), moving)).replace("</body>", press), encoding="utf-8")
    (seen,) = visit(path, tmp_path)
    assert_whole(seen, plots=2)


def test_a_browser_without_webgl_gets_a_sentence_and_the_other_plots(tmp_path: Path) -> None:
    space = plot("two", traces=({"type": "scatter3d", "x": [0, 1], "y": [0, 1], "z": [0, 1]},))
    path = tmp_path / "page.html"
    path.write_text(render_interactive_page(page(plot(), space)), encoding="utf-8")
    (seen,) = visit(path, tmp_path, flags=("--disable-3d-apis",))
    assert (seen.wide.drawn, seen.wide.undrawn, seen.hosts) == (1, 1, ())
    assert any("this browser has no WebGL" in row for row in seen.console)


def test_the_browser_would_have_logged_an_error_and_a_request(tmp_path: Path) -> None:
    """Without it the other tests would prove nothing."""
    path = tmp_path / "bad.html"
    path.write_text("<img src='http://127.0.0.2/a.png'><img src='http://example.com/b.png'><script>nonsense()</script>")
    (seen,) = visit(path, tmp_path)
    assert any("nonsense is not defined" in row for row in seen.console)
    assert {"127.0.0.2", "example.com"} <= set(seen.hosts)
