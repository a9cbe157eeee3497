"""``qleap benchmark latency`` as a user meets it."""

import json
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.core.manifest import digest_of
from tests.support.command import call
from tests.support.latency_records import write_record
from tests.support.mil_packages import linear_model, write_package


@pytest.fixture
def package(tmp_path: Path) -> Path:
    model = linear_model(np.zeros((3, 4), np.float32), np.zeros(3, np.float32))
    return write_package(tmp_path / "p.mlpackage", *model)


def test_estimates_are_called_estimates(package: Path) -> None:
    done = call("benchmark", "latency", package)
    assert done.code == 0 and done.err == ""
    assert "s-series" in done.out and done.out.count("not measured") == 7  # title, five classes, last line
    assert "passed" not in done.out


def test_an_estimate_within_the_budget_is_not_passed(package: Path) -> None:
    done = call("benchmark", "latency", package, "--budget-ms", 1000, "--device", "s-series")
    assert done.code == 0 and "budget 1000 ms: not measured" in done.out and "passed" not in done.out


def test_a_budget_below_every_low_bound_fails(package: Path) -> None:
    done = call("benchmark", "latency", package, "--budget-ms", 0.01)
    assert done.code == 1 and "budget 0.01 ms: failed" in done.out


@pytest.mark.parametrize(("budget_ms", "code", "verdict"), [(5, 0, "passed"), (4, 1, "failed")])
def test_a_measurement_passes_or_fails(
    package: Path, tmp_path: Path, budget_ms: float, code: int, verdict: str
) -> None:
    record = write_record(tmp_path / "w.json", digest_of(package))
    arguments = ("--measured", record, "--budget-ms", budget_ms, "--device", "s-series")
    done = call("benchmark", "latency", package, *arguments)
    assert done.code == code and f"budget {budget_ms} ms: {verdict}" in done.out
    assert "Watch7,5" in done.out and "nominal to fair" in done.out
    document = json.loads(call("benchmark", "latency", package, *arguments, "--json").out)
    assert (document["schema"], document["verdict"]) == ("qleap.latency_report", verdict)
    assert [item["measured"] for item in document["estimates"]] == [False] * 5
    assert [item["measured"] for item in document["measurements"]] == [True]
