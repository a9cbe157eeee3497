"""A bundle against an earlier one: which gated numbers are worse by more than their margin.

The margin of a number with a 95 % interval is what the intervals of both bundles explain together. A share without an interval
gets the interval of so many persons or sequences, and any other number a fiftieth of its bound.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from scipy.stats import beta

from qleap_edge.bundle.validate import validate_bundle
from qleap_edge.core.records import Part
from qleap_edge.gates.decide import GateReport, GateResult, GateVerdict, accept
from qleap_edge.gates.report import SIGNED, bundle_measurements
from qleap_edge.gates.thresholds import Gate, Thresholds
from qleap_edge.gates.waivers import PREFIX, load_waivers
from qleap_edge.metrics.measurement import Measurement

BOUND_SHARE = 0.02
"""Of the bound: how much worse a number without an interval may be, whatever its size."""


class Change(Part):
    """One number of both bundles, in the direction of its bound."""

    before: float
    now: float
    worse_by: float
    """Above 0 if it is worse."""
    margin: float
    """How much worse it may be."""


def with_regressions(
    report: GateReport,
    thresholds: Thresholds,
    bundle: Path,
    baseline: Path,
    waivers: Path | None = None,
    today: date | None = None,
) -> GateReport:
    """Return the report with a gate for every number that both bundles have and that a bound of the grade looks at.

    Args:
        report: of the bundle.
        thresholds: whose bounds decided.
        bundle: the bundle's folder.
        baseline: folder of the earlier bundle.
        waivers: file of bounds that may be broken for a while, also ``regression.NAME``.
        today: day on which they must hold; None: the present one (UTC).

    Raises:
        CheckFailed: the earlier bundle is not intact, or of another version of the documents.
        InputDataError: there is no such bundle.
        UsageError: a wrong key in the waivers.
    """
    validate_bundle(baseline, None, build_folders=False)
    found = regressions(thresholds.of_grade(report.grade), bundle_measurements(baseline), bundle_measurements(bundle))
    if waivers is not None:
        day = today or datetime.now(UTC).date()
        accepted = load_waivers(waivers, thresholds, report.grade, day)
        found = tuple(
            accept(one, accepted.get(one.measurement), day) if one.value is not None else one for one in found
        )
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
    """Return how much worse a number has become, and how much worse it may be.

    Both intervals count as independent. Two bundles that were measured on the same persons are compared too leniently, never
    too strictly: what the persons have in common is in both intervals.
    """
    assert before.value is not None and now.value is not None
    worse_by = _badness(gate, now.value) - _badness(gate, before.value)
    sides = [_worse_side(gate, one) for one in (before, now)]
    known = [side for side in sides if side is not None]
    bounds = [abs(bound) for bound in (gate.min, gate.max) if bound is not None]
    margin = math.hypot(*known) if len(known) == len(sides) else BOUND_SHARE * max(bounds)
    return Change(before=before.value, now=now.value, worse_by=worse_by, margin=margin)


def _badness(gate: Gate, value: float) -> float:
    """Return a number that grows as the value gets worse: with an upper and a lower bound, the distance from their middle."""
    if gate.min is None:
        return value
    if gate.max is None:
        return -value
    return abs(value - 0.5 * (gate.min + gate.max))


def _worse_side(gate: Gate, measurement: Measurement) -> float | None:
    """Return how far the interval reaches to the worse side of the value; None without an interval and without a count."""
    if measurement.value is None:
        return None
    count = measurement.sequences or measurement.subjects
    if measurement.interval is None and count and gate.range() == (0.0, 1.0):
        low, high = _share_interval(measurement.value, count)
        return max(measurement.value - low, high - measurement.value)
    if measurement.interval is None:
        return None
    low, high = measurement.interval
    below, above = measurement.value - low, high - measurement.value
    if gate.min is None:
        return above
    return below if gate.max is None else max(below, above)


def _share_interval(share: float, count: int) -> tuple[float, float]:
    """Return the 95 % interval of a share of so many cases (Clopper and Pearson)."""
    hits = round(share * count)
    low = 0.0 if hits <= 0 else float(beta.ppf(0.025, hits, count - hits + 1))
    high = 1.0 if hits >= count else float(beta.ppf(0.975, hits + 1, count - hits))
    return low, high


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
        reason = f"worse by {found.worse_by:.3g}" if found.worse_by > 0.0 else "not worse"
        if found.worse_by <= found.margin:
            return _line(gate, value, bound, "pass", now.interval, reason)
        reason = f"worse than in the earlier bundle by {found.worse_by:.3g}, and {found.margin:.3g} is its margin"
    return _line(gate, value, bound, "fail", None if now is None else now.interval, reason)


def _line(
    gate: Gate,
    value: float | None,
    bound: str,
    verdict: GateVerdict,
    interval: tuple[float, float] | None,
    reason: str,
) -> GateResult:
    return GateResult(
        measurement=f"{PREFIX}{gate.measurement}", value=value, unit=gate.unit, bound=bound, verdict=verdict,
        interval=interval, baseline=None, subjects=None, reason=reason,
    )  # fmt: skip
