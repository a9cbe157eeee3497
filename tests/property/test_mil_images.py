"""Resized, sampled and cropped images against PyTorch, SciPy and coremltools' documented examples."""

from typing import Any

import numpy as np
import pytest
import scipy.ndimage
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from qleap_edge.mil.ops.table import find_kernel
from tests.property.test_mil_kernels import LAW, SEEDS, apply, numbers

SIZES = st.integers(1, 9)
FACTORS = st.sampled_from([1, 2, 3, 0.5, 1.0, 1.12, 2.6, 3.17])


def interpolated(x: np.ndarray, size: tuple[int, ...], mode: str, align: bool | None = None) -> np.ndarray:
    return functional.interpolate(torch.from_numpy(x), size, mode=mode, align_corners=align).numpy()


@LAW
@given(seed=SEEDS, height=SIZES, width=SIZES, rows=SIZES, columns=SIZES)
def test_resizing_to_a_size(seed: int, height: int, width: int, rows: int, columns: int) -> None:
    x = numbers(seed, (2, 3, height, width))
    size: dict[str, Any] = {"target_size_height": rows, "target_size_width": columns}
    exact = interpolated(x, (rows, columns), "nearest-exact")
    np.testing.assert_array_equal(apply("resize_nearest_neighbor", x=x, **size), exact)
    for mode, align in (("STRICT_ALIGN_CORNERS", True), ("UNALIGN_CORNERS", False)):
        wanted = interpolated(x, (rows, columns), "bilinear", align)
        np.testing.assert_allclose(
            apply("resize_bilinear", x=x, sampling_mode=mode, **size), wanted, rtol=1e-4, atol=1e-5
        )
        shape = (7, rows, columns)
        for three in (x, x[0]):
            got = apply("resize", x=three, shape=shape, resized_dims=2, sampling_mode=mode)
            np.testing.assert_allclose(got, wanted if three.ndim == 4 else wanted[0], rtol=1e-4, atol=1e-5)
    got = apply("resize", x=x, shape=(rows, 0), resized_dims=2, interpolation_mode="NEAREST_NEIGHBOR")
    np.testing.assert_array_equal(got, interpolated(x, (rows, width), "nearest-exact"))
    whole = (9 * x).astype(np.int32)
    got = apply("resize", x=whole, shape=(columns,), resized_dims=1, interpolation_mode="NEAREST_NEIGHBOR")
    assert got.dtype == np.int32
    np.testing.assert_array_equal(got, interpolated(whole.astype(np.float32), (height, columns), "nearest-exact"))
    cube = apply("resize", x=x, shape=(rows, columns, 4), resized_dims=3, sampling_mode="UNALIGN_CORNERS")
    volume = interpolated(x[:, None], (rows, columns, 4), "trilinear", False)[:, 0]
    np.testing.assert_allclose(cube, volume, rtol=1e-4, atol=1e-5)


@LAW
@given(seed=SEEDS, size=SIZES, count=SIZES, mode=st.sampled_from(["ALIGN_CORNERS", "DEFAULT", "OFFSET_CORNERS"]))
def test_the_other_grids_are_the_documented_ones(seed: int, size: int, count: int, mode: str) -> None:
    x = numbers(seed, (1, 1, size))
    if mode == "ALIGN_CORNERS":
        places = np.linspace(0, size - 1, count) if count > 1 else np.array([(size - 1) / 2])
    elif mode == "DEFAULT":
        places = np.linspace(0, size - size / count, count)
    else:
        step = max(1, size - 1) / count
        places = np.linspace(0.5 * step, 0.5 * step + (count - 1) * step, count)
    wanted = np.interp(places.clip(0, size - 1), np.arange(size), x[0, 0])
    got = apply("resize_bilinear", x=x, target_size_width=count, sampling_mode=mode)
    np.testing.assert_allclose(got[0, 0], wanted, rtol=1e-4, atol=1e-5)


