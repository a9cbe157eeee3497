"""A bundle against an earlier one: every injected regression is found, and nothing harmless is."""

import math
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

from qleap_edge.core.errors import CheckFailed
from qleap_edge.gates.regression import BOUND_SHARE, change, regressions, with_regressions
from qleap_edge.gates.report import gate_bundle
from qleap_edge.gates.thresholds import Gate, load_thresholds
from qleap_edge.gates.waivers import PREFIX
from qleap_edge.metrics.measurement import Measurement
from tests.support.command import call
from tests.support.micro import Micro

GATES = load_thresholds().of_grade("release")


def gate(low: float | None, high: float | None) -> Gate:
    return Gate(measurement="m", unit="mm", min=low, max=high, grades=("release",), why="because")


def measured(value: float | None, half: float | None = None, name: str = "m") -> Measurement:
    interval = None if half is None or value is None else (value - half, value + half)
    return Measurement(name=name, value=value, unit="mm", interval=interval)


def worse(one: Gate, value: float, by: float) -> float:
    """Return a value that is worse by so much, in the direction of the gate."""
    if one.min is None:
        return value + by
    if one.max is None:
        return value - by
    return value + math.copysign(by, value - 0.5 * (one.min + one.max))


def held(rng: np.random.Generator, exact: bool) -> dict[str, Measurement]:
    return {
        one.measurement: Measurement(name=one.measurement, value=value, unit=one.unit,
                                     interval=None if exact else (value - 0.03 * value, value + 0.03 * value))
        for one in GATES
        for value in [float(rng.uniform(0.5, 1.5))]
    }  # fmt: skip


@pytest.mark.parametrize("exact", [True, False])
def test_every_injected_regression_is_found(exact: bool) -> None:
    """One number after the other: beyond its margin, lost, without a value."""
    before, injected = held(np.random.default_rng(1), exact), 0
    for line in regressions(GATES, before, before):
        name = line.measurement.removeprefix(PREFIX)
        one = next(item for item in GATES if item.measurement == name)
        value = before[name].value
        assert value is not None and line.verdict == "pass"
        margin = change(one, before[name], before[name]).margin
        beyond = worse(one, value, 1.05 * margin + 1e-9)
        shift = beyond - value
        interval = None if exact else (value - 0.03 * value + shift, value + 0.03 * value + shift)
        for now in (
            before[name].model_copy(update={"value": beyond, "interval": interval}),
            before[name].model_copy(update={"value": None, "interval": None}),
            None,
        ):
            changed = {**before, name: now} if now is not None else {k: v for k, v in before.items() if k != name}
            found = [one for one in regressions(GATES, before, changed) if one.verdict == "fail"]  # type: ignore[arg-type]
            assert [one.measurement for one in found] == [PREFIX + name]
            injected += 1
    assert injected >= 100


def test_what_chance_explains_is_no_regression() -> None:
    rng = np.random.default_rng(2)
    for _ in range(50):
        before = held(rng, exact=False)
        now = {}
        for name, one in before.items():
            assert one.value is not None
            shift = float(rng.uniform(-1.0, 1.0)) * 0.03 * one.value
            interval = (one.value * 0.97 + shift, one.value * 1.03 + shift)
            now[name] = one.model_copy(update={"value": one.value + shift, "interval": interval})
        assert {line.verdict for line in regressions(GATES, before, now)} == {"pass"}


def test_the_margin_is_what_both_intervals_explain() -> None:
    found = change(gate(None, 60.0), measured(50.0, 3.0), measured(54.0, 4.0))
    assert (found.worse_by, found.margin) == (pytest.approx(4.0), pytest.approx(5.0))
    skewed = Measurement(name="m", value=50.0, unit="mm", interval=(40.0, 51.0))
    assert change(gate(None, 60.0), skewed, skewed).margin == pytest.approx(math.sqrt(2.0)), "upwards is worse"
    assert change(gate(40.0, None), skewed, skewed).margin == pytest.approx(10.0 * math.sqrt(2.0))


def test_a_number_without_an_interval_may_be_worse_by_a_fiftieth_of_its_bound() -> None:
    """Not of itself: next to nothing, a hundredth of it is nothing."""
    one = gate(None, 10.0)
    assert change(one, measured(5.0), measured(5.04)).margin == pytest.approx(10.0 * BOUND_SHARE)
    verdicts = [regressions([one], {"m": measured(5.0)}, {"m": measured(v)})[0].verdict for v in (4.0, 5.19, 5.21)]
    assert verdicts == ["pass", "pass", "fail"]
    assert regressions([one], {"m": measured(1e-6)}, {"m": measured(3e-6)})[0].verdict == "pass"


def test_a_share_of_counted_cases_has_the_interval_of_the_binomial_distribution() -> None:
    one = Gate(measurement="m", unit="1", min=0.6, plausible=(0.0, 1.0), grades=("release",), why="because")
    before = Measurement(name="m", value=0.63, unit="1", sequences=100)
    assert before.value is not None
    low, high = binomtest(63, 100).proportion_ci(method="exact")
    wide = max(0.63 - low, high - 0.63)
    assert change(one, before, before).margin == pytest.approx(math.sqrt(2.0) * wide)
    verdicts = [
        regressions([one], {"m": before}, {"m": before.model_copy(update={"value": value})})[0].verdict
        for value in (0.62, 0.55, 0.45)
    ]
    assert verdicts == ["pass", "pass", "fail"]


def test_between_two_bounds_the_middle_is_best() -> None:
    assert change(gate(0.8, 1.0), measured(0.91), measured(0.89)).worse_by == pytest.approx(0.0)
    assert change(gate(0.8, 1.0), measured(0.90), measured(0.97)).worse_by == pytest.approx(0.07)


def test_a_new_number_is_no_regression() -> None:
    assert regressions([gate(None, 1.0)], {}, {"m": measured(5.0)}) == ()


def test_a_bundle_beside_itself(micro: Micro, tmp_path: Path) -> None:
    done = call("gate", micro.bundle, "--baseline", micro.bundle, "--json")
    alone = call("gate", micro.bundle, "--json")
    assert done.code == alone.code and "regression.size.shipped" in done.out
    altered = tmp_path / micro.bundle.name
    shutil.copytree(micro.bundle, altered)
    (altered / "profile.json").write_text("{}")
    refused = call("gate", micro.bundle, "--baseline", altered)
    assert refused.code == CheckFailed.exit_code and str(altered) in refused.err


def test_a_regression_can_be_waived_by_its_name(micro: Micro, tmp_path: Path) -> None:
    """Against a baseline that was better than any bundle: every number without an interval would have to be 0."""
    report = gate_bundle(micro.bundle, grade="preview")
    path = tmp_path / "waivers.toml"
    text = """schema = "qleap.waivers"
schema_version = 1
[[waiver]]
measurement = "regression.size.shipped"
reason = "another variant, on purpose"
by = "A. Person"
until = 2026-12-31
"""
    path.write_text(text)
    found = with_regressions(report, load_thresholds(), micro.bundle, micro.bundle, path, date(2026, 11, 30))
    line = next(one for one in found.gates if one.measurement == "regression.size.shipped")
    assert line.verdict == "pass" and line.reason.endswith("the waiver of A. Person is not needed")
