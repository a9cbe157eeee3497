"""JUnit XML as a reader of pipelines understands it, and Markdown as a pull request shows it."""

from pathlib import Path

import pytest
from junitparser import Failure, JUnitXml, Skipped

from qleap_edge.core.grades import Grade
from qleap_edge.gates.decide import GateReport, GateResult
from qleap_edge.gates.exports import JUNIT_FILE, MARKDOWN_FILE, junit_xml, markdown, sorted_gates


def result(name: str, verdict: str, reason: str = "because") -> GateResult:
    return GateResult(
        measurement=name, value=0.91 if verdict != "fail" else None, unit="1", bound=">= 0.9", verdict=verdict,  # type: ignore[arg-type]
        interval=(0.88, 0.94) if verdict != "fail" else None, baseline=None, subjects=40, reason=reason,
    )  # fmt: skip


def report(grade: Grade = "preview", **changed: str) -> GateReport:
    gates = (
        result("accuracy.exercise", "pass"),
        result("calibration.coverage", "undecided", "the interval reaches down to 0.88"),
        result("parity.fp16", "fail", changed.get("reason", "not measured: no report holds it")),
    )
    return GateReport(grade=grade, verdict="fail", gates=gates)


@pytest.mark.parametrize(("grade", "failures", "skipped"), [("preview", 1, 1), ("release", 2, 0)])
def test_a_reader_of_junit_counts_what_the_report_says(grade, failures, skipped):
    (read,) = JUnitXml.fromstring(junit_xml(report(grade)).encode())
    assert (read.tests, read.failures, read.skipped, read.errors) == (3, failures, skipped, 0)
    kinds = [type(case.result[0]) if case.result else None for case in read]
    assert kinds == [None, Failure if grade == "release" else Skipped, Failure]
    cases = list(read)
    assert cases[2].name == "parity.fp16" and cases[2].classname == "qleap.parity"
    assert cases[2].result[0].message == "not measured: no report holds it"
    assert "0.91 1, bound >= 0.9" in cases[0].system_out


def test_any_text_in_a_reason_stays_well_formed():
    wild = 'a <tag> & "quotes" | pipe \x00\x1b[31m \ud800 line\nbreak'
    (read,) = JUnitXml.fromstring(junit_xml(report(reason=wild)).encode())
    case = list(read)[-1]
    assert '<tag> & "quotes" | pipe \ufffd\ufffd[31m \ufffd' in case.result[0].message


def test_markdown_shows_failures_first_and_folds_the_rest():
    text = markdown(report())
    assert text.startswith("## qleap gate, grade preview: fail\n\n3 gates: 1 pass, 1 fail, 1 undecided, 0 waived.")
    rows = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line]
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == [
        "verdict",
        "fail",
        "undecided",
        "verdict",
        "pass",
    ]
    assert text.index("<details>") < text.index("accuracy.exercise") < text.index("</details>")
    hostile = markdown(report(reason="a | b <img src=x>\nc"))
    (row,) = [line for line in hostile.splitlines() if line.startswith("| fail")]
    assert "a \\| b &lt;img src=x> c" in row


def test_failures_come_first_in_the_table():
    assert [gate.verdict for gate in sorted_gates(report())] == ["fail", "undecided", "pass"]


def test_only_an_earlier_output_of_the_same_kind_is_recognised(tmp_path: Path):
    xml, text, other = tmp_path / "a.xml", tmp_path / "a.md", tmp_path / "other.xml"
    xml.write_text(junit_xml(report()))
    text.write_text(markdown(report()))
    other.write_text("<?xml version='1.0'?><testsuite name='mine'/>")
    assert JUNIT_FILE.recognises(xml) and not JUNIT_FILE.recognises(other) and not JUNIT_FILE.recognises(text)
    assert MARKDOWN_FILE.recognises(text) and not MARKDOWN_FILE.recognises(xml)
