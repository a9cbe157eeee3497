"""Images made larger or smaller along their last axes (MIL: image_resizing of iOS15, iOS16 and iOS17).

https://apple.github.io/coremltools/source/coremltools.converters.mil.mil.ops.defs.html#module-coremltools.converters.mil.mil.ops.defs.iOS15.image_resizing

Positions are computed in float32, as PyTorch does, so that ties fall on the same side.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor

from qleap_edge.mil.ops.bounds import affordable
from qleap_edge.mil.ops.registry import kernel

SAMPLING_MODES: Final = ("STRICT_ALIGN_CORNERS", "ALIGN_CORNERS", "DEFAULT", "OFFSET_CORNERS", "UNALIGN_CORNERS")


def sampling_grid(mode: str, extent: Tensor, count: int) -> Tensor:
    """Return where ``count`` points of an interval ``[0, extent - 1]`` lie: shape (…,) of ``extent`` → (…, count).

    Source: the notes of ``resize_bilinear``. A single point is the first element with ``STRICT_ALIGN_CORNERS``, as in PyTorch,
    and the middle with ``ALIGN_CORNERS``.
    """
    steps = torch.arange(count, dtype=torch.float32, device=extent.device)
    last = extent.unsqueeze(-1) - 1
    if mode == "ALIGN_CORNERS" and count == 1:
        return last / 2
    if mode in ("STRICT_ALIGN_CORNERS", "ALIGN_CORNERS"):
        points = steps * (last / max(count - 1, 1))
    elif mode == "DEFAULT":
        points = steps * (extent.unsqueeze(-1) / count)
    elif mode == "OFFSET_CORNERS":
        points = (steps + 0.5) * (last.clamp(min=1) / count)
    else:
        points = (steps + 0.5) * (extent.unsqueeze(-1) / count) - 0.5
    return torch.minimum(points.clamp(min=0), last)


def resize_linearly(x: Tensor, sizes: Mapping[int, int], mode: str) -> Tensor:
    """Return ``x`` with new sizes of some axes: at each grid point the line between its two neighbours.

    Raises:
        ValueError: integers, or an axis without elements.
    """
    if not x.is_floating_point():
        raise ValueError(f"linear interpolation of {x.dtype}")
    for axis, count in _smallest_first(x, sizes):
        extent = torch.full((), float(x.shape[axis]), device=x.device)
        points = sampling_grid(mode, extent, count)
        below = points.floor()
        share = (points - below).reshape(-1, *[1] * (x.dim() - 1 - axis))
        first = below.to(torch.int64)
        second = (first + 1).clamp(max=x.shape[axis] - 1)
        x = x.index_select(axis, first) * (1 - share) + x.index_select(axis, second) * share
    return x


def resize_to_nearest(x: Tensor, sizes: Mapping[int, int], shift: float) -> Tensor:
    """Return ``x`` with new sizes of some axes: point i shows element ``floor((i + shift) * old / new)``.

    Raises:
        ValueError: an axis without elements.
    """
    for axis, count in _smallest_first(x, sizes):
        steps = torch.arange(count, dtype=torch.float32, device=x.device) + shift
        nearest = (steps * (x.shape[axis] / count)).floor().to(torch.int64)
        x = x.index_select(axis, nearest.clamp(max=x.shape[axis] - 1))
    return x


def _smallest_first(x: Tensor, sizes: Mapping[int, int]) -> list[tuple[int, int]]:
    """Return (axis, new size), the strongest reduction first: no intermediate is larger than both ends.

    Raises:
        ValueError: there is nothing to resize or to show, or more than any tensor may hold.
    """
    affordable([sizes.get(axis, size) for axis, size in enumerate(x.shape)])
    if min(x.shape) < 1 or min(sizes.values(), default=1) < 1:
        raise ValueError(f"cannot resize axes of shape {tuple(x.shape)} to {dict(sizes)}")
    return sorted(sizes.items(), key=lambda item: item[1] / x.shape[item[0]])


def _image_sizes(x: Tensor, height: int, width: int) -> dict[int, int]:
    if x.dim() < 3:
        raise ValueError(f"an image of at least three axes expected, got shape {tuple(x.shape)}")
    return {x.dim() - 2: height, x.dim() - 1: width}


def _scaled_sizes(x: Tensor, height: float, width: float) -> dict[int, int]:
    """Return ``floor(factor * size)`` of the last two axes, the product in float32 as coremltools computes it."""
    if x.dim() < 3:
        raise ValueError(f"an image of at least three axes expected, got shape {tuple(x.shape)}")
    rows, columns = (
        int(np.floor(np.float32(factor) * np.float32(size)))
        for factor, size in zip((height, width), x.shape[-2:], strict=True)
    )
    return _image_sizes(x, rows, columns)


@kernel("upsample_nearest_neighbor", static=("scale_factor_height", "scale_factor_width"), moves_only=True)
def upsample_nearest_neighbor(
    x: Tensor, scale_factor_height: float | int = 1, scale_factor_width: float | int = 1
) -> Tensor:
    """Element ``floor(i * old / new)`` at i, where ``new = floor(factor * old)``: the factor itself only gives the size."""
    return resize_to_nearest(x, _scaled_sizes(x, float(scale_factor_height), float(scale_factor_width)), 0.0)


@kernel("resize_nearest_neighbor", static=("target_size_height", "target_size_width"), moves_only=True)
def resize_nearest_neighbor(x: Tensor, target_size_height: int, target_size_width: int) -> Tensor:
    """Element ``floor((i + 1/2) * old / new)`` at i: the nearest centre of a pixel."""
    return resize_to_nearest(x, _image_sizes(x, target_size_height, target_size_width), 0.5)


@kernel("upsample_bilinear", static=("scale_factor_height", "scale_factor_width", "align_corners"))
def upsample_bilinear(
    x: Tensor, scale_factor_height: float | int = 1, scale_factor_width: float | int = 1, align_corners: bool = True
) -> Tensor:
    """Linear along both axes; factors only give the sizes."""
    return upsample_bilinear_centred(x, scale_factor_height, scale_factor_width, align_corners)


@kernel(
    "upsample_bilinear",
    static=("scale_factor_height", "scale_factor_width", "align_corners", "half_pixel_centers"),
    since="CoreML6",
)
def upsample_bilinear_centred(
    x: Tensor,
    scale_factor_height: float | int = 1,
    scale_factor_width: float | int = 1,
    align_corners: bool = True,
    half_pixel_centers: bool | None = None,
) -> Tensor:
    """Linear along both axes; ``half_pixel_centers`` defaults to ``not align_corners``, factors only give the sizes.

    Raises:
        ValueError: corners and half-pixel centres both wanted, or no image.
    """
    centred = not align_corners if half_pixel_centers is None else half_pixel_centers
    if align_corners and centred:
        raise ValueError("align_corners and half_pixel_centers exclude each other")
    mode = "STRICT_ALIGN_CORNERS" if align_corners else "UNALIGN_CORNERS" if centred else "DEFAULT"
    return resize_linearly(x, _scaled_sizes(x, float(scale_factor_height), float(scale_factor_width)), mode)


@kernel(
    "resize_bilinear",
    static=("target_size_height", "target_size_width", "sampling_mode"),
    choices={"sampling_mode": SAMPLING_MODES},
)
def resize_bilinear(
    x: Tensor, target_size_height: int = 1, target_size_width: int = 1, sampling_mode: str = "DEFAULT"
) -> Tensor:
    """Linear along both axes at the points of ``sampling_mode``."""
    return resize_linearly(x, _image_sizes(x, target_size_height, target_size_width), sampling_mode)


@kernel(
    "resize",
    static=("shape", "resized_dims", "interpolation_mode", "sampling_mode"),
    choices={"interpolation_mode": ("LINEAR", "NEAREST_NEIGHBOR"), "sampling_mode": SAMPLING_MODES},
    since="CoreML7",
)
def resize(
    x: Tensor,
    shape: Sequence[int],
    resized_dims: int,
    interpolation_mode: str = "LINEAR",
    sampling_mode: str = "DEFAULT",
) -> Tensor:
    """Give the last ``resized_dims`` axes the last sizes of ``shape``; 0 keeps a size.

    The nearest neighbour is that of ``resize_nearest_neighbor``, with ``DEFAULT`` too: coremltools' own tests of Core ML expect
    2 elements to become 3 as 0, 1, 1 and 4 as 0, 0, 1, 1, which rounding the grid of the linear mode would not give.

    Raises:
        ValueError: the sizes do not fit, or the nearest neighbour of a grid that joins corners, which nothing defines.
    """
    if not 0 <= resized_dims <= len(shape) <= x.dim():
        raise ValueError(f"{resized_dims} sizes of {tuple(shape)} for shape {tuple(x.shape)}")
    first = x.dim() - resized_dims
    wanted = shape[len(shape) - resized_dims :]
    sizes = {axis: size or x.shape[axis] for axis, size in enumerate(wanted, start=first)}
    if interpolation_mode == "LINEAR":
        return resize_linearly(x, sizes, sampling_mode)
    if sampling_mode not in ("DEFAULT", "UNALIGN_CORNERS"):
        raise ValueError(f"nearest neighbours in sampling mode {sampling_mode}")
    return resize_to_nearest(x, sizes, 0.5)


@kernel("crop", static=("crop_height", "crop_width"), moves_only=True)
def crop(x: Tensor, crop_height: Sequence[int], crop_width: Sequence[int]) -> Tensor:
    """Drop (before, after) elements of the last two axes.

    Raises:
        ValueError: more is dropped than there is, or less than nothing.
    """
    if x.dim() < 3 or len(crop_height) != 2 or len(crop_width) != 2 or min(*crop_height, *crop_width) < 0:
        raise ValueError(f"cannot crop {tuple(crop_height)} and {tuple(crop_width)} of shape {tuple(x.shape)}")
    for axis, (before, after) in ((-2, crop_height), (-1, crop_width)):
        x = x.narrow(axis, before, x.shape[axis] - before - after)
    return x
