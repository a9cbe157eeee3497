"""Infinite and undefined numbers are counted and named; equal ones in both runs are no drift."""

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from qleap_edge.cli.mil import app
from qleap_edge.conversion.libraries import import_coremltools
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.tools.drift import measure_drift
from tests.support.mil_packages import builder_program, built

X = {"x": np.array([[1.0, 2.0, 3.0, 4.0], [0.5, 0.25, 0.125, 1.0]], np.float32)}


def masked(folder: Path) -> Package:
    """Softmax of scores with a mask: the first row is masked throughout, so that it is NaN."""
    from coremltools.converters.mil.mil import Builder

    mask = np.array([[-np.inf] * 4, [0.0, 0.0, -np.inf, 0.0]], np.float32)

    def body(x: Any) -> Any:
        return Builder.softmax(x=Builder.add(x=x, y=mask, name="scores"), axis=-1, name="y")

    program = builder_program(body, {"x": ((2, 4), np.float32)}, "iOS18")
    return built(folder, program, compute_precision=import_coremltools().precision.FLOAT16)


def overflowing(folder: Path) -> Package:
    """Numbers that half precision does not hold, though float32 does."""
    from coremltools.converters.mil.mil import Builder

    def body(x: Any) -> Any:
        return Builder.mul(x=Builder.mul(x=x, y=np.float32(3e4), name="big"), y=np.float32(0.5), name="y")

    program = builder_program(body, {"x": ((2, 4), np.float32)}, "iOS18")
    return built(folder, program, compute_precision=import_coremltools().precision.FLOAT16)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_equal_infinities_and_nan_are_no_drift(tmp_path: Path) -> None:
    found = measure_drift(masked(tmp_path), X)
    assert found.first is None
    assert all(np.isfinite([item.max_abs, item.peak, item.relative]).all() for item in found.values)
    counted = {item.operation: (item.elements, item.declared, item.exact) for item in found.not_finite}
    assert counted["add"] == (8, 5, 5)
    assert counted["softmax"] == (8, 4, 4)
    assert json.loads(found.to_json())["not_finite"][0]["operation"] == "add"


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_what_only_one_run_overflows_in_is_drift(tmp_path: Path) -> None:
    found = measure_drift(overflowing(tmp_path), X)
    assert found.first is not None and found.first.relative == np.inf
    assert (found.not_finite[0].declared, found.not_finite[0].exact) == (2, 0)  # 3 and 4 times 3e4
    assert found.first.peak == pytest.approx(1.2e5, rel=1e-3)


def test_the_commands_count_them(tmp_path: Path) -> None:
    package = masked(tmp_path)
    np.savez(tmp_path / "x.npz", **X)  # type: ignore[arg-type]
    drift = ["drift", str(package.path), "--inputs", str(tmp_path / "x.npz")]
    printed = CliRunner().invoke(app, drift, catch_exceptions=False)
    assert "Infinite or NaN: " in printed.stdout and "5 of 8 elements as declared, 5 in the exact run" in printed.stdout
    assert "no value" in printed.stdout
    run = ["run", *drift[1:], "--out", str(tmp_path / "y.npz")]
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        table = CliRunner().invoke(app, run, catch_exceptions=False)
        document = json.loads(CliRunner().invoke(app, [*run, "--json"], catch_exceptions=False).stdout)
    assert table.exit_code == 0 and "Output 'y': 4 elements are infinite or NaN." in table.stderr
    (output,) = document["outputs"]
    assert (document["schema"], output["not_finite"], output["smallest"]) == ("qleap.mil_run", 4, 0.0)
    assert output["largest"] == pytest.approx(0.43, abs=0.2)