@LAW
@given(seed=SEEDS, height=SIZES, width=SIZES, tall=FACTORS, wide=FACTORS)
def test_upsampling_by_a_factor(seed: int, height: int, width: int, tall: float, wide: float) -> None:
    x = numbers(seed, (1, 2, height, width))
    size = (int(np.float32(tall) * np.float32(height)), int(np.float32(wide) * np.float32(width)))
    factors = {"scale_factor_height": tall, "scale_factor_width": wide}
    if min(size) == 0:
        with pytest.raises(ValueError, match="cannot resize"):
            apply("upsample_nearest_neighbor", x=x, **factors)
        return
    np.testing.assert_array_equal(apply("upsample_nearest_neighbor", x=x, **factors), interpolated(x, size, "nearest"))
    for align in (True, False):
        got = apply("upsample_bilinear", x=x, align_corners=align, **factors)
        np.testing.assert_allclose(got, interpolated(x, size, "bilinear", align), rtol=1e-4, atol=1e-5)
    corner = apply("upsample_bilinear", x=x, align_corners=False, half_pixel_centers=False, **factors)
    default = apply("resize_bilinear", x=x, target_size_height=size[0], target_size_width=size[1])
    np.testing.assert_array_equal(corner, default)


def test_values_that_coremltools_documents() -> None:
    """Grids of the op's documentation and results of the project's own tests on Core ML."""
    line = np.array([0, 1], np.float32).reshape(1, 1, 2)
    for mode, wanted in (
        ("UNALIGN_CORNERS", [0, 0.1, 0.5, 0.9, 1]),
        ("STRICT_ALIGN_CORNERS", [0, 0.25, 0.5, 0.75, 1]),
        ("DEFAULT", [0, 0.4, 0.8, 1, 1]),
        ("OFFSET_CORNERS", [0.1, 0.3, 0.5, 0.7, 0.9]),
    ):
        got = apply("resize_bilinear", x=line, target_size_width=5, sampling_mode=mode)
        np.testing.assert_allclose(got[0, 0], wanted, atol=1e-6)
    column = np.array([-6.174, 9.371], np.float32).reshape(1, 1, 2, 1)
    got = apply("resize", x=column, shape=(3, 1), resized_dims=2, interpolation_mode="NEAREST_NEIGHBOR")
    np.testing.assert_array_equal(got.ravel(), column.ravel()[[0, 1, 1]])
    third = np.array([1.5, -2.5, 3.5], np.float32).reshape(1, 1, 1, 3)
    np.testing.assert_array_equal(apply("upsample_nearest_neighbor", x=third, scale_factor_width=1.12), third)
    x = np.array([11, 22, 33, 44], np.float32).reshape(1, 1, 2, 2)
    places = np.array([-1, -2, -3.7, -1, 0, 0, 3.5, 1.2], np.float32).reshape(1, 2, 2, 2)
    for sampling, padding, value, mode, align, expected in (
        ("bilinear", "constant", 6.17, "normalized_minus_one_to_one", True, [8.585, 6.17, 27.5, 6.17]),
        ("nearest", "border", -1.0, "unnormalized", False, [11, 11, 11, 44]),
        ("bilinear", "reflection", -1.0, "normalized_zero_to_one", True, [22, 36.3, 11, 34.1]),
        ("nearest", "symmetric", -1.0, "normalized_zero_to_one", False, [22, 33, 11, 33]),
    ):
        got = apply(
            "resample", x=x, coordinates=places, sampling_mode=sampling, padding_mode=padding, padding_value=value,
            coordinates_mode=mode, align_corners=align,
        )  # fmt: skip
        np.testing.assert_allclose(got.ravel(), expected, rtol=1e-5)
    matrix = np.array([[-1, -2, -3.7, -1, 3.5, 1.2]], np.float32)
    got = apply(
        "affine", x=x, transform_matrix=matrix, output_height=2, output_width=5, sampling_mode="bilinear",
        padding_mode="constant", padding_value=0.0, coordinates_mode="normalized_minus_one_to_one", align_corners=True,
    )  # fmt: skip
    np.testing.assert_allclose(got.ravel(), [10.752501, 5.94, 2.5025, 0.44, 0, 0, 0, 0, 0, 0], atol=1e-5)


