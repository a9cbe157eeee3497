"""Number against bound: the verdict of each gate and of the bundle."""

import math
from collections.abc import Mapping
from typing import Literal

from qleap_edge.core.grades import Grade
from qleap_edge.core.records import Document, Part
from qleap_edge.gates.thresholds import Gate, Thresholds
from qleap_edge.metrics.measurement import Measurement

Verdict = Literal["pass", "fail"]
GateVerdict = Literal["pass", "fail", "undecided"]
"""``undecided``: the value keeps the bound, the worse end of its interval does not."""


class GateResult(Part):
    """One line of the table."""

    measurement: str
    value: float | None
    unit: str
    bound: str
    verdict: GateVerdict
    interval: tuple[float, float] | None
    baseline: float | None
    subjects: int | None
    reason: str
    """Why it did not pass, or why the bound exists."""


class GateReport(Document):
    """``gate_report.json``."""

    schema_name: Literal["qleap.gate_report"] = "qleap.gate_report"
    schema_version: Literal[2] = 2
    grade: Grade
    verdict: Verdict
    gates: tuple[GateResult, ...]


def decide(thresholds: Thresholds, grade: Grade, measurements: Mapping[str, Measurement]) -> GateReport:
    """Apply every gate of a grade.

    A bundle passes when none fails, and as a release when all pass: there an undecided one is none. Without a gate it fails.
    """
    results = tuple(decide_one(gate, measurements.get(gate.measurement)) for gate in thresholds.of_grade(grade))
    kept = {"pass"} if grade == "release" else {"pass", "undecided"}
    passed = bool(results) and all(result.verdict in kept for result in results)
    return GateReport(grade=grade, verdict="pass" if passed else "fail", gates=results)


def decide_one(gate: Gate, measurement: Measurement | None) -> GateResult:
    """Apply one gate; a missing, non-finite or impossible number and a wrong unit fail."""
    problem = _problem(gate, measurement)
    doubt = None if problem else _doubt(gate, measurement)
    value = None if measurement is None or measurement.value is None else measurement.value
    return GateResult(
        measurement=gate.measurement,
        value=value if value is not None and math.isfinite(value) else None,
        unit=gate.unit,
        bound=gate.bound(),
        verdict="fail" if problem else "undecided" if doubt else "pass",
        interval=None if measurement is None else measurement.interval,
        baseline=None if measurement is None else measurement.baseline,
        subjects=None if measurement is None else measurement.subjects,
        reason=problem or doubt or gate.why,
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
    least, most = gate.range()
    if not least <= measurement.value <= most:
        return f"impossible: {gate.measurement} lies between {least:g} and {most:g} {gate.unit}"
    if measurement.interval is not None:
        low, high = measurement.interval
        slack = 1e-9 * max(1.0, abs(measurement.value))
        if not low - slack <= measurement.value <= high + slack:
            return f"impossible: the value lies outside its own interval, {low:g} to {high:g}"
    if gate.max is not None and measurement.value > gate.max:
        return f"above {gate.max:g} {gate.unit}; the bound is there because: {gate.why}"
    if gate.min is not None and measurement.value < gate.min:
        return f"below {gate.min:g} {gate.unit}; the bound is there because: {gate.why}"
    return None


def _doubt(gate: Gate, measurement: Measurement | None) -> str | None:
    """Return why a value that keeps the bound is no proof: the worse end of its interval breaks it."""
    if measurement is None or measurement.interval is None or gate.judges == "value":
        return None
    low, high = measurement.interval
    if gate.max is not None and high > gate.max:
        return f"the interval reaches up to {high:g}, above {gate.max:g} {gate.unit}: more persons, or a better model"
    if gate.min is not None and low < gate.min:
        return f"the interval reaches down to {low:g}, below {gate.min:g} {gate.unit}: more persons, or a better model"
    return None
