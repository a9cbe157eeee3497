"""Smaller packages: how much smaller, how far their weights moved, and that the source is left alone."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from qleap_edge.compression.document import package_path
from qleap_edge.compression.schemes import WEIGHT_THRESHOLD
from qleap_edge.compression.variants import make_variant, package_bytes, package_megabytes
from qleap_edge.conversion.coreml import NEWER_FOLDER
from qleap_edge.conversion.libraries import import_coremltools, suppressed_output
from qleap_edge.core.contract import PACKAGE_NAME
from qleap_edge.core.errors import UsageError, VariantFailed
from qleap_edge.core.manifest import digest_of
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.format.program import Constant, Operation
from tests.support.micro import Micro

WEIGHTS = "Data/com.apple.CoreML/weights/weight.bin"


@pytest.fixture(scope="module")
def stage(micro: Micro) -> Path:
    return micro.stages["compress"]


@pytest.fixture(scope="module")
def stored(stage: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """Return the fp16 package's larger weights by name, read by coremltools."""
    copy = tmp_path_factory.mktemp("fp16") / PACKAGE_NAME
    shutil.copytree(package_path(stage, "float16"), copy)
    ct = import_coremltools()
    with suppressed_output():
        model = ct.models.MLModel(str(copy), skip_model_load=True)
        found = ct.optimize.coreml.get_weights_metadata(model, weight_threshold=0)
    return {name: item.val for name, item in found.items()}


def quantised(stage: Path) -> dict[str, Operation]:
    operations = Package.load(package_path(stage, "int8_per_channel")).function().block.operations
    return {op.name: op for op in operations if op.type == "constexpr_affine_dequantize"}


def argument(op: Operation, name: str) -> np.ndarray:
    constant = op.inputs[name][0]
    assert isinstance(constant, Constant)
    return constant.value


def test_float16_is_the_converted_package(micro: Micro, stage: Path) -> None:
    assert digest_of(package_path(stage, "float16")) == digest_of(micro.stages["convert"] / PACKAGE_NAME)


def test_int8_is_smaller(stage: Path) -> None:
    fp16, int8 = ((package_path(stage, v) / WEIGHTS).stat().st_size for v in ("float16", "int8_per_channel"))
    assert int8 < 0.65 * fp16
    package = package_path(stage, "int8_per_channel")
    weighed = sum(path.stat().st_size for path in package.rglob("*") if path.is_file())
    assert (package_bytes(package), package_megabytes(package)) == (weighed, weighed / 1e6)


def test_every_large_weight_is_int8_and_within_half_a_step(stage: Path, stored: dict[str, np.ndarray]) -> None:
    operations = quantised(stage)
    large = {name for name, value in stored.items() if value.size > 512}
    assert len(large) > 20
    moved = 0.0
    for name in sorted(large):
        op = operations[f"{name}_quantized"]
        weight, steps = stored[name].astype(np.float64), argument(op, "quantized_data")
        scale, zero = argument(op, "scale").astype(np.float64), argument(op, "zero_point")
        axis = int(argument(op, "axis"))
        assert steps.dtype == np.int8 and steps.shape == weight.shape
        assert scale.size == weight.shape[axis], "one scale a channel"
        assert not zero.any(), "symmetric"
        assert np.abs(steps.astype(int)).max() <= 127
        step = scale.ravel().reshape([-1 if i == axis else 1 for i in range(weight.ndim)])
        # Half a step by rounding; the scale itself is fp16 (11 bits), which moves the outermost of 127 steps.
        error = np.abs(weight - steps * step)
        assert (error <= (0.5 + 127 * 2.0**-11) * step).all(), name
        moved = max(moved, float((error / step).max()))
        largest = np.abs(weight).max(axis=tuple(i for i in range(weight.ndim) if i != axis))
        np.testing.assert_allclose(scale.ravel(), largest / 127, rtol=2e-3)
    assert moved > 0.4, "it really rounds"


def test_small_weights_are_untouched(stage: Path, stored: dict[str, np.ndarray]) -> None:
    small = {name for name, value in stored.items() if value.size <= 512 and value.dtype == np.float16}
    kept = {op.name: op for op in Package.load(package_path(stage, "int8_per_channel")).function().block.operations}
    assert len(small) > 30
    for name in small:
        np.testing.assert_array_equal(argument(kept[name], "val"), stored[name])


def test_the_same_source_gives_the_same_bytes_and_is_left_alone(micro: Micro, stage: Path, tmp_path: Path) -> None:
    source = Path(shutil.copytree(micro.stages["convert"] / PACKAGE_NAME, tmp_path / "source.mlpackage"))
    before = digest_of(source)
    stamps = {path: path.stat().st_mtime_ns for path in source.rglob("*")}
    make_variant(source, "int8_per_channel", tmp_path / "out.mlpackage")
    assert digest_of(source) == before
    assert {path: path.stat().st_mtime_ns for path in source.rglob("*")} == stamps
    assert digest_of(tmp_path / "out.mlpackage") == digest_of(package_path(stage, "int8_per_channel"))


def test_the_smaller_package_keeps_the_face(stage: Path) -> None:
    fp16, int8 = (Package.load(package_path(stage, variant)) for variant in ("float16", "int8_per_channel"))
    assert (fp16.inputs, fp16.outputs, fp16.metadata) == (int8.inputs, int8.outputs, int8.metadata)
    assert fp16.specification_version == int8.specification_version == 8
    assert not [op for op in fp16.function().block.operations if op.type.startswith("constexpr")]


def test_a_tensor_whose_channels_do_not_part_into_groups_gets_one_palette(micro: Micro, tmp_path: Path) -> None:
    """coremltools alone would leave it as it is."""
    source = micro.stages["convert"] / NEWER_FOLDER / PACKAGE_NAME
    make_variant(source, "palette4_grouped16", tmp_path / "out.mlpackage")
    operations = Package.load(tmp_path / "out.mlpackage").function().block.operations
    palettes = [argument(op, "lut") for op in operations if op.type == "constexpr_lut_to_dense"]
    groups = {lut.shape[0] for lut in palettes}
    assert 1 in groups and max(groups) > 1
    left = [op for op in operations if op.type == "const" and argument(op, "val").dtype == np.float16]
    assert max(argument(op, "val").size for op in left) <= WEIGHT_THRESHOLD


def test_what_coremltools_cannot_do_is_named(micro: Micro, tmp_path: Path) -> None:
    """Scales of blocks, from a package for iOS 17."""
    source = micro.stages["convert"] / PACKAGE_NAME
    with pytest.raises(VariantFailed, match="int4_per_block32") as caught:
        make_variant(source, "int4_per_block32", tmp_path / "out.mlpackage")
    assert str(source) in str(caught.value) and "ValueError" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_mixed_palettes_need_to_know_the_bits(micro: Micro, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="bits"):
        make_variant(micro.stages["convert"] / PACKAGE_NAME, "mixed_palette", tmp_path / "out.mlpackage")
