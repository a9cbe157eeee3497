"""Boxes cut out of images and resized (MIL: crop_resize of iOS15, iOS16 and iOS17).

https://apple.github.io/coremltools/source/coremltools.converters.mil.mil.ops.defs.html#module-coremltools.converters.mil.mil.ops.defs.iOS17.image_resizing
"""

from typing import Final

import torch
from torch import Tensor

from qleap_edge.mil.ops.bounds import affordable
from qleap_edge.mil.ops.registry import kernel
from qleap_edge.mil.ops.resampling import between_pixels, pixel_reader
from qleap_edge.mil.ops.resizing import sampling_grid

_BOX_MODES: Final = (
    "CORNERS_HEIGHT_FIRST",
    "CORNERS_WIDTH_FIRST",
    "CENTER_SIZE_HEIGHT_FIRST",
    "CENTER_SIZE_WIDTH_FIRST",
)
# The documented grid of the fifth mode, UNALIGN_CORNERS, contradicts the crop that coremltools' own test expects of Core ML.
_CROP_MODES: Final = ("STRICT_ALIGN_CORNERS", "ALIGN_CORNERS", "DEFAULT", "OFFSET_CORNERS")
_FIRST_STATIC: Final = (
    "target_height",
    "target_width",
    "normalized_coordinates",
    "spatial_scale",
    "box_coordinate_mode",
    "sampling_mode",
)
_CROP_STATIC: Final = (*_FIRST_STATIC, "pad_value")
_CROP_CHOICES: Final = {"box_coordinate_mode": _BOX_MODES, "sampling_mode": _CROP_MODES}


@kernel("crop_resize", static=_FIRST_STATIC, choices=_CROP_CHOICES)
def crop_resize(
    x: Tensor,
    roi: Tensor,
    target_height: int = 1,
    target_width: int = 1,
    normalized_coordinates: bool = False,
    spatial_scale: float = 1.0,
    box_coordinate_mode: str = "CORNERS_HEIGHT_FIRST",
    sampling_mode: str = "DEFAULT",
) -> Tensor:
    """Cut boxes as ``crop_resize_padded`` does; beyond the image lie zeros."""
    return crop_resize_padded(
        x, roi, target_height, target_width, normalized_coordinates, spatial_scale, box_coordinate_mode, sampling_mode
    )


@kernel("crop_resize", static=_CROP_STATIC, choices=_CROP_CHOICES, since="CoreML6")
def crop_resize_padded(
    x: Tensor,
    roi: Tensor,
    target_height: int = 1,
    target_width: int = 1,
    normalized_coordinates: bool = False,
    spatial_scale: float = 1.0,
    box_coordinate_mode: str = "CORNERS_HEIGHT_FIRST",
    sampling_mode: str = "DEFAULT",
    pad_value: float = 0.0,
) -> Tensor:
    """Cut boxes (N, 1, 4, 1, 1) from every image (N, B, C, h, w), or (N, 1, 5, 1, 1), image first, from one (N, 1, C, h, w).

    Raises:
        ValueError: the boxes or the images have another shape.
    """
    if x.dim() != 4 or roi.dim() != 5 or roi.shape[2] not in (4, 5) or roi.shape[1:] != (1, roi.shape[2], 1, 1):
        raise ValueError(f"boxes of shape {tuple(roi.shape)} for images of shape {tuple(x.shape)}")
    boxes = roi.reshape(roi.shape[0], roi.shape[2])
    scale = [(size - 1 if normalized_coordinates else 1) * spatial_scale for size in x.shape[2:]]
    rows, columns = _box_grids(boxes[:, -4:], scale, (target_height, target_width), box_coordinate_mode, sampling_mode)
    if boxes.shape[1] == 5:
        return _cut(x, boxes[:, 0].to(torch.int64), rows, columns, pad_value).unsqueeze(1)
    stacked = x.reshape(1, -1, *x.shape[2:])
    cut = _cut(stacked, None, rows, columns, pad_value)
    return cut.reshape(cut.shape[0], x.shape[0], x.shape[1], *cut.shape[2:])


