"""The commands on saved programs: files in and out, states, functions, converted numbers, outputs of one name."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from qleap_edge.cli.mil import app, read_arrays
from qleap_edge.conversion.libraries import import_coremltools
from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.runtime.evaluator import open_model
from qleap_edge.mil.tools.drift import measure_drift
from tests.support.mil_built import Module, accumulator
from tests.support.mil_packages import builder_program, built, exported, linear_model, tensor_types, write_package

WEIGHT = np.arange(12, dtype=np.float32).reshape(3, 4) / 10
BIAS = np.array([-1.0, 0.0, 1.0], dtype=np.float32)


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
    ct = import_coremltools()
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

    ct = import_coremltools()
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


@pytest.mark.parametrize("windows", [0, 3])
def test_run_writes_outputs_by_name(tmp_path: Path, windows: int) -> None:
    package = write_package(tmp_path / "p.mlpackage", *linear_model(WEIGHT, BIAS))
    x = np.random.default_rng(2).standard_normal((windows, 1, 4) if windows else (1, 4)).astype(np.float32)
    np.savez(tmp_path / "x.npz", x=x)
    arguments = ["run", str(package), "--inputs", str(tmp_path / "x.npz"), "--out", str(tmp_path / "y.npz")]
    result = CliRunner().invoke(app, [*arguments, "--precision", "wide"], catch_exceptions=False)
    assert result.exit_code == 0
    y = read_arrays(tmp_path / "y.npz")
    np.testing.assert_allclose(y["y"], np.maximum(x @ WEIGHT.T + BIAS, 0.0), rtol=1e-5, atol=1e-6)


def test_arrays_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("not a zip")
    np.savez(tmp_path / "objects.npz", x=np.array([{"a": 1}], dtype=object))
    np.save(tmp_path / "single.npy", np.zeros(3))
    (tmp_path / "cut.npz").write_bytes((tmp_path / "objects.npz").read_bytes()[:60])
    for name in ("text.npz", "objects.npz", "single.npy", "cut.npz", "absent.npz"):
        with pytest.raises(InputDataError, match=name):
            read_arrays(tmp_path / name)


def test_inspect_prints_one_json_document(tmp_path: Path) -> None:
    package = write_package(tmp_path / "p.mlpackage", *linear_model(WEIGHT, BIAS))
    result = CliRunner().invoke(app, ["inspect", str(package), "--json"], catch_exceptions=False)
    summary: dict[str, Any] = json.loads(result.stdout)
    assert summary["schema"] == "qleap.mil_summary"
    assert summary["operation_counts"] == {"const": 2, "linear": 1, "relu": 1}
    assert (summary["parameters"], summary["weight_bytes"], summary["flops"]) == (15, 60, 24)
    assert summary["precision_counts"] == {"fp32": 2}
    table = CliRunner().invoke(app, ["inspect", str(package)], catch_exceptions=False)
    assert "linear" in table.stdout
