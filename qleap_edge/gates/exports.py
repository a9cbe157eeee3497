"""A gate report in the forms that a pipeline shows: JUnit XML for its page of tests, Markdown for a pull request.

JUnit has no verdict "undecided": for grade release it is a failure, as in the verdict of the bundle, and else a skipped test.
A waived gate is a skipped test too. The XML follows the schema of Jenkins' xUnit plugin, which continuous integration services
read.
"""

import re
from xml.etree import ElementTree

from qleap_edge.core.output_paths import marked_file
from qleap_edge.gates.decide import GateReport, GateResult
from qleap_edge.reporting.tables import DASH, number

_SUITE = "qleap gate"
_TITLE = "qleap gate, grade"
JUNIT_FILE = marked_file("an earlier JUnit report of gates", b"<?xml", f'name="{_SUITE}'.encode())
MARKDOWN_FILE = marked_file("an earlier Markdown report of gates", f"## {_TITLE} ".encode(), _TITLE.encode())
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2 (Char)
_ORDER = ("fail", "undecided", "waived", "pass")


def sorted_gates(report: GateReport) -> list[GateResult]:
    """Return the gates with the failures first, each group in its order."""
    return sorted(report.gates, key=lambda gate: _ORDER.index(gate.verdict))


def junit_xml(report: GateReport) -> str:
    """Return one test suite with one test for each gate."""
    failed = [gate for gate in report.gates if _fails(report, gate)]
    skipped = [gate for gate in report.gates if gate.verdict in ("undecided", "waived") and not _fails(report, gate)]
    root = ElementTree.Element("testsuites", name=_SUITE)
    suite = ElementTree.SubElement(
        root, "testsuite", name=f"{_SUITE}, grade {report.grade}", tests=str(len(report.gates)), failures=str(len(failed)),
        errors="0", skipped=str(len(skipped)),
    )  # fmt: skip
    for gate in report.gates:
        case = ElementTree.SubElement(
            suite, "testcase", classname=f"qleap.{gate.measurement.partition('.')[0]}", name=gate.measurement, time="0"
        )
        if gate in failed:
            ElementTree.SubElement(case, "failure", message=gate.reason, type=gate.verdict).text = _figures(gate)
        elif gate in skipped:
            ElementTree.SubElement(case, "skipped", message=f"{gate.verdict}: {gate.reason}")
        ElementTree.SubElement(case, "system-out").text = _figures(gate)
    for element in root.iter():  # reasons quote notes of the reports, which may be anything
        element.text = _NOT_IN_XML.sub("\ufffd", element.text or "") or None
        element.attrib = {key: _NOT_IN_XML.sub("\ufffd", value) for key, value in element.attrib.items()}
    ElementTree.indent(root)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{ElementTree.tostring(root, encoding='unicode')}\n"


def markdown(report: GateReport) -> str:
    """Return a heading with the verdict, a table of what does not pass, and the rest folded away."""
    open_gates = [gate for gate in sorted_gates(report) if gate.verdict != "pass"]
    passed = [gate for gate in report.gates if gate.verdict == "pass"]
    counted = ", ".join(
        f"{sum(gate.verdict == one for gate in report.gates)} {one}" for one in ("pass", "fail", "undecided", "waived")
    )
    lines = [f"## {_TITLE} {report.grade}: {report.verdict}", "", f"{len(report.gates)} gates: {counted}.", ""]
    if open_gates:
        lines += [*_table(open_gates, why=True), ""]
    if passed:
        lines += [
            f"<details><summary>{len(passed)} gates pass</summary>",
            "",
            *_table(passed, why=False),
            "",
            "</details>",
            "",
        ]
    return "\n".join(lines)


def _fails(report: GateReport, gate: GateResult) -> bool:
    return gate.verdict == "fail" or (gate.verdict == "undecided" and report.grade == "release")


def _figures(gate: GateResult) -> str:
    return f"{number(gate.value)} {gate.unit}, bound {gate.bound}, 95 % interval {_interval(gate)}"


def _interval(gate: GateResult) -> str:
    return DASH if gate.interval is None else f"{number(gate.interval[0])} to {number(gate.interval[1])}"


def _table(gates: list[GateResult], *, why: bool) -> list[str]:
    columns = ["verdict", "gate", "number", "bound", "unit", "95 % interval", *(["reason"] if why else [])]
    rows = [
        [gate.verdict, f"`{gate.measurement}`", number(gate.value), gate.bound, gate.unit, _interval(gate),
         *([gate.reason] if why else [])]
        for gate in gates
    ]  # fmt: skip
    return [_row(columns), _row(["---"] * len(columns)), *(_row(row) for row in rows)]


def _row(cells: list[str]) -> str:
    # A pipe or a line break would end the cell, and a tag in a reason would be drawn.
    escaped = (cell.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(escaped)} |"
