"""``qleap gate --html``: distances from bounds worked out by hand, and the page in a browser."""

from pathlib import Path

import plotly.graph_objects as go
import pytest

from qleap_edge.gates.decide import GateReport, GateResult, GateVerdict
from qleap_edge.gates.gate_page import distance_percent, gate_page
from tests.support.browser import assert_whole, visit
from tests.support.command import assert_refused, call
from tests.support.micro import Micro


def line(name: str, value: float | None, bound: str, verdict: GateVerdict, interval: tuple[float, float] | None = None):
    return GateResult(
        measurement=name, value=value, unit="mm", bound=bound, verdict=verdict, interval=interval, baseline=None,
        subjects=None, reason="because of <this> & that",
    )  # fmt: skip


REPORT = GateReport(
    grade="preview",
    verdict="fail",
    gates=(
        line("pose.mpjpe", 66.0, "<= 60", "fail", (63.0, 69.0)),
        line("calibration.coverage", 0.91, ">= 0.89 and <= 0.92", "undecided", (0.88, 0.93)),
        line("size.shipped", 5.0, "<= 10", "pass"),
        line("latency.p95", None, "<= 20", "fail"),
        line("faults.missed", 0.0, "<= 0", "pass"),
    ),
)


@pytest.mark.parametrize(
    ("bound", "value", "percent"),
    [("<= 60", 66.0, -10.0), ("<= 60", 45.0, 25.0), (">= 0.8", 1.0, 25.0), (">= 0.8", 0.4, -50.0),
     (">= 0.8 and <= 1", 0.9, 10.0), ("<= 0", 0.0, None), ("0.5 before, worse by <= 0.01", 0.5, None)],
)  # fmt: skip
def test_the_distance_from_the_nearest_bound(bound: str, value: float, percent: float | None) -> None:
    found = distance_percent(line("m", value, bound, "pass"), value)
    assert found == (None if percent is None else pytest.approx(percent))


def test_the_page_says_what_stands_in_the_way(tmp_path: Path) -> None:
    text = gate_page(REPORT, "QuantumLeapPose-0.1.0", "a" * 64)
    assert (
        "5 gates: 2 pass, 2 fail, 1 undecided, 0 waived." in text
        and "Fails: pose.mpjpe is 66 mm, bound &lt;= 60." in text
    )
    assert "<this>" not in text
    assert text == gate_page(REPORT, "QuantumLeapPose-0.1.0", "a" * 64)
    page = tmp_path / "gates.html"
    page.write_text(text)
    (seen,) = visit(page, tmp_path)
    assert_whole(seen, plots=1)


def test_plotly_takes_the_plot() -> None:
    from qleap_edge.gates.gate_page import _margins

    plot = _margins(REPORT)
    go.Figure(list(plot.traces), plot.layout)
    shown = {trace["name"]: trace for trace in plot.traces}
    assert shown["fail"]["x"] == [-10.0] and shown["fail"]["y"] == ["pose.mpjpe"]
    assert shown["fail"]["error_x"]["array"] == [5.0] and shown["fail"]["error_x"]["arrayminus"] == [5.0]


def test_the_command_writes_the_page(micro: Micro, tmp_path: Path) -> None:
    out = tmp_path / "gates.html"
    done = call("gate", micro.bundle, "--html", out)
    assert done.code == call("gate", micro.bundle).code
    assert f"Gates of {micro.bundle.name}" in out.read_text()
    assert call("gate", micro.bundle, "--html", out).code == done.code, "its own earlier page is replaced"
    for option in ("--html", "--markdown", "--junit"):
        inside = micro.bundle / "reports" / "report"
        assert_refused(call("gate", micro.bundle, option, inside), 2, "inside the bundle", str(inside))
        assert not inside.exists()


def test_notes_of_a_person_that_quote_a_verdict_are_kept(micro: Micro, tmp_path: Path) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("## Release notes\n\n> ## qleap gate, grade preview: fail\n")
    before = notes.read_text()
    assert_refused(call("gate", micro.bundle, "--markdown", notes), 2, "notes.md")
    assert notes.read_text() == before