def test_crops_that_coremltools_expects_of_core_ml() -> None:
    x = np.arange(1, 17, dtype=np.float32).reshape(1, 1, 4, 4)
    mode = {"sampling_mode": "ALIGN_CORNERS"}
    box = np.array([1, 1, 2, 2], np.float32)
    for size, corners, wanted in (
        (2, box, [6, 7, 10, 11]),
        (1, box, [8.5]),
        (2, np.array([2, 2, 1, 1], np.float32), [11, 10, 7, 6]),
    ):
        roi = corners.reshape(1, 1, 4, 1, 1)
        got = apply("crop_resize", "CoreML6", x=x, roi=roi, target_width=size, target_height=size, **mode)
        np.testing.assert_allclose(got.ravel(), wanted, rtol=1e-5)
    boxes = np.array([[0.1, 0.3, 1.3, 1], [0.5, 1.8, 1, 0.3], [0, 0.4, 0.6, 0.7]], np.float32)
    wanted = [3.1, 5.2, 9, 9, 9, 7.9, 9, 13.9, 2.2, 3.1, 9.4, 10.3]
    common: dict[str, Any] = {
        "target_width": 2, "target_height": 2, "normalized_coordinates": True, "pad_value": 9.0, **mode,
    }  # fmt: skip
    rois = np.concatenate([np.zeros((3, 1), np.float32), boxes], 1).reshape(3, 1, 5, 1, 1)
    old = apply("crop_resize", "CoreML6", x=x, roi=rois, **common)
    new = apply("crop_resize", x=x, boxes=boxes, box_indices=np.zeros(3, np.int32), **common)
    assert old.shape == (3, 1, 1, 2, 2)
    assert new.shape == (3, 1, 2, 2)
    np.testing.assert_allclose(old.ravel(), wanted, rtol=1e-4)
    np.testing.assert_allclose(new.ravel(), wanted, rtol=1e-4)


@LAW
@given(seed=SEEDS, rows=st.integers(1, 4), columns=st.integers(1, 4), form=st.sampled_from(["CORNERS", "CENTER_SIZE"]))
def test_crops_against_scipy(seed: int, rows: int, columns: int, form: str) -> None:
    x = numbers(seed, (2, 3, 6, 7))
    rng = np.random.default_rng(seed)
    first, second = rng.uniform(0, 5, (4, 2)), rng.uniform(0, 5, (4, 2))
    which = rng.integers(0, 2, 4).astype(np.int32)
    spots = [
        [(np.linspace(a[k], b[k], n) if n > 1 else [(a[k] + b[k]) / 2]) for k, n in enumerate((rows, columns))]
        for a, b in zip(first, second, strict=True)
    ]
    wanted = np.array(
        [
            [
                scipy.ndimage.map_coordinates(x[image, channel], np.meshgrid(*spot, indexing="ij"), order=1)
                for channel in range(3)
            ]
            for image, spot in zip(which, spots, strict=True)
        ]
    )
    pair = (first, second) if form == "CORNERS" else ((first + second) / 2, second - first)
    common: dict[str, Any] = {"target_height": rows, "target_width": columns, "sampling_mode": "ALIGN_CORNERS"}
    for order, turn in (("HEIGHT_FIRST", 1), ("WIDTH_FIRST", -1)):
        boxes = np.concatenate([part[:, ::turn] for part in pair], 1).astype(np.float32)
        common["box_coordinate_mode"] = f"{form}_{order}"
        got = apply("crop_resize", x=x, boxes=boxes, box_indices=which, **common)
        np.testing.assert_allclose(got, wanted, rtol=1e-3, atol=1e-4)
        half = apply("crop_resize", x=x, boxes=2 * boxes, box_indices=which, spatial_scale=0.5, **common)
        np.testing.assert_allclose(half, wanted, rtol=1e-3, atol=1e-4)
        rois = boxes.reshape(4, 1, 4, 1, 1)
        every = apply("crop_resize", "CoreML5", x=x, roi=rois, **common)
        assert every.shape == (4, 2, 3, rows, columns)
        np.testing.assert_allclose(every[np.arange(4), which], wanted, rtol=1e-3, atol=1e-4)
    whole = np.array([[0, 0, 5, 6]] * 2, np.float32)
    for mode in ("STRICT_ALIGN_CORNERS", "ALIGN_CORNERS", "DEFAULT", "OFFSET_CORNERS"):
        size = {"target_height": rows, "target_width": columns, "sampling_mode": mode}
        image = apply("resize_bilinear", x=x, target_size_height=rows, target_size_width=columns, sampling_mode=mode)
        np.testing.assert_allclose(apply("crop_resize", x=x, boxes=whole, **size), image, rtol=1e-3, atol=1e-4)


