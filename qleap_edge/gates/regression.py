"""A bundle against an earlier one: which gated numbers are worse by more than chance explains."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from qleap_edge.bundle.validate import validate_bundle
from qleap_edge.core.records import Part
from qleap_edge.gates.decide import GateReport, GateResult, GateVerdict
from qleap_edge.gates.report import SIGNED, bundle_measurements
from qleap_edge.gates.thresholds import Gate, Thresholds
from qleap_edge.metrics.measurement import Measurement

EXACT_MARGIN = 0.01
"""Of the earlier number: how much worse a number without an interval may be."""
PREFIX = "regression."


class Change(Part):
    """One number of both bundles, in the direction of its bound."""

    before: float
    now: float
    worse_by: float
    """Above 0 if it is worse."""
    margin: float
    """How much worse it may be: what the 95 % intervals of both explain together, at least a hundredth where there is none."""


def with_regressions(report: GateReport, thresholds: Thresholds, bundle: Path, baseline: Path) -> GateReport:
    """Return the report with a gate for every number that both bundles have and that a bound of the grade looks at.

    Args:
        report: of the bundle.
        thresholds: whose bounds decided.
        bundle: the bundle's folder.
        baseline: folder of the earlier bundle.

    Raises:
        CheckFailed: the earlier bundle is not intact, or of another version of the documents.
        InputDataError: there is no such bundle.
    """
    validate_bundle(baseline, None, build_folders=False)
    found = regressions(thresholds.of_grade(report.grade), bundle_measurements(baseline), bundle_measurements(bundle))
    failed = report.verdict == "fail" or any(one.verdict == "fail" for one in found)
    return report.model_copy(update={"gates": (*report.gates, *found), "verdict": "fail" if failed else "pass"})


def regressions(
    gates: Iterable[Gate], before: Mapping[str, Measurement], now: Mapping[str, Measurement]
) -> tuple[GateResult, ...]:
    """Return a line for every gated number that the earlier bundle has, but that it was signed."""
    return tuple(
        _result(gate, before[gate.measurement], now.get(gate.measurement))
        for gate in gates
        if gate.measurement != SIGNED and _usable(before.get(gate.measurement))
    )


def change(gate: Gate, before: Measurement, now: Measurement) -> Change:
    """Return how much worse a number has become, and how much chance explains.

    Both intervals count as independent. Two bundles that were measured on the same persons are compared too leniently, never
    too strictly: what the persons have in common is in both intervals.
    """
    assert before.value is not None and now.value is not None
    worse_by = _badness(gate, now.value) - _badness(gate, before.value)
    sides = [_worse_side(gate, one) for one in (before, now)]
    known = [side for side in sides if side is not None]
    margin = math.hypot(*known) if len(known) == len(sides) else EXACT_MARGIN * abs(before.value)
    return Change(before=before.value, now=now.value, worse_by=worse_by, margin=margin)


def _badness(gate: Gate, value: float) -> float:
    """Return a number that grows as the value gets worse: with an upper and a lower bound, the distance from their middle."""
    if gate.min is None:
        return value
    if gate.max is None:
        return -value
    return abs(value - 0.5 * (gate.min + gate.max))


def _worse_side(gate: Gate, measurement: Measurement) -> float | None:
    """Return how far the interval reaches to the worse side of the value; None without an interval."""
    if measurement.interval is None or measurement.value is None:
        return None
    low, high = measurement.interval
    below, above = measurement.value - low, high - measurement.value
    if gate.min is None:
        return above
    return below if gate.max is None else max(below, above)


def _usable(measurement: Measurement | None) -> bool:
    return measurement is not None and measurement.value is not None and math.isfinite(measurement.value)


def _result(gate: Gate, before: Measurement, now: Measurement | None) -> GateResult:
    assert before.value is not None
    if now is None or now.value is None or not math.isfinite(now.value):
        reason, value, bound = (
            f"no longer measured: it was {before.value:g} {gate.unit}",
            None,
            f"{before.value:g} before",
        )
    else:
        found, value = change(gate, before, now), now.value
        bound = f"{before.value:g} before, worse by <= {found.margin:.3g}"
        reason = f"{found.worse_by:.3g} {gate.unit} worse" if found.worse_by > 0.0 else "not worse"
        if found.worse_by <= found.margin:
            return _line(gate, value, bound, "pass", now.interval, before.value, reason)
        reason = f"worse than in the earlier bundle by {found.worse_by:.3g} {gate.unit}, and chance explains {found.margin:.3g}"
    return _line(gate, value, bound, "fail", None if now is None else now.interval, before.value, reason)


def _line(
    gate: Gate,
    value: float | None,
    bound: str,
    verdict: GateVerdict,
    interval: tuple[float, float] | None,
    before: float,
    reason: str,
) -> GateResult:
    return GateResult(
        measurement=f"{PREFIX}{gate.measurement}", value=value, unit=gate.unit, bound=bound, verdict=verdict,
        interval=interval, baseline=before, subjects=None, reason=reason,
    )  # fmt: skip
