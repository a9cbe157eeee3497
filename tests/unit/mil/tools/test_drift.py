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
from qleap_edge.compression.document import package_path
from qleap_edge.core.errors import InputDataError
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.tools.drift import measure_drift
from tests.support.micro import Micro
from tests.support.mil_packages import (
    builder_program,
    built,
    exported,
    linear_model,
    main_block,
    tensor_types,
    write_package,
)

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


def test_what_overflows_drifts_and_can_be_written(tmp_path: Path) -> None:
    """5e4 doubled is no half-precision number: the first drift is infinite, in a file null."""
    import coremltools as ct

    class Doubling(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.tanh((x * 5e4) * 2.0)

    network = exported(Doubling(), torch.zeros(1, 4))
    package = built(tmp_path, network, inputs=tensor_types(X), compute_precision=ct.precision.FLOAT16)
    found = measure_drift(package, {"x": np.ones((1, 4), np.float32)})
    assert found.first is not None and found.first.operation == "mul" and found.first.max_abs == float("inf")
    assert json.loads(found.to_json())["first"]["relative"] is None


def test_programs_without_a_common_value_are_refused(tmp_path: Path) -> None:
    good = Package.load(write_package(tmp_path / "good.mlpackage", *linear_model(WEIGHT, BIAS)))
    other = built(tmp_path / "built", exported(nn.Tanh(), torch.zeros(1, 4)), inputs=tensor_types(X))
    with pytest.raises(InputDataError, match=r"no value in common.*good\.mlpackage"):
        measure_drift(other, X, good)


def test_a_value_is_known_by_how_it_is_computed(tmp_path: Path) -> None:
    """The names of the second program are those of the first, but of other values."""
    good = Package.load(write_package(tmp_path / "good.mlpackage", *linear_model(WEIGHT, BIAS)))
    model, weights = linear_model(WEIGHT, BIAS)
    linear, relu = main_block(model).operations[2:]
    linear.outputs[0].name = relu.inputs["x"].arguments[0].name = "y"
    relu.outputs[0].name = main_block(model).outputs[0] = model.description.output[0].name = "z"
    swapped = Package.load(write_package(tmp_path / "swapped.mlpackage", model, weights))
    found = measure_drift(swapped, X, good)
    assert [(item.name, item.operation, item.max_abs) for item in found.values] == [
        ("y", "linear", 0.0),
        ("z", "relu", 0.0),
    ]
    assert found.unmatched == ()


def test_rounding_of_activations_is_looked_through(tmp_path: Path) -> None:
    from coremltools.converters.mil import Builder as mb  # noqa: N813 (its documentation's name)

    def program(rounded: bool) -> Package:
        def body(x: Any) -> Any:
            doubled = mb.mul(x=x, y=np.float32(2.0), name="doubled")
            if rounded:
                steps = mb.quantize(input=doubled, scale=np.float32(0.25), output_dtype="int8", name="steps")
                doubled = mb.dequantize(input=steps, scale=np.float32(0.25), name="rounded")
            return mb.tanh(x=doubled, name="out")

        return built(tmp_path, builder_program(body, {"x": ((1, 4), np.float32)}, "iOS18"))

    x = {"x": np.array([[0.3, -1.0, 0.5, 0.06]], np.float32)}
    found = measure_drift(program(True), x, program(False))
    assert found.unmatched == ("steps",)
    drifts = {item.name: item.max_abs for item in found.values}
    assert drifts["doubled"] == 0.0
    np.testing.assert_allclose(drifts["rounded"], 0.12, atol=1e-6)  # 0.12 is nearer to 0 than to 0.25
    np.testing.assert_allclose(drifts["out"], np.tanh(0.12), atol=1e-6)
    assert found.first is not None and found.first.name == "rounded"


def test_every_value_of_a_compressed_package_is_found_in_the_one_it_was_made_from(micro: Micro) -> None:
    """The compressor numbers some transposes anew; by name, 190 % of drift would be seen where there is 1 %."""
    half, small = (
        Package.load(package_path(micro.stages["compress"], variant)) for variant in ("float16", "int8_per_channel")
    )
    imu = np.random.default_rng(0).normal(0.0, 5.0, (1, 200, 6)).astype(np.float32)
    found = measure_drift(small, {"imu": imu}, half)
    assert found.unmatched == ()
    assert max(item.relative for item in found.values) < 0.05


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


def test_a_sum_in_steps_of_one_operand_is_known_and_not_compared(tmp_path: Path) -> None:
    """Weight tools write s (a + b) as s_b (s_a / s_b qa + qb): in between, values are told in other units."""
    from coremltools.converters.mil.mil import Builder

    rng = np.random.default_rng(0)
    inputs = {name: rng.uniform(-1.0, 1.0, (1, 4)).astype(np.float32) for name in ("x", "y")}
    described = {name: (value.shape, np.float32) for name, value in inputs.items()}

    def plain(x: Any, y: Any) -> Any:
        return Builder.relu(x=Builder.add(x=x, y=y, name="sum"), name="out")

    def in_steps(x: Any, y: Any) -> Any:
        def step(value: Any, into: float, back: float, name: str) -> Any:
            whole = Builder.quantize(input=value, scale=np.float32(into), output_dtype="int8", name=f"{name}_steps")
            return Builder.dequantize(input=whole, scale=np.float32(back), name=name)

        total = Builder.add(x=step(x, 0.01, 0.5, "a"), y=step(y, 0.02, 1.0, "b"), name="sum")  # in units of 0.02
        return Builder.relu(x=step(total, 1.0, 0.02, "back"), name="out")

    one, other = (
        built(tmp_path / name, builder_program(body, described, "iOS17"), "iOS17")
        for name, body in (("plain", plain), ("steps", in_steps))
    )
    found = measure_drift(other, inputs, one)
    assert {item.name for item in found.values} == {"back", "out"}
    assert max(item.relative for item in found.values) < 0.05, "two steps of 0.02 and 0.01"
    assert {"a", "b", "sum"} <= set(found.unmatched)
