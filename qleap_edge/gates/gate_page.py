"""The verdict on a bundle as one page: what stands in the way, how far every number is from its bound, and all figures."""

import numpy as np

from qleap_edge.core.output_paths import marked_file
from qleap_edge.gates.decide import GateReport, GateResult
from qleap_edge.gates.exports import sorted_gates
from qleap_edge.reporting.interactive_page import (
    InteractivePage,
    InteractiveSection,
    Statement,
    Tone,
    render_interactive_page,
)
from qleap_edge.reporting.plots import Plot, Spec, axis, layout, numbers
from qleap_edge.reporting.style import INK, REAL, SYNTHETIC, WATCH
from qleap_edge.reporting.tables import DASH, Table, number

_MARK = "qleap-edge: page of a gate report"
GATE_PAGE_FILE = marked_file("an earlier page of gates", b"<!doctype html>", _MARK.encode())
_COLOURS = {"fail": REAL, "undecided": "#b8741a", "waived": SYNTHETIC, "pass": WATCH}
_MOST_PERCENT = 100.0  # farther from the bound is drawn at the edge


def gate_page(report: GateReport, bundle: str, package_sha256: str) -> str:
    """Return the page as HTML; equal inputs give equal pages.

    Args:
        report: of the bundle.
        bundle: name of its folder.
        package_sha256: digest of its package.
    """
    return render_interactive_page(
        InteractivePage(
            mark=_MARK,
            title=f"Gates of {bundle}",
            heading=f"Gates of {bundle}, grade {report.grade}: {report.verdict}",
            statements=_statements(report),
            origin=(
                "Numbers from the reports of the bundle, bounds from the thresholds. Package sha256 ",
                f"`{package_sha256}`",
                ".",
            ),
            sections=(
                InteractiveSection("How far from the bound", (), (_margins(report),)),
                InteractiveSection("Every gate", (), (), (_table(report),)),
            ),
            notes=(
                "Bars: 95 % interval over persons. A value that keeps its bound while the worse end of its interval does not "
                "is undecided: that fails a bundle of grade release.",
                "The numbers say what was measured on these data. They are no medical claim.",
            ),
        )
    )  # fmt: skip


def _statements(report: GateReport) -> tuple[Statement, ...]:
    counts = {one: [gate for gate in report.gates if gate.verdict == one] for one in _COLOURS}
    tone: Tone = "good" if report.verdict == "pass" else "bad"
    told = [
        Statement(
            f"{len(report.gates)} gates: {len(counts['pass'])} pass, {len(counts['fail'])} fail, "
            f"{len(counts['undecided'])} undecided, {len(counts['waived'])} waived.",
            tone,
        )
    ]
    for verdict, words in (("fail", "Fails"), ("undecided", "Undecided"), ("waived", "Waived")):
        told += [
            Statement(
                f"{words}: {gate.measurement} is {_with_unit(gate)}, bound {gate.bound}.",
                "bad" if verdict == "fail" else "warning",
                (gate.reason,),
            )
            for gate in counts[verdict]
        ]
    return tuple(told)


def _with_unit(gate: GateResult) -> str:
    return number(gate.value) if gate.unit == "1" else f"{number(gate.value)} {gate.unit}"


def distance_percent(gate: GateResult, value: float) -> float | None:
    """Return how far a value lies on the good side of the nearest bound, as a percentage of it; negative: it breaks it.

    None where the bound is 0, of which there is no share, or says no number.
    """
    found = []
    for part in gate.bound.split(" and "):
        sign, _, text = part.partition(" ")
        try:
            bound = float(text)
        except ValueError:
            return None
        if bound == 0.0 or sign not in ("<=", ">="):
            return None
        found.append(100.0 * (bound - value if sign == "<=" else value - bound) / abs(bound))
    return min(found)


def _margins(report: GateReport) -> Plot:
    rows = []
    for gate in report.gates:
        value = None if gate.value is None else distance_percent(gate, gate.value)
        if value is not None:
            ends = [distance_percent(gate, end) for end in gate.interval or ()]
            rows.append((gate, value, [end for end in ends if end is not None]))
    rows.sort(key=lambda row: -row[1])  # plotly draws the first row lowest
    traces = tuple(_points(verdict, rows) for verdict in _COLOURS if any(gate.verdict == verdict for gate, *_ in rows))
    names = [gate.measurement for gate, *_ in rows]
    wanted: Spec = {
        "type": "scatter", "mode": "lines", "name": "bound", "x": [0.0, 0.0], "y": [names[0], names[-1]] if names else [],
        "line": {"color": INK, "width": 1.3, "dash": "dash"}, "hoverinfo": "skip",
    }  # fmt: skip
    caption = (
        "Distance of every number from its bound, as a percentage of the bound: to the right of the dashed line it is kept. "
        f"What is farther than {_MOST_PERCENT:g} % is drawn at the edge; bounds of 0 and regressions in the table alone."
    )
    plot = layout(
        axis("distance from the bound, %", range=[-1.05 * _MOST_PERCENT, 1.05 * _MOST_PERCENT]),
        axis("", automargin=True, categoryorder="array", categoryarray=names, dtick=1),
    )
    return Plot("margins", "Distance from the bound", caption, (*traces, wanted), plot, max(340, 90 + 17 * len(rows)))


def _points(verdict: str, rows: list[tuple[GateResult, float, list[float]]]) -> Spec:
    some = [(gate, value, ends) for gate, value, ends in rows if gate.verdict == verdict]
    shown = np.clip([value for _, value, _ in some], -_MOST_PERCENT, _MOST_PERCENT)
    high = [np.clip(max(ends, default=value), -_MOST_PERCENT, _MOST_PERCENT) for _, value, ends in some]
    low = [np.clip(min(ends, default=value), -_MOST_PERCENT, _MOST_PERCENT) for _, value, ends in some]
    colour = _COLOURS[verdict]
    return {
        "type": "scatter", "mode": "markers", "name": verdict, "x": numbers(shown),
        "y": [gate.measurement for gate, *_ in some],
        "marker": {"color": colour, "size": 8},
        "error_x": {
            "type": "data", "symmetric": False, "array": numbers(np.maximum(high - shown, 0.0)),
            "arrayminus": numbers(np.maximum(shown - low, 0.0)), "color": colour, "thickness": 1, "width": 2,
        },
        "text": [f"{_with_unit(gate)}, bound {gate.bound}" for gate, *_ in some],
        "hovertemplate": "%{y}<br>%{text}<extra></extra>",
    }  # fmt: skip


def _table(report: GateReport) -> Table:
    rows = tuple(
        (
            gate.verdict, gate.measurement, number(gate.value), gate.bound, gate.unit,
            DASH if gate.interval is None else f"{number(gate.interval[0])} to {number(gate.interval[1])}",
            DASH if gate.baseline is None else number(gate.baseline),
            gate.reason,
        )
        for gate in sorted_gates(report)
    )  # fmt: skip
    columns = (
        "verdict",
        "gate",
        "number",
        "bound",
        "unit",
        "95 % interval",
        "without input",
        "reason, or why it is bounded",
    )
    return Table("Failures first", columns, rows)
