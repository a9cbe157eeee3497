"""What a layer bears: the experiment in memory is the saved file's behaviour, and the bits are spent where they count."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qleap_edge.compression.palettes import palette_bytes
from qleap_edge.compression.sensitivity import (
    WIDTHS,
    LayerSensitivity,
    choose_bits,
    drift_allowance_mm,
    large_weights,
    measure_layer,
    root_mean_square_mm,
)
from qleap_edge.compression.variants import make_variant
from qleap_edge.core.contract import PACKAGE_NAME
from qleap_edge.dataset.windows import load_windows
from qleap_edge.evaluation.predictions import PosePredictor
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.runtime.evaluator import open_model
from tests.support.micro import Micro


@pytest.fixture(scope="module")
def half(micro: Micro) -> Path:
    return micro.stages["convert"] / PACKAGE_NAME


@pytest.fixture(scope="module")
def imu(micro: Micro) -> np.ndarray:
    return load_windows(micro.stages["synthesize"], "train", 100).imu[:6]


@pytest.mark.parametrize("number", [0, 3, 12])
def test_the_experiment_in_memory_is_what_the_file_does(
    half: Path, imu: np.ndarray, number: int, tmp_path: Path
) -> None:
    """coremltools gives that one layer the palette, saves the package, and the file is run."""
    package = Package.load(half)
    name = list(large_weights(package))[number]
    pose = PosePredictor(half).predict(imu)["pose"]
    found = measure_layer(package, name, imu, pose)
    for bits in (4, 8):
        out = tmp_path / f"{bits}.mlpackage"
        make_variant(half, "mixed_palette", out, bits={name: bits})  # type: ignore[dict-item]
        kinds = [op.type for op in Package.load(out).function().block.operations]
        assert kinds.count("constexpr_lut_to_dense") == 1
        saved = root_mean_square_mm(PosePredictor(out).predict(imu)["pose"], pose)
        assert found.drift_mm[bits] == pytest.approx(saved, rel=0.02, abs=1e-4)  # type: ignore[index]
    assert found.drift_mm[4] > found.drift_mm[6] > found.drift_mm[8] > 0.0


def test_the_package_itself_is_left_alone(half: Path, imu: np.ndarray) -> None:
    package = Package.load(half)
    before = open_model(package).predict({"imu": imu[:1]})["pose"]
    name, weight = next(iter(large_weights(package).items()))
    changed = package.with_constant(name, np.zeros_like(weight.value))
    assert np.abs(open_model(changed).predict({"imu": imu[:1]})["pose"] - before).max() > 1e-5
    np.testing.assert_array_equal(open_model(package).predict({"imu": imu[:1]})["pose"], before)
    np.testing.assert_array_equal(open_model(half).predict({"imu": imu[:1]})["pose"], before)


def test_root_mean_square() -> None:
    """A 3-4-5 triangle of millimetres at 1.75 m, in one of 16 joints: 5 / 4."""
    reference = np.zeros((2, 200, 17, 3), np.float32)
    pose = reference.copy()
    pose[:, :, 5] += np.array([3.0, 4.0, 0.0], np.float32) / 1750
    assert root_mean_square_mm(pose, reference) == pytest.approx(1.25, rel=1e-5)


@given(error=st.floats(1.0, 500.0), growth=st.floats(1e-4, 0.5))
def test_squares_of_independent_errors_add(error: float, growth: float) -> None:
    drift = drift_allowance_mm(error, growth)
    assert np.hypot(error, drift) == pytest.approx(error * (1 + growth), rel=1e-6)


def layer(name: str, elements: int, *drifts: float) -> LayerSensitivity:
    return LayerSensitivity(name=name, shape=(elements,), drift_mm=dict(zip(WIDTHS, drifts, strict=True)))


layers = st.lists(
    st.tuples(st.integers(600, 50_000), st.floats(0.001, 0.5), st.floats(1.0, 8.0), st.floats(1.0, 8.0)),
    min_size=1,
    max_size=5,
).map(lambda rows: [layer(f"w{i}", n, a, a * b, a * b * c) for i, (n, a, b, c) in enumerate(rows)])


@settings(max_examples=60)
@given(layers=layers, allowance=st.floats(0.01, 5.0))
def test_bits_against_all_there_are(layers: list[LayerSensitivity], allowance: float) -> None:
    """What fits fits, and no assignment that fits is smaller by more than one layer's step."""
    chosen = choose_bits(layers, allowance)

    def spent(bits: tuple[int, ...]) -> float:
        return sum(one.drift_mm[width] ** 2 for one, width in zip(layers, bits, strict=True))  # type: ignore[index]

    def size(bits: tuple[int, ...]) -> float:
        return sum(palette_bytes(one.elements, width) for one, width in zip(layers, bits, strict=True))

    ours = tuple(chosen[one.name] for one in layers)
    assert spent(ours) <= max(allowance**2, spent((8,) * len(layers))) * (1 + 1e-9)
    fitting = [bits for bits in product(WIDTHS, repeat=len(layers)) if spent(bits) <= allowance**2]
    if fitting:
        largest = max(palette_bytes(one.elements, 8) - palette_bytes(one.elements, 4) for one in layers)
        assert size(ours) <= min(size(bits) for bits in fitting) + largest + 1e-9


def test_no_allowance_leaves_the_widest() -> None:
    assert set(choose_bits([layer("a", 1000, 0.1, 0.2, 0.4), layer("b", 1000, 0.1, 0.2, 0.4)], 0.0).values()) == {8}


def test_the_layer_that_bears_less_keeps_more_bits() -> None:
    chosen = choose_bits([layer("tender", 1000, 0.1, 2.0, 9.0), layer("tough", 1000, 0.1, 0.11, 0.12)], 1.0)
    assert chosen == {"tender": 8, "tough": 4}
