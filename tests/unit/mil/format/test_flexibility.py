"""Ranges, lists of shapes and default values: read from the package, shown, and kept as Core ML keeps them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from typer.testing import CliRunner

from qleap_edge.cli.mil import app
from qleap_edge.conversion.libraries import import_coremltools
from qleap_edge.core.errors import InputDataError
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.runtime.evaluator import open_model
from tests.support.mil_packages import built, linear_model, write_package

EYE, NOTHING = np.eye(4, dtype=np.float32), np.zeros(4, dtype=np.float32)


class ReadsItsSizes(nn.Module):
    """Computes with ``x.shape[1]``: traced with a flexible size, it becomes ``gather`` with a number as its index."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.reshape(-1, 2) / x.shape[1]


def flexible(folder: Path, shape: Any) -> Package:
    ct = import_coremltools()
    with torch.no_grad():
        traced = torch.jit.trace(ReadsItsSizes().eval(), torch.zeros(1, 5, 2))
    return built(folder, traced, inputs=[ct.TensorType("x", shape=shape, dtype=np.float32)])


def sized(axis: int) -> dict[str, np.ndarray]:
    return {"x": np.arange(2 * axis, dtype=np.float32).reshape(1, axis, 2)}


def test_a_range_is_read_and_kept(tmp_path: Path) -> None:
    ct = import_coremltools()
    package = flexible(tmp_path, (1, ct.RangeDim(1, 100, default=5), 2))
    gathers = [item for item in package.function().block.operations if item.type == "gather"]
    assert [item.outputs[0].type.shape for item in gathers] == [()]
    (given,) = package.inputs
    assert (given.shape, given.ranges, given.shapes) == ((1, 5, 2), ((1, 1), (1, 100), (2, 2)), ())
    model = open_model(package)
    for axis in (1, 5, 100):
        inputs = sized(axis)
        (got,) = model.predict(inputs).values()
        np.testing.assert_allclose(got, inputs["x"].reshape(-1, 2) / axis, rtol=1e-6)
        (many,) = model.predict_batch({"x": np.stack([inputs["x"]] * 2)}).values()
        np.testing.assert_array_equal(many, np.stack([got, got]))
    for axis in (0, 101):
        for call in (model.predict, lambda inputs: model.predict_batch({"x": inputs["x"][None]})):
            with pytest.raises(InputDataError, match=f"input 'x', axis 1: .*a size of 1 to 100; got {axis}"):
                call(sized(axis))


def test_a_range_without_an_end(tmp_path: Path) -> None:
    model, weights = linear_model(EYE, NOTHING)
    sizes = model.description.input[0].type.multiArrayType.shapeRange.sizeRanges
    for low, high in ((2, -1), (4, 4)):
        sizes.add(lowerBound=low, upperBound=high)
    path = write_package(tmp_path / "p.mlpackage", model, weights)
    assert Package.load(path).inputs[0].ranges == ((2, None), (4, 4))
    words = " ".join(CliRunner().invoke(app, ["inspect", str(path)], env={"COLUMNS": "200"}).stdout.split())
    assert "sizes 2 to any size × 4" in words
    with pytest.raises(InputDataError, match=r"axis 0: .*a size of 2 or more; got 1"):
        open_model(path).predict({"x": np.zeros((1, 4), np.float32)})


def test_listed_shapes_are_read_and_kept(tmp_path: Path) -> None:
    ct = import_coremltools()
    package = flexible(tmp_path, ct.EnumeratedShapes([(1, 5, 2), (1, 16, 2)], default=(1, 5, 2)))
    assert set(package.inputs[0].shapes) == {(1, 5, 2), (1, 16, 2)}
    model = open_model(package)
    for axis in (5, 16):
        assert next(iter(model.predict(sized(axis)).values())).shape == (axis, 2)
    with pytest.raises(InputDataError, match=r"declared shapes .*\(1, 16, 2\).*; got \(1, 7, 2\)"):
        model.predict(sized(7))


def test_inspect_shows_what_is_declared(tmp_path: Path) -> None:
    ct = import_coremltools()
    ranged = flexible(tmp_path, (1, ct.RangeDim(1, 100, default=5), 2))
    listed = flexible(tmp_path, ct.EnumeratedShapes([(1, 5, 2), (1, 16, 2)], default=(1, 5, 2)))
    document = json.loads(CliRunner().invoke(app, ["inspect", str(ranged.path), "--json"]).stdout)
    assert document["schema_version"] == 3
    assert document["inputs"][0]["ranges"] == [[1, 1], [1, 100], [2, 2]]
    assert document["outputs"][0]["shape"] == [None, 2]
    words = " ".join(CliRunner().invoke(app, ["inspect", str(ranged.path)], env={"COLUMNS": "200"}).stdout.split())
    assert "(1, 5, 2) float32, sizes 1 × 1 to 100 × 2" in words
    assert "(?, 2) float32" in words
    words = " ".join(CliRunner().invoke(app, ["inspect", str(listed.path)], env={"COLUMNS": "200"}).stdout.split())
    assert "one of (1, 5, 2) (1, 16, 2)" in words


