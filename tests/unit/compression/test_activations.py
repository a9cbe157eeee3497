"""8-bit activations: the ranges are those of all windows, and the saved program rounds as they say."""

from pathlib import Path

import numpy as np
import pytest

from qleap_edge.compression.activations import activation_ranges
from qleap_edge.compression.variants import make_variant
from qleap_edge.core.contract import PACKAGE_NAME
from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.dataset.windows import load_windows
from qleap_edge.evaluation.predictions import PosePredictor
from qleap_edge.metrics.parity import psnr_db
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.format.program import Constant, Reference
from qleap_edge.mil.runtime.evaluator import open_model
from tests.support.micro import Micro
from tests.support.mil_built import built


@pytest.fixture(scope="module")
def half(micro: Micro) -> Path:
    return micro.stages["convert"] / PACKAGE_NAME


@pytest.fixture(scope="module")
def imu(micro: Micro) -> np.ndarray:
    return load_windows(micro.stages["synthesize"], "train", 100).imu[::5]


@pytest.fixture(scope="module")
def small(half: Path, imu: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("w8a8") / PACKAGE_NAME
    make_variant(half, "w8a8", out, ranges=activation_ranges(Package.load(half), imu))
    return out


def test_the_ranges_are_those_of_all_windows_not_of_the_last(half: Path, imu: np.ndarray) -> None:
    package = Package.load(half)
    loud = np.concatenate([2.0 * imu[:1], 0.1 * imu[1:3]])
    ranges = activation_ranges(package, loud)
    assert ranges["imu"] == (loud.min(), loud.max())
    assert dict(ranges) == dict(activation_ranges(package, loud[::-1].copy())), "their order says nothing"
    values = [dict(open_model(package).trace({"imu": window[None]})) for window in loud]
    names = [name for name, value in values[0].items() if value.dtype.kind == "f" and np.ptp(value) > 0.1]
    assert len(names) > 50
    joined = {
        n
        for op in package.function().block.operations
        if op.type == "concat"
        for n in (*op.references(), op.outputs[0].name)
    }
    for name in set(names) - joined:
        low = min(0.0, *(float(value[name].min()) for value in values))
        high = max(0.0, *(float(value[name].max()) for value in values))
        assert ranges[name] == (low, high), name


def test_what_is_joined_has_one_range(tmp_path: Path) -> None:
    from coremltools.converters.mil import Builder  # takes seconds: not when tests are collected

    def body(imu):  # type: ignore[no-untyped-def]
        return Builder.concat(
            values=[Builder.mul(x=imu, y=2.0, name="twice"), Builder.relu(x=imu, name="part")], axis=1, name="both"
        )

    window = np.random.default_rng(0).normal(size=(1, 200, 6)).astype(np.float32)
    package = built(body, {"imu": window}, "iOS17", tmp_path)
    ranges = activation_ranges(package, window)
    assert ranges["twice"] == ranges["part"] == ranges["both"] == (2 * window.min(), 2 * window.max())
    assert ranges["imu"] == (window.min(), window.max())


def test_no_range_is_empty(tmp_path: Path) -> None:
    from coremltools.converters.mil import Builder

    window = np.ones((1, 200, 6), np.float32)
    package = built(lambda imu: Builder.mul(x=imu, y=0.0, name="silent"), {"imu": window}, "iOS17", tmp_path)
    low, high = activation_ranges(package, window)["silent"]
    assert low == 0.0 and high > 0.0, "a scale cannot be zero"


def test_a_range_that_half_precision_cannot_hold(half: Path, imu: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(InputDataError, match="too large for half precision") as caught:
        activation_ranges(Package.load(half), 1e6 * imu[:1])
    assert str(half) in str(caught.value) and "65504" in str(caught.value)


def test_no_windows(half: Path, imu: np.ndarray) -> None:
    with pytest.raises(InputDataError, match="no window to measure ranges on"):
        activation_ranges(Package.load(half), imu[:0])


def test_without_ranges(half: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="activations' ranges"):
        make_variant(half, "w8a8", tmp_path / PACKAGE_NAME)
    assert not list(tmp_path.iterdir())


def test_the_scales_in_the_file_are_those_of_the_ranges(half: Path, small: Path, imu: np.ndarray) -> None:
    """Names are no help: coremltools numbers some values anew."""
    ranges = activation_ranges(Package.load(half), imu)
    possible = np.array([(high - low) / 255 for low, high in ranges.values()])
    operations = Package.load(small).function().block.operations
    kinds = [op.type for op in operations]
    assert {"quantize", "dequantize", "constexpr_affine_dequantize"} <= set(kinds)
    restored = {output.name for op in operations if op.type == "dequantize" for output in op.outputs}
    readers = {op.type for op in operations if restored & set(op.references())}
    assert "linear" in readers and "conv" not in readers
    literals = {op.outputs[0].name: op.inputs["val"][0] for op in operations if op.type == "const"}
    used = []
    for op in operations:
        if op.type == "quantize":
            (scale,) = op.inputs["scale"]
            literal = literals[scale.name] if isinstance(scale, Reference) else scale
            assert isinstance(literal, Constant)
            used.append(float(literal.value))
    assert len(used) > 20
    nearest = np.abs(np.array(used)[:, None] / possible - 1.0).min(axis=1)
    assert nearest.max() < 1e-3, "half precision holds a scale to a thousandth"


def test_it_still_finds_the_poses(half: Path, small: Path, imu: np.ndarray) -> None:
    full, rounded = (PosePredictor(path).predict(imu[:8]) for path in (half, small))
    quality = psnr_db(rounded["pose"], full["pose"])
    assert 30.0 < quality < 80.0, "8 bits cost something, and not much"
