"""``mil run`` and ``mil drift`` on states, functions, numbers of another type and outputs of one name."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from typer.testing import CliRunner

from qleap_edge.cli.mil import app, read_arrays
from qleap_edge.conversion.quiet import coremltools
from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.runtime.evaluator import open_model
from qleap_edge.mil.tools.drift import measure_drift
from tests.support.mil_built import Module
from tests.support.mil_packages import builder_program, built, exported, tensor_types


class Accumulator(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("seen", torch.zeros(1, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.seen.add_(x)  # type: ignore[operator]
        return self.seen * 2.0  # type: ignore[operator]


def accumulator(folder: Path) -> Package:
    ct = coremltools()
    return built(
        folder,
        torch.jit.trace(Accumulator().eval(), torch.zeros(1, 3)),
        inputs=[ct.TensorType("x", shape=(1, 3), dtype=np.float16)],
        outputs=[ct.TensorType("y", dtype=np.float16)],
        states=[ct.StateType(wrapped_type=ct.TensorType(shape=(1, 3), dtype=np.float16), name="seen")],
        compute_precision=ct.precision.FLOAT16,
    )


def invoke(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(item) for item in arguments], catch_exceptions=False)


def test_a_state_goes_from_one_call_to_the_next(tmp_path: Path) -> None:
    package = accumulator(tmp_path / "p").path
    x, y, s = (tmp_path / f"{name}.npz" for name in "xys")
    np.savez(x, x=np.full((1, 3), 1.5, np.float16))
    call = ("run", package, "--inputs", x, "--out", y, "--state-out", s)
    results = []
    for number in range(3):
        result = invoke(*call, *(("--state-in", s) if number else ()))
        assert result.exit_code == 0
        results.append(read_arrays(y)["y"][0, 0])
    assert results == [3.0, 6.0, 9.0]
    assert read_arrays(s)["seen"].tolist() == [[4.5, 4.5, 4.5]]


def test_states_that_do_not_fit(tmp_path: Path) -> None:
    package = accumulator(tmp_path / "p").path
    model = open_model(package)
    for arrays, word in (
        ({}, "seen"),
        ({"seen": np.zeros((1, 4), np.float32)}, r"shape \(1, 3\)"),
        ({"seen": np.zeros((1, 3), np.float32), "more": np.zeros(1)}, "more"),
        ({"seen": np.full((1, 3), 0.1)}, r"state 'seen', index \(0, 0\)"),
    ):
        with pytest.raises(InputDataError, match=word):
            model.restore_state(arrays)
    x, s = tmp_path / "x.npz", tmp_path / "s.npz"
    np.savez(x, x=np.zeros((2, 1, 3), np.float16))
    np.savez(s, **model.make_state().arrays())  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="windows are independent"):
        invoke("run", package, "--inputs", x, "--out", tmp_path / "y.npz", "--state-in", s)


def test_converted_numbers_are_said(tmp_path: Path) -> None:
    package = accumulator(tmp_path / "p").path
    np.savez(tmp_path / "x.npz", x=np.full((1, 3), 1.5, np.float64))
    call = ("run", package, "--inputs", tmp_path / "x.npz", "--out", tmp_path / "y.npz")
    assert "Input 'x': float64 given, float16 declared; no number changed." in invoke(*call).stderr
    document = json.loads(invoke(*call, "--json").stdout)
    assert document["converted"] == [{"declared": "float16", "given": "float64", "name": "x"}]
    assert document["windows"] is None


def test_one_tensor_under_two_names(tmp_path: Path) -> None:
    """The converter lists the last name twice; the first is lost, and the command says so."""
    ct = coremltools()
    package = built(
        tmp_path,
        exported(Module(lambda x: (torch.relu(x),) * 2), torch.zeros(1, 3)),
        inputs=tensor_types({"x": np.zeros((1, 3), np.float32)}),
        outputs=[ct.TensorType("first"), ct.TensorType("second")],
    )
    assert [feature.name for feature in package.outputs] == ["second", "second"]
    np.savez(tmp_path / "x.npz", x=np.ones((1, 3), np.float32))
    call = ("run", package.path, "--inputs", tmp_path / "x.npz", "--out", tmp_path / "y.npz")
    assert "Output 'second' is listed twice" in invoke(*call).stderr
    assert json.loads(invoke(*call, "--json").stdout)["repeated_outputs"] == ["second"]
    assert list(read_arrays(tmp_path / "y.npz")) == ["second"]


def test_drift_of_another_function(tmp_path: Path) -> None:
    from coremltools.converters.mil.mil import Builder

    ct = coremltools()
    described = {"x": ((1, 3), np.float32)}

    def scaled(count: int) -> Any:
        return lambda x: Builder.mul(x=x, y=np.float32(count / 3), name="y")

    once, twice = (
        built(
            tmp_path / str(count),
            builder_program(scaled(count), described, "iOS18"),
            compute_precision=ct.precision.FLOAT16,
        )
        for count in (1, 2)
    )
    both = ct.utils.MultiFunctionDescriptor()
    both.add_function(str(once.path), "main", "once")
    both.add_function(str(twice.path), "main", "twice")
    both.default_function_name = "once"
    ct.utils.save_multifunction(both, str(tmp_path / "both.mlpackage"))
    package, x = Package.load(tmp_path / "both.mlpackage"), {"x": np.ones((1, 3), np.float32)}
    assert measure_drift(package, x).values[-1].peak == pytest.approx(1 / 3, rel=1e-3)
    found = measure_drift(package, x, function="twice")
    assert found.function == "twice" and found.values[-1].peak == pytest.approx(2 / 3, rel=1e-3)
    assert measure_drift(package, x, package, function="twice", against_function="twice").first is None
    crossed = measure_drift(package, x, package, function="twice")
    assert crossed.first is not None and crossed.first.relative == pytest.approx(1.0, rel=1e-2)
    with pytest.raises(UsageError, match="thrice"):
        measure_drift(package, x, function="thrice")
    np.savez(tmp_path / "x.npz", **x)  # type: ignore[arg-type]
    result = invoke("drift", package.path, "--inputs", tmp_path / "x.npz", "--function", "twice", "--json")
    assert json.loads(result.stdout)["function"] == "twice"