def test_an_input_with_a_default_value_may_be_left_out(tmp_path: Path) -> None:
    ct = import_coremltools()

    class Sum(nn.Module):
        def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
            return x + y

    example = torch.zeros(1, 3)
    package = built(
        tmp_path,
        torch.jit.trace(Sum().eval(), (example, example)),
        inputs=[
            ct.TensorType("x", shape=(1, 3), dtype=np.float32),
            ct.TensorType("y", shape=(1, 3), dtype=np.float32, default_value=np.full((1, 3), 2.5, np.float32)),
        ],
    )
    assert [feature.default for feature in package.inputs] == [None, 2.5]
    model = open_model(package)
    x = np.array([[1.0, 2.0, 3.0]], np.float32)
    assert next(iter(model.predict({"x": x}).values())).tolist() == [[3.5, 4.5, 5.5]]
    assert next(iter(model.predict({"x": x, "y": x}).values())).tolist() == [[2.0, 4.0, 6.0]]
    assert next(iter(model.predict_batch({"x": x[None]}).values())).tolist() == [[[3.5, 4.5, 5.5]]]
    with pytest.raises(InputDataError, match="'x'"):
        model.predict({"y": x})


@pytest.mark.parametrize("form", ["enumeratedSizes", "imageSizeRange"])
def test_an_image_of_several_sizes(tmp_path: Path, form: str) -> None:
    ct = import_coremltools()
    shape = (
        ct.EnumeratedShapes([(1, 3, 4, 6), (1, 3, 8, 8)], default=(1, 3, 4, 6))
        if form == "enumeratedSizes"
        else ct.Shape((1, 3, ct.RangeDim(2, 8, default=4), ct.RangeDim(4, 9, default=6)))
    )
    traced = torch.jit.trace(nn.ReLU().eval(), torch.zeros(1, 3, 4, 6))
    package = built(tmp_path, traced, inputs=[ct.ImageType("x", shape=shape)])
    model = open_model(package)
    for height, width, fits in ((4, 6, True), (8, 8, True), (9, 6, False), (4, 10, False)):
        inputs = {"x": np.zeros((1, 3, height, width), np.float32)}
        if fits:
            assert next(iter(model.predict(inputs).values())).shape == (1, 3, height, width)
        else:
            with pytest.raises(InputDataError, match="input 'x'"):
                model.predict(inputs)


def test_a_range_that_ends_before_it_begins(tmp_path: Path) -> None:
    model, weights = linear_model(EYE, NOTHING)
    sizes = model.description.input[0].type.multiArrayType.shapeRange.sizeRanges
    for low, high in ((1, 1), (9, 4)):
        sizes.add(lowerBound=low, upperBound=high)
    with pytest.raises(InputDataError, match=r"input 'x': .*a range of sizes; got 9 to 4"):
        Package.load(write_package(tmp_path / "p.mlpackage", model, weights))


@pytest.mark.parametrize("default", [float("nan"), float("inf"), 1e300])
def test_a_default_value_that_the_type_does_not_hold(tmp_path: Path, default: float) -> None:
    model, weights = linear_model(EYE, NOTHING)
    model.description.input[0].type.isOptional = True
    model.description.input[0].type.multiArrayType.doubleDefaultValue = default
    with pytest.raises(InputDataError, match="a default value of type float32"):
        Package.load(write_package(tmp_path / "p.mlpackage", model, weights))


def test_a_list_of_shapes_that_the_program_does_not_take(tmp_path: Path) -> None:
    """The description lists a shape of another rank than the program's input: it is refused, not run."""
    model, weights = linear_model(EYE, NOTHING)
    listed = model.description.input[0].type.multiArrayType.enumeratedShapes.shapes
    for shape in ((1, 4), (1, 2, 4)):
        listed.add().shape.extend(shape)
    running = open_model(write_package(tmp_path / "p.mlpackage", model, weights))
    assert running.predict({"x": np.zeros((1, 4), np.float32)})
    with pytest.raises(InputDataError, match=r"shape \(1, 4\)"):
        running.predict({"x": np.zeros((1, 2, 4), np.float32)})