@LAW
@given(
    seed=SEEDS,
    height=st.integers(1, 5),
    width=st.integers(1, 5),
    sampling=st.sampled_from(["bilinear", "nearest"]),
    padding=st.sampled_from(["constant", "border", "reflection"]),
    align=st.booleans(),
)
def test_sampling_a_grid(seed: int, height: int, width: int, sampling: str, padding: str, align: bool) -> None:
    x, places = numbers(seed, (2, 3, height, width)), numbers(seed + 1, (2, 4, 5, 2), -2, 2)
    name = {"constant": "zeros"}.get(padding, padding)
    wanted = functional.grid_sample(
        torch.from_numpy(x), torch.from_numpy(places), mode=sampling, padding_mode=name, align_corners=align
    ).numpy()
    fold = "symmetric" if padding == "reflection" and not align else padding
    common: dict[str, Any] = {"sampling_mode": sampling, "padding_mode": fold, "padding_value": 0.0}
    got = apply(
        "resample",
        x=x,
        coordinates=places,
        coordinates_mode="normalized_minus_one_to_one",
        align_corners=align,
        **common,
    )
    np.testing.assert_allclose(got, wanted, rtol=1e-3, atol=1e-4)
    size = np.array([width, height], np.float32)
    pixels = (places + 1) / 2 * (size - 1) if align else ((places + 1) * size - 1) / 2
    if sampling == "bilinear":  # a rounding of the position decides between two nearest pixels
        got = apply("resample", x=x, coordinates=pixels, coordinates_mode="unnormalized", align_corners=align, **common)
        np.testing.assert_allclose(got, wanted, rtol=1e-3, atol=1e-3)
        unit = {"coordinates_mode": "normalized_zero_to_one", "align_corners": align}
        got = apply("resample", x=x, coordinates=(places + 1) / 2, **unit, **common)
        np.testing.assert_allclose(got, wanted, rtol=1e-3, atol=1e-3)


@LAW
@given(seed=SEEDS, rows=st.integers(1, 5), columns=st.integers(1, 5), one=st.booleans(), align=st.booleans())
@pytest.mark.filterwarnings("ignore:.*affine_grid behavior has changed")
def test_affine_transforms(seed: int, rows: int, columns: int, one: bool, align: bool) -> None:
    x, theta = numbers(seed, (2, 3, 4, 6)), numbers(seed + 1, (1 if one else 2, 2, 3), -1, 1)
    grid = functional.affine_grid(torch.from_numpy(theta).expand(2, -1, -1), [2, 3, rows, columns], align_corners=align)
    wanted = functional.grid_sample(torch.from_numpy(x), grid, align_corners=align).numpy()
    got = apply(
        "affine", x=x, transform_matrix=theta.reshape(-1, 6), output_height=rows, output_width=columns,
        sampling_mode="bilinear", padding_mode="constant", padding_value=0.0,
        coordinates_mode="normalized_minus_one_to_one", align_corners=align,
    )  # fmt: skip
    np.testing.assert_allclose(got, wanted, rtol=1e-3, atol=1e-4)