@kernel("crop_resize", static=_CROP_STATIC, choices=_CROP_CHOICES, since="CoreML7")
def crop_resize_by_index(
    x: Tensor,
    boxes: Tensor,
    box_indices: Tensor | None = None,
    target_height: int = 1,
    target_width: int = 1,
    normalized_coordinates: bool = False,
    spatial_scale: float = 1.0,
    box_coordinate_mode: str = "CORNERS_HEIGHT_FIRST",
    sampling_mode: str = "DEFAULT",
    pad_value: float = 0.0,
) -> Tensor:
    """Cut box i (N, 4) from image ``box_indices[i]`` (absent: i), resized to (N, C, h, w); beyond the image lies ``pad_value``.

    Raises:
        ValueError: the boxes, their indices or the images have another shape.
    """
    if x.dim() != 4 or boxes.dim() != 2 or boxes.shape[1] != 4:
        raise ValueError(f"boxes of shape {tuple(boxes.shape)} for images of shape {tuple(x.shape)}")
    if box_indices is None:
        if boxes.shape[0] > x.shape[0]:
            raise ValueError(f"{boxes.shape[0]} boxes without indices for {x.shape[0]} images")
        box_indices = torch.arange(boxes.shape[0], device=x.device)
    if box_indices.shape != boxes.shape[:1]:
        raise ValueError(f"indices of shape {tuple(box_indices.shape)} for {boxes.shape[0]} boxes")
    scale = [(size - 1 if normalized_coordinates else 1) * spatial_scale for size in x.shape[2:]]
    rows, columns = _box_grids(boxes, scale, (target_height, target_width), box_coordinate_mode, sampling_mode)
    return _cut(x, box_indices.to(torch.int64), rows, columns, pad_value)


def _box_grids(boxes: Tensor, scale: list[float], target: tuple[int, int], coordinates: str, mode: str) -> list[Tensor]:
    """Return the rows (N, h) and the columns (N, w) at which boxes (N, 4) are read, in pixels.

    A box from a to b is an interval of ``|b - a| + 1`` pixels for ``sampling_grid``, walked from a to b.

    Raises:
        ValueError: nothing is to be read, or more than any tensor may hold.
    """
    affordable((boxes.shape[0], *target))
    if min(target) < 1:
        raise ValueError(f"crops of {target[0]} x {target[1]} pixels")
    first, second = boxes.to(torch.float32).reshape(-1, 2, 2).unbind(1)
    if coordinates.startswith("CENTER_SIZE"):
        first, second = first - second / 2, first + second / 2
    if coordinates.endswith("WIDTH_FIRST"):
        first, second = first.flip(1), second.flip(1)
    grids = []
    for axis, count in enumerate(target):
        start, length = first[:, axis] * scale[axis], (second[:, axis] - first[:, axis]) * scale[axis]
        steps = sampling_grid(mode, length.abs() + 1, count)
        grids.append(start.unsqueeze(1) + torch.where(length.unsqueeze(1) < 0, -steps, steps))
    return grids


def _cut(images: Tensor, chosen: Tensor | None, rows: Tensor, columns: Tensor, outside: float) -> Tensor:
    """Return (N, C, h, w): the value between the pixels at each position within the border, ``outside`` elsewhere."""
    height, width = images.shape[2:]
    count = (-1, rows.shape[1], columns.shape[1])
    down, across = rows.unsqueeze(2).expand(count), columns.unsqueeze(1).expand(count)
    inside = (down >= 0) & (down <= height - 1) & (across >= 0) & (across <= width - 1)
    cut = between_pixels(pixel_reader(images, None, chosen), down.clamp(0, height - 1), across.clamp(0, width - 1))
    return torch.where(inside.unsqueeze(1), cut, torch.full((), outside, device=cut.device))
