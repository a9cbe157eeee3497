"""Programs of a few operations, converted or built by coremltools, saved, executed here and compared with PyTorch."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from qleap_edge.core.errors import InputDataError
from tests.support.mil_built import Module, built, check_module, run

IMAGE = np.random.default_rng(5).standard_normal((1, 4, 6, 8)).astype(np.float32)
LINE = np.random.default_rng(6).standard_normal((1, 4, 11)).astype(np.float32)
GRID = np.random.default_rng(7).uniform(-1.2, 1.2, (1, 3, 5, 2)).astype(np.float32)
THETA = np.random.default_rng(8).uniform(-1, 1, (1, 2, 3)).astype(np.float32)


def image(function: Callable[..., torch.Tensor], **others: np.ndarray) -> tuple[nn.Module, dict[str, np.ndarray]]:
    return Module(function), {"x": IMAGE} | others


def line(function: Callable[..., torch.Tensor] | nn.Module) -> tuple[nn.Module, dict[str, np.ndarray]]:
    return function if isinstance(function, nn.Module) else Module(function), {"x": LINE}


def seeded(make: Callable[[], nn.Module]) -> nn.Module:
    torch.manual_seed(9)
    return make()


CONVERTED: dict[str, tuple[str, Callable[[], tuple[nn.Module, dict[str, np.ndarray]]]]] = {
    "nearest by 3, 2": (
        "upsample_nearest_neighbor",
        lambda: image(lambda x: functional.interpolate(x, scale_factor=(3, 2), mode="nearest")),
    ),
    "nearest to 9, 13": (
        "upsample_nearest_neighbor",
        lambda: image(lambda x: functional.interpolate(x, (9, 13), mode="nearest")),
    ),
    "nearest of a line": (
        "upsample_nearest_neighbor",
        lambda: line(lambda x: functional.interpolate(x, scale_factor=2, mode="nearest")),
    ),
    "bilinear, aligned": (
        "upsample_bilinear",
        lambda: image(lambda x: functional.interpolate(x, (9, 13), mode="bilinear", align_corners=True)),
    ),
    "bilinear, centred": (
        "upsample_bilinear",
        lambda: image(lambda x: functional.interpolate(x, scale_factor=(1.5, 2), mode="bilinear")),
    ),
    "linear": (
        "upsample_bilinear",
        lambda: line(lambda x: functional.interpolate(x, scale_factor=3, mode="linear", align_corners=False)),
    ),
    "transposed": (
        "conv_transpose",
        lambda: line(seeded(lambda: nn.ConvTranspose1d(4, 6, 4, 2, padding=1, groups=2, dilation=2))),
    ),
    "transposed, more": (
        "conv_transpose",
        lambda: line(seeded(lambda: nn.ConvTranspose1d(4, 6, 3, 2, padding=1, output_padding=1))),
    ),
    "transposed image": (
        "crop",
        lambda: (
            seeded(lambda: nn.ConvTranspose2d(4, 3, (3, 4), (2, 3), padding=(1, 2), output_padding=1)),
            {"x": IMAGE},
        ),
    ),
    "largest, ceil": (
        "max_pool",
        lambda: image(lambda x: functional.max_pool2d(x, 3, 2, 1, ceil_mode=True)),
    ),
    "mean, ceil": (
        "avg_pool",
        lambda: image(lambda x: functional.avg_pool2d(x, (3, 2), (2, 3), 1, ceil_mode=True)),
    ),
    "mean, ceil, without padding": (
        "avg_pool",
        lambda: line(lambda x: functional.avg_pool1d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False)),
    ),
    "shuffled": ("pixel_shuffle", lambda: image(lambda x: functional.pixel_shuffle(x, 2))),
    "unshuffled": ("pixel_unshuffle", lambda: image(lambda x: functional.pixel_unshuffle(x, 2))),
    "flipped": ("reverse", lambda: image(lambda x: x.flip((1, 3)))),
    "triangle": ("band_part", lambda: image(lambda x: torch.tril(x, 1) + torch.triu(x, 2) + torch.triu(x, -1))),
}
TRACED: dict[str, tuple[str, Callable[[], tuple[nn.Module, dict[str, np.ndarray]]]]] = {
    "sampled": (
        "resample",
        lambda: image(lambda x, g: functional.grid_sample(x, g, align_corners=True), grid=GRID),
    ),
    "sampled, reflected": (
        "resample",
        lambda: image(
            lambda x, g: functional.grid_sample(x, g, padding_mode="reflection", align_corners=False), grid=GRID
        ),
    ),
    "sampled, border": (
        "resample",
        lambda: image(
            lambda x, g: functional.grid_sample(x, g, "nearest", padding_mode="border", align_corners=False), grid=GRID
        ),
    ),
    "affine": (
        "affine",
        lambda: image(
            lambda x, t: functional.grid_sample(
                x, functional.affine_grid(t, [1, 4, 5, 7], align_corners=True), align_corners=True
            ),
            theta=THETA,
        ),
    ),
}


@pytest.mark.parametrize("name", sorted(CONVERTED))
def test_converted_modules(name: str, tmp_path: Path) -> None:
    op_type, make = CONVERTED[name]
    module, inputs = make()
    targets = ("iOS16",) if op_type == "pixel_unshuffle" else ("iOS15", "iOS17")
    assert op_type in check_module(module, inputs, tmp_path, targets)


@pytest.mark.filterwarnings("ignore:.*torch.jit.trace:DeprecationWarning", "ignore::torch.jit.TracerWarning")
@pytest.mark.parametrize("name", sorted(TRACED))
def test_traced_modules(name: str, tmp_path: Path) -> None:
    op_type, make = TRACED[name]
    module, inputs = make()
    assert op_type in check_module(module, inputs, tmp_path, ("iOS15", "iOS17"), traced=True)


def test_built_resizes(tmp_path: Path) -> None:
    from coremltools.converters.mil import Builder

    def body(x: Any) -> Any:
        return [
            Builder.resize_nearest_neighbor(x=x, target_size_height=5, target_size_width=11),
            Builder.resize_bilinear(x=x, target_size_height=5, target_size_width=11, sampling_mode="UNALIGN_CORNERS"),
            Builder.resize(x=x, shape=[3, 5, 11], resized_dims=np.uint32(2), sampling_mode="STRICT_ALIGN_CORNERS"),
            Builder.resize(x=x, shape=[5, 0], resized_dims=np.uint32(2), interpolation_mode="NEAREST_NEIGHBOR"),
            Builder.upsample_bilinear(x=x, scale_factor_height=2.0, scale_factor_width=0.5, align_corners=False),
            Builder.crop(x=x, crop_height=[1, 0], crop_width=[2, 3]),
        ]

    got = run(built(body, {"x": IMAGE}, "iOS17", tmp_path), {"x": IMAGE})
    x = torch.from_numpy(IMAGE)
    wanted = [
        functional.interpolate(x, (5, 11), mode="nearest-exact"),
        functional.interpolate(x, (5, 11), mode="bilinear"),
        functional.interpolate(x, (5, 11), mode="bilinear", align_corners=True),
        functional.interpolate(x, (5, 8), mode="nearest-exact"),
        functional.interpolate(x, (12, 4), mode="bilinear"),
        x[:, :, 1:, 2:-3],
    ]
    for one, other in zip(got, wanted, strict=True):
        np.testing.assert_allclose(one, other.numpy(), rtol=1e-4, atol=1e-5)


def test_a_resize_to_a_size_known_at_run_time(tmp_path: Path) -> None:
    from coremltools.converters.mil import Builder

    def body(x: Any, shape: Any) -> Any:
        return Builder.resize(x=x, shape=shape, resized_dims=np.uint32(2), sampling_mode="UNALIGN_CORNERS")

    inputs = {"x": IMAGE, "shape": np.array([9, 4], np.int32)}
    (got,) = run(built(body, inputs, "iOS17", tmp_path), inputs)
    wanted = functional.interpolate(torch.from_numpy(IMAGE), (9, 4), mode="bilinear").numpy()
    np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("target", ["iOS15", "iOS16", "iOS17"])
def test_built_crops(target: str, tmp_path: Path) -> None:
    """A box of whole pixels shows them."""
    from coremltools.converters.mil import Builder

    box = np.array([[1, 2, 3, 5]], np.float32)

    def body(x: Any) -> Any:
        boxes = {"boxes": box} if target == "iOS17" else {"roi": box.reshape(1, 1, 4, 1, 1)}
        return Builder.crop_resize(x=x, target_height=3, target_width=4, sampling_mode="ALIGN_CORNERS", **boxes)

    (got,) = run(built(body, {"x": IMAGE}, target, tmp_path), {"x": IMAGE})
    assert got.shape == ((1, 4, 3, 4) if target == "iOS17" else (1, 1, 4, 3, 4))
    np.testing.assert_allclose(got.reshape(4, 3, 4), IMAGE[0, :, 1:4, 2:6], rtol=1e-5, atol=1e-6)


def test_built_rearrangements(tmp_path: Path) -> None:
    from coremltools.converters.mil import Builder

    def body(x: Any, y: Any) -> Any:
        blocks = Builder.space_to_batch(x=x, block_shape=[2, 3], paddings=[[1, 1], [1, 0]])
        depth = Builder.space_to_depth(x=x, block_size=2)
        return [
            Builder.batch_to_space(x=blocks, block_shape=[2, 3], crops=[[1, 1], [1, 0]]),
            Builder.depth_to_space(x=depth, block_size=2),
            Builder.reverse_sequence(x=y, lengths=[7, 2, 11, 0], seq_axis=2, batch_axis=1),
            Builder.sliding_windows(x=y, axis=-1, size=4, stride=3),
            Builder.reshape_like(x=x, ref_tensors=(depth, y), begins=(0, 0), ends=(4, 1), end_masks=(False, False)),
            Builder.reshape_like(x=y, ref_tensors=(y,), begins=(0,), ends=(0,), end_masks=(True,)),
            Builder.concat(values=(y, y, Builder.reverse(x=y)), axis=1, interleave=True),
            Builder.band_part(x=y, lower=1, upper=2),
        ]

    inputs = {"x": IMAGE, "y": LINE}
    got = run(built(body, inputs, "iOS16", tmp_path), inputs)
    turned = LINE.copy()
    for row, count in enumerate((7, 2, 11, 0)):
        turned[0, row, :count] = LINE[0, row, :count][::-1]
    wanted = [
        IMAGE, IMAGE, turned, torch.from_numpy(LINE).unfold(2, 4, 3).numpy(), IMAGE.reshape(1, 16, 3, 4, 1), LINE,
        np.stack([LINE, LINE, np.flip(LINE)], 2).reshape(1, 12, 11), np.tril(np.triu(LINE, -1), 2),
    ]  # fmt: skip
    for one, other in zip(got, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


def test_built_norms_and_pools(tmp_path: Path) -> None:
    from coremltools.converters.mil import Builder

    def body(x: Any) -> Any:
        return [
            Builder.l2_norm(x=x, epsilon=1e-6),
            Builder.local_response_norm(x=x, size=3, alpha=0.5, beta=0.6, k=1.5),
            Builder.l2_pool(x=x, kernel_sizes=[2, 3], strides=[2, 1], pad_type="valid"),
            Builder.conv_transpose(x=x, weight=np.ones((4, 1, 2, 2), np.float32), strides=[2, 2], pad_type="same"),
        ]

    got = run(built(body, {"x": IMAGE}, "iOS15", tmp_path), {"x": IMAGE})
    x = torch.from_numpy(IMAGE)
    wanted = [
        x / x.norm(),
        functional.local_response_norm(x, 3, 0.5, 0.6, 1.5),
        functional.lp_pool2d(x, 2.0, (2, 3), (2, 1)),
        functional.conv_transpose2d(x, torch.ones(4, 1, 2, 2), stride=2),
    ]
    for one, other in zip(got, wanted, strict=True):
        np.testing.assert_allclose(one, other.numpy(), rtol=1e-4, atol=1e-5)


def test_a_window_beyond_the_input_is_refused(tmp_path: Path) -> None:
    """Coremltools declares three windows of one element on four, two apart; PyTorch makes two."""
    module, inputs = Module(lambda x: functional.max_pool1d(x, 1, 2, ceil_mode=True)), {"x": LINE[:, :, :4].copy()}
    with pytest.raises(InputDataError, match="begins after its end"):
        check_module(module, inputs, tmp_path)