def test_crop_and_its_refusals() -> None:
    x = numbers(0, (2, 5, 6))
    np.testing.assert_array_equal(apply("crop", x=x, crop_height=(1, 2), crop_width=(0, 3)), x[:, 1:3, :3])
    for sides in ((-1, 0), (1, 2, 3)):
        with pytest.raises(ValueError, match="cannot crop"):
            apply("crop", x=x, crop_height=sides, crop_width=(0, 0))
    with pytest.raises(ValueError, match="sampling mode ALIGN_CORNERS"):
        apply(
            "resize",
            x=x,
            shape=(2,),
            resized_dims=1,
            interpolation_mode="NEAREST_NEIGHBOR",
            sampling_mode="ALIGN_CORNERS",
        )
    with pytest.raises(ValueError, match="linear interpolation"):
        apply("resize", x=x.astype(np.int32), shape=(2,), resized_dims=1)
    with pytest.raises(ValueError, match="exclude each other"):
        apply("upsample_bilinear", x=x, align_corners=True, half_pixel_centers=True)


def test_many_windows_at_once_and_windows_without_data() -> None:
    """Where every tensor differs from window to window: the vectorised kernel equals a loop, its shapes need no data."""
    x, boxes, grid, matrix = (
        numbers(at, (3, *shape)) for at, shape in enumerate([(2, 3, 5, 6), (2, 4), (2, 3, 4, 2), (1, 6)])
    )
    which = np.array([[0, 1], [1, 1], [1, 0]], np.int32)
    rois = np.concatenate([which[..., None].astype(np.float32), boxes], -1).reshape(3, 2, 1, 5, 1, 1)
    size: dict[str, Any] = {"target_height": 3, "target_width": 2, "sampling_mode": "OFFSET_CORNERS"}
    way: dict[str, Any] = {"sampling_mode": "bilinear", "padding_mode": "constant", "padding_value": 0.0}
    way |= {"coordinates_mode": "normalized_minus_one_to_one", "align_corners": True}
    cases: tuple[tuple[str, str, dict[str, np.ndarray], dict[str, Any]], ...] = (
        ("crop_resize", "CoreML7", {"x": x, "boxes": boxes, "box_indices": which}, size),
        ("crop_resize", "CoreML6", {"x": x, "roi": rois}, size),
        ("crop_resize", "CoreML5", {"x": x, "roi": rois[:, :, :, 1:]}, size),
        ("resample", "CoreML7", {"x": x, "coordinates": grid}, way | {"padding_mode": "symmetric"}),
        ("affine", "CoreML5", {"x": x, "transform_matrix": matrix}, way | {"output_height": 3, "output_width": 4}),
        ("resize", "CoreML7", {"x": x}, {"shape": (4, 9), "resized_dims": 2}),
        ("upsample_nearest_neighbor", "CoreML5", {"x": x}, {"scale_factor_width": 1.5}),
    )
    for op_type, opset, arrays, fixed in cases:
        found = find_kernel(op_type, opset)
        assert found is not None
        function: Any = found.function
        tensors = [torch.from_numpy(array) for array in arrays.values()]

        def call(*parts: torch.Tensor, names: Any = tuple(arrays), function: Any = function, fixed: Any = fixed) -> Any:
            return function(**dict(zip(names, parts, strict=True)), **fixed)

        single = [call(*parts) for parts in zip(*tensors, strict=True)]
        np.testing.assert_allclose(torch.func.vmap(call)(*tensors), torch.stack(single), rtol=1e-5, atol=1e-5)
        with torch.device("meta"):
            assert call(*(tensor[0].to("meta") for tensor in tensors)).shape == single[0].shape
