"""Number against bound: the verdict of each gate and of the bundle."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Literal

from qleap_edge.core.grades import Grade
from qleap_edge.core.records import Document, Part
from qleap_edge.gates.thresholds import Gate, Thresholds
from qleap_edge.gates.waivers import Waiver
from qleap_edge.metrics.measurement import Measurement

Verdict = Literal["pass", "fail"]
GateVerdict = Literal["pass", "fail", "undecided", "waived"]
"""``undecided``: the value keeps the bound, the worse end of its interval does not. ``waived``: it breaks the bound or is
undecided, and somebody said until when that is accepted."""


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
    schema_version: Literal[3] = 3
    grade: Grade
    verdict: Verdict
    gates: tuple[GateResult, ...]


def decide(
    thresholds: Thresholds,
    grade: Grade,
    measurements: Mapping[str, Measurement],
    waivers: Mapping[str, Waiver] | None = None,
    today: date | None = None,
) -> GateReport:
    """Apply every gate of a grade.

    A bundle passes when none fails, and as a release when all pass: there an undecided one is none. Without a gate it fails.

    Args:
        thresholds: the bounds.
        grade: whose gates are applied.
        measurements: by name.
        waivers: by gate; None: there are none.
        today: day on which they must hold; needed with waivers.
    """
    results = tuple(decide_one(gate, measurements.get(gate.measurement)) for gate in thresholds.of_grade(grade))
    if waivers:
        assert today is not None
        results = tuple(
            waived(one, measurements.get(one.measurement), gate, waivers.get(one.measurement), today)
            for one, gate in zip(results, thresholds.of_grade(grade), strict=True)
        )
    kept = {"pass", "waived"} if grade == "release" else {"pass", "waived", "undecided"}
    passed = bool(results) and all(result.verdict in kept for result in results)
    return GateReport(grade=grade, verdict="pass" if passed else "fail", gates=results)


def waived(
    result: GateResult, measurement: Measurement | None, gate: Gate, waiver: Waiver | None, today: date
) -> GateResult:
    """Return the result with a waiver taken into account; a measurement that cannot be trusted is never waived."""
    if waiver is not None and _unusable(gate, measurement) is not None:
        reason = f"{result.reason}; no waiver covers a number that cannot be trusted"
        return result.model_copy(update={"reason": reason})
    return accept(result, waiver, today)


def accept(result: GateResult, waiver: Waiver | None, today: date) -> GateResult:
    """Return the result of a number that can be trusted, with a waiver taken into account."""
    if waiver is None:
        return result
    if result.verdict == "pass":
        return result.model_copy(update={"reason": f"{result.reason}; the waiver of {waiver.by} is not needed"})
    if not waiver.holds_on(today):
        ended = f"the waiver of {waiver.by} ended on {waiver.until.isoformat()}"
        return result.model_copy(update={"reason": f"{result.reason}; {ended}"})
    reason = f"until {waiver.until.isoformat()}, by {waiver.by}: {waiver.reason} ({result.verdict}: {result.reason})"
    return result.model_copy(update={"verdict": "waived", "reason": reason})


def decide_one(gate: Gate, measurement: Measurement | None) -> GateResult:
    """Apply one gate; a missing, non-finite or impossible number and a wrong unit fail."""
    problem = _unusable(gate, measurement) or _beyond(gate, measurement)
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


def unit_behind(gate: Gate) -> str:
    """Return the unit behind a number; shares and ratios have none."""
    return "" if gate.unit == "1" else f" {gate.unit}"


def _unusable(gate: Gate, measurement: Measurement | None) -> str | None:
    """Return why a number says nothing about the bound."""
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
    return None


def _beyond(gate: Gate, measurement: Measurement | None) -> str | None:
    """Return which bound a number breaks."""
    assert measurement is not None and measurement.value is not None
    if gate.max is not None and measurement.value > gate.max:
        return f"above {gate.max:g}{unit_behind(gate)}; the bound is there because: {gate.why}"
    if gate.min is not None and measurement.value < gate.min:
        return f"below {gate.min:g}{unit_behind(gate)}; the bound is there because: {gate.why}"
    return None


def _doubt(gate: Gate, measurement: Measurement | None) -> str | None:
    """Return why a value that keeps the bound is no proof: the worse end of its interval breaks it."""
    if measurement is None or measurement.interval is None or gate.judges == "value":
        return None
    low, high = measurement.interval
    if gate.max is not None and high > gate.max:
        return f"the interval reaches up to {high:g}, above {gate.max:g}{unit_behind(gate)}: more persons, or a better model"
    if gate.min is not None and low < gate.min:
        return f"the interval reaches down to {low:g}, below {gate.min:g}{unit_behind(gate)}: more persons, or a better model"
    return None
