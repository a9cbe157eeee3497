"""Number against bound: the verdict of each gate and of the bundle."""

import math
from collections.abc import Mapping
from typing import Literal

from qleap_edge.core.grades import Grade
from qleap_edge.core.records import Document, Part
from qleap_edge.gates.thresholds import Gate, Thresholds
from qleap_edge.metrics.measurement import Measurement

Verdict = Literal["pass", "fail"]


class GateResult(Part):
    """One line of the table."""

    measurement: str
    value: float | None
    unit: str
    bound: str
    verdict: Verdict
    interval: tuple[float, float] | None
    baseline: float | None
    subjects: int | None
    reason: str
    """Why it failed, or why the bound exists."""


class GateReport(Document):
    """``gate_report.json``."""

    schema_name: Literal["qleap.gate_report"] = "qleap.gate_report"
    schema_version: Literal[1] = 1
    grade: Grade
    verdict: Verdict
    gates: tuple[GateResult, ...]


def decide(thresholds: Thresholds, grade: Grade, measurements: Mapping[str, Measurement]) -> GateReport:
    """Apply every gate of a grade; a bundle passes when all of them pass, and fails when there is none."""
    results = tuple(decide_one(gate, measurements.get(gate.measurement)) for gate in thresholds.of_grade(grade))
    passed = bool(results) and all(result.verdict == "pass" for result in results)
    return GateReport(grade=grade, verdict="pass" if passed else "fail", gates=results)


def decide_one(gate: Gate, measurement: Measurement | None) -> GateResult:
    """Apply one gate; a missing or non-finite number and a wrong unit fail."""
    problem = _problem(gate, measurement)
    value = None if measurement is None or measurement.value is None else measurement.value
    return GateResult(
        measurement=gate.measurement,
        value=value if value is not None and math.isfinite(value) else None,
        unit=gate.unit,
        bound=gate.bound(),
        verdict="fail" if problem else "pass",
        interval=None if measurement is None else measurement.interval,
        baseline=None if measurement is None else measurement.baseline,
        subjects=None if measurement is None else measurement.subjects,
        reason=problem or gate.why,
    )


def _problem(gate: Gate, measurement: Measurement | None) -> str | None:
    if measurement is None:
        return "not measured: no report holds it"
    if measurement.value is None:
        return f"no value{': ' + measurement.note if measurement.note else ''}"
    if not math.isfinite(measurement.value):
        return f"not a finite number: {measurement.value}"
    if measurement.unit != gate.unit:
        return f"wrong unit: measured in {measurement.unit!r}, bound in {gate.unit!r}"
    if gate.max is not None and measurement.value > gate.max:
        return f"above {gate.max:g} {gate.unit}; the bound is there because: {gate.why}"
    if gate.min is not None and measurement.value < gate.min:
        return f"below {gate.min:g} {gate.unit}; the bound is there because: {gate.why}"
    return None
