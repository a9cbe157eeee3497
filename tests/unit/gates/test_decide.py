"""Number against bound: each way to fail, and the reason it is given."""

import math
from pathlib import Path
from typing import Any

import pytest

from qleap_edge.core.records import read_document
from qleap_edge.gates.decide import GateReport, decide, decide_one
from qleap_edge.gates.thresholds import Gate, Thresholds
from qleap_edge.metrics.measurement import Measurement


def gate(**bounds: float) -> Gate:
    return Gate(measurement="m", unit="mm", grades=("tiny",), why="because", **bounds)


def measured(value: float | None, unit: str = "mm", note: str = "") -> Measurement:
    return Measurement(name="m", value=value, unit=unit, note=note)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bounds", "value", "verdict"),
    [
        ({"max": 5.0}, 5.0, "pass"),
        ({"max": 5.0}, math.nextafter(5.0, 6.0), "fail"),
        ({"max": 0.0}, 0.0, "pass"),
        ({"max": 0.0}, -1.0, "fail"),
        ({"max": 6000.0}, 5001.0, "fail"),
        ({"min": 5.0}, 5.0, "pass"),
        ({"min": 5.0}, math.nextafter(5.0, 4.0), "fail"),
        ({"min": 1.0, "max": 2.0}, 1.5, "pass"),
        ({"min": 1.0, "max": 2.0}, 0.9, "fail"),
        ({"min": 1.0, "max": 2.0}, 2.1, "fail"),
        ({"max": 5.0}, float("nan"), "fail"),
        ({"max": 5.0}, float("-inf"), "fail"),
        ({"min": 5.0}, float("inf"), "fail"),
        ({"min": 5.0}, float("nan"), "fail"),
    ],
)
def test_number_against_bound(bounds: dict[str, float], value: float, verdict: str) -> None:
    result = decide_one(gate(**bounds), measured(value))
    assert result.verdict == verdict
    assert result.value == (value if math.isfinite(value) else None)
    assert result.reason if verdict == "fail" else result.reason == "because"


@pytest.mark.parametrize(
    ("measurement", "reason"),
    [
        (None, "not measured"),
        (measured(None), "no value"),
        (measured(None, note="too few persons"), "no value: too few persons"),
        (measured(float("nan")), "not a finite number: nan"),
        (measured(1.0, unit="body_height"), "wrong unit: measured in 'body_height', bound in 'mm'"),
        (measured(9.0), "above 5 mm; the bound is there because: because"),
        (measured(-5.0), "impossible: m lies between 0 and 5000 mm"),
        (
            measured(4.0).model_copy(update={"interval": (1.0, 3.0)}),
            "impossible: the value lies outside its own interval",
        ),
    ],
)
def test_every_failure_says_why(measurement: Measurement | None, reason: str) -> None:
    result = decide_one(gate(max=5.0), measurement)
    assert result.verdict == "fail" and result.reason.startswith(reason)


def test_a_wrong_unit_fails_although_the_number_would_pass() -> None:
    assert decide_one(gate(max=5.0), measured(0.001, unit="body_height")).verdict == "fail"


def thresholds(*gates: Gate) -> Thresholds:
    return Thresholds(schema="qleap.thresholds", schema_version=1, gate=gates)


def test_no_gates_is_no_pass() -> None:
    assert decide(thresholds(), "tiny", {}).verdict == "fail"
    assert decide(thresholds(gate(max=1)), "release", {"m": measured(0.0)}).verdict == "fail", "none of this grade"


def test_one_failure_fails_the_bundle() -> None:
    both = thresholds(gate(max=1.0), gate(min=0.0).model_copy(update={"measurement": "n"}))
    assert decide(both, "tiny", {"m": measured(0.0), "n": measured(3.0)}).verdict == "pass"
    report = decide(both, "tiny", {"m": measured(3.0), "n": measured(3.0)})
    assert report.verdict == "fail" and [g.verdict for g in report.gates] == ["fail", "pass"]


def test_a_report_with_nothing_measured_can_be_written(tmp_path: Path) -> None:
    report = decide(thresholds(gate(max=1.0)), "tiny", {"m": measured(float("nan"))})
    report.write(tmp_path / "r.json")
    assert read_document(GateReport, tmp_path / "r.json") == report


@pytest.mark.parametrize(
    ("bounds", "interval", "verdict"),
    [
        ({"max": 5.0}, (3.0, 5.0), "pass"),
        ({"max": 5.0}, (3.0, 5.1), "undecided"),
        ({"min": 4.0}, (3.9, 6.0), "undecided"),
        ({"min": 4.0, "max": 5.0}, (4.1, 4.9), "pass"),
        ({"max": 5.0, "judges": "value"}, (3.0, 9.0), "pass"),
        ({"max": 4.0}, (3.0, 9.0), "fail"),
    ],
)
def test_a_bound_is_held_against_the_worse_end(
    bounds: dict[str, Any], interval: tuple[float, float], verdict: str
) -> None:
    measurement = measured(4.5).model_copy(update={"interval": interval})
    one = Gate(measurement="m", unit="mm", grades=("preview", "release"), why="because", **bounds)
    assert decide_one(one, measurement).verdict == verdict
    report = decide(thresholds(one), "release", {"m": measurement})
    assert report.verdict == ("pass" if verdict == "pass" else "fail")
    lower = decide(thresholds(one), "preview", {"m": measurement})
    assert lower.verdict == ("fail" if verdict == "fail" else "pass")
