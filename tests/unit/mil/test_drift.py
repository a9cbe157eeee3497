"""The first value that drifts is the one that was made to."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from typer.testing import CliRunner

from qleap_edge.cli.mil import app
from qleap_edge.core.errors import InputDataError
from qleap_edge.mil.drift import measure_drift
from qleap_edge.mil.package import Package
from tests.support.mil_packages import built, exported, linear_model, tensor_types, write_package

WEIGHT = np.arange(12, dtype=np.float32).reshape(3, 4) / 10
BIAS = np.array([-1.0, 0.0, 1.0], dtype=np.float32)
X = {"x": np.array([[1.0, -2.0, 3.0, 0.5]], dtype=np.float32)}


class Cancelling(nn.Module):
    """Adds a large number and takes it away again: in half precision, what was small is lost there."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        doubled = torch.tanh(x) * 2.0
        return (doubled + 2048.0) - torch.relu(x + 2048.0)


def test_half_precision_drifts_where_a_large_number_is_added(tmp_path: Path) -> None:
    import coremltools as ct

    package = built(
        tmp_path,
        exported(Cancelling(), torch.zeros(1, 4)),
        inputs=tensor_types(X),
        compute_precision=ct.precision.FLOAT16,
    )
    found = measure_drift(package, X)
    assert found.first is not None
    assert found.first.operation == "sub"
    assert found.first.relative > 0.05
    before = found.values[: found.values.index(found.first)]
    assert all(item.relative < 0.001 for item in before)
    assert found.against == "the same program without rounding"
    looser = measure_drift(package, X, bound=10.0)
    assert looser.first is None


def test_a_changed_weight_is_found_where_it_is_used(tmp_path: Path) -> None:
    good = Package.load(write_package(tmp_path / "good.mlpackage", *linear_model(WEIGHT, BIAS)))
    other = Package.load(write_package(tmp_path / "other.mlpackage", *linear_model(WEIGHT * 1.5, BIAS)))
    assert measure_drift(good, X, good).first is None
    found = measure_drift(other, X, good)
    assert found.first is not None
    assert (found.first.name, found.first.operation) == ("z", "linear")
    product = X["x"] @ WEIGHT.T
    np.testing.assert_allclose(found.first.max_abs, np.abs(0.5 * product).max(), rtol=1e-5)
    np.testing.assert_allclose(found.first.peak, np.abs(product + BIAS).max(), rtol=1e-5)


def test_programs_without_a_common_value_are_refused(tmp_path: Path) -> None:
    model, weights = linear_model(WEIGHT, BIAS)
    good = Package.load(write_package(tmp_path / "good.mlpackage", model, weights))
    block: Any = model.mlProgram.functions["main"].block_specializations["CoreML7"]
    block.operations[2].outputs[0].name = block.operations[3].inputs["x"].arguments[0].name = "renamed"
    block.operations[3].outputs[0].name = block.outputs[0] = model.description.output[0].name = "also"
    other = Package.load(write_package(tmp_path / "other.mlpackage", model, weights))
    with pytest.raises(InputDataError, match="no value in common"):
        measure_drift(other, X, good)


def test_the_command_names_the_operation(tmp_path: Path) -> None:
    for name, factor in (("good", 1.0), ("other", 1.5)):
        write_package(tmp_path / f"{name}.mlpackage", *linear_model((factor * WEIGHT).astype(np.float32), BIAS))
    np.savez(tmp_path / "x.npz", **X)  # type: ignore[arg-type]
    arguments = ["drift", str(tmp_path / "other.mlpackage"), "--inputs", str(tmp_path / "x.npz")]
    arguments += ["--against", str(tmp_path / "good.mlpackage")]
    printed = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert printed.exit_code == 0
    assert "first z (linear" in printed.stdout
    found = json.loads(CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False).stdout)
    assert (found["schema"], found["first"]["name"]) == ("qleap.mil_drift", "z")
