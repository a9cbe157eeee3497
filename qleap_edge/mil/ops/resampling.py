"""Images read between their pixels, at positions that may depend on data (MIL: image_resizing of iOS15, iOS16 and iOS17).

https://apple.github.io/coremltools/source/coremltools.converters.mil.mil.ops.defs.html#module-coremltools.converters.mil.mil.ops.defs.iOS15.image_resizing

Positions count pixels: (0, 0) is the centre of the first one. All images are (images, channels, height, width).
"""

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor

from qleap_edge.mil.ops.bounds import affordable
from qleap_edge.mil.ops.registry import kernel

_COORDINATES: Final = ("unnormalized", "normalized_minus_one_to_one", "normalized_zero_to_one")
Read = Callable[[Tensor, Tensor], Tensor]
"""From whole (rows, columns) of (M, h, w) to the pixels (M, C, h, w) there."""


def pixel_reader(images: Tensor, outside: float | None, chosen: Tensor | None = None) -> Read:
    """Return a function that reads pixels; ``outside`` stands for those beyond the border, ``None`` for the last one before it.

    Args:
        images: (B, C, H, W).
        outside: value beyond the border.
        chosen: (M,) image of each grid; absent: grid i reads image i, or all read a single one.
    """
    _, channels, height, width = images.shape
    if height < 1 or width < 1:
        raise ValueError(f"an image without pixels: shape {tuple(images.shape)}")
    pixels = images if chosen is None else images.movedim(0, 1).unsqueeze(0)
    flat = pixels.reshape(-1, channels, height * width * (1 if chosen is None else images.shape[0]))

    def read(rows: Tensor, columns: Tensor) -> Tensor:
        place = rows.clamp(0, height - 1) * width + columns.clamp(0, width - 1)
        if chosen is not None:
            place = place + chosen[:, None, None] * (height * width)
        grids = place.flatten(1).unsqueeze(1).expand(-1, channels, -1)
        found = torch.gather(flat.expand(grids.shape[0], -1, -1), 2, grids)
        found = found.reshape(-1, channels, *rows.shape[1:])
        if outside is None:
            return found
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        return torch.where(inside.unsqueeze(1), found, torch.full((), outside, device=found.device))

    return read


def between_pixels(read: Read, rows: Tensor, columns: Tensor) -> Tensor:
    """Return the bilinear mean of the four pixels around each position."""
    top, left = rows.floor(), columns.floor()
    down, right = (rows - top).unsqueeze(1), (columns - left).unsqueeze(1)
    row, column = top.to(torch.int64), left.to(torch.int64)
    upper = read(row, column) * (1 - right) + read(row, column + 1) * right
    lower = read(row + 1, column) * (1 - right) + read(row + 1, column + 1) * right
    return upper * (1 - down) + lower * down


def _pixels(coordinates: Tensor, size: int, mode: str, align_corners: bool) -> Tensor:
    """Return positions in pixels; normalised ends are the outer pixels' centres if corners are aligned, else their edges."""
    if mode == "unnormalized":
        return coordinates
    from_zero = coordinates if mode == "normalized_zero_to_one" else (coordinates + 1) / 2
    return from_zero * (size - 1) if align_corners else from_zero * size - 0.5


def _folded(position: Tensor, size: int, mode: str) -> Tensor:
    """Return positions brought back inside: to the border, or mirrored at the outer pixels' centres or at their edges."""
    if mode == "reflection" and size > 1:
        away = torch.remainder(position, 2 * (size - 1))
        position = torch.minimum(away, 2 * (size - 1) - away)
    elif mode == "symmetric":
        away = torch.remainder(position + 0.5, 2 * size)
        position = torch.minimum(away, 2 * size - away) - 0.5
    return position.clamp(0, size - 1)


@kernel(
    "resample",
    static=("sampling_mode", "padding_mode", "padding_value", "coordinates_mode", "align_corners"),
    choices={
        "sampling_mode": ("bilinear", "nearest"),
        "padding_mode": ("constant", "border", "reflection", "symmetric"),
        "coordinates_mode": _COORDINATES,
    },
)
def resample(
    x: Tensor,
    coordinates: Tensor,
    sampling_mode: str,
    padding_mode: str,
    padding_value: float,
    coordinates_mode: str,
    align_corners: bool,
) -> Tensor:
    """Read image b at ``coordinates`` (B, h, w, 2), given as (column, row); a tie of two nearest pixels goes to the even one.

    Raises:
        ValueError: the coordinates do not fit the images.
    """
    if x.dim() != 4 or coordinates.dim() != 4 or coordinates.shape[-1] != 2 or coordinates.shape[0] != x.shape[0]:
        raise ValueError(f"coordinates of shape {tuple(coordinates.shape)} for images of shape {tuple(x.shape)}")
    columns, rows = coordinates.to(torch.float32).unbind(-1)
    columns = _pixels(columns, x.shape[3], coordinates_mode, align_corners)
    rows = _pixels(rows, x.shape[2], coordinates_mode, align_corners)
    if padding_mode != "constant":
        columns, rows = _folded(columns, x.shape[3], padding_mode), _folded(rows, x.shape[2], padding_mode)
    read = pixel_reader(x, padding_value if padding_mode == "constant" else None)
    if sampling_mode == "nearest":
        return read(rows.round().to(torch.int64), columns.round().to(torch.int64))
    return between_pixels(read, rows, columns)


@kernel(
    "affine",
    static=(
        "output_height",
        "output_width",
        "sampling_mode",
        "padding_mode",
        "padding_value",
        "coordinates_mode",
        "align_corners",
    ),
    choices={
        "sampling_mode": ("bilinear",),
        "padding_mode": ("constant",),
        "coordinates_mode": ("normalized_minus_one_to_one",),
    },
)
def affine(
    x: Tensor,
    transform_matrix: Tensor,
    output_height: int,
    output_width: int,
    sampling_mode: str,
    padding_mode: str,
    padding_value: float,
    coordinates_mode: str,
    align_corners: bool,
) -> Tensor:
    """Output (x, y) reads the image at ``(a0 x + a1 y + a2, b0 x + b1 y + b2)``, both in [-1, 1].

    That is PyTorch's affine_grid and grid_sample, corners not aligned too, which coremltools calls unsupported but converts.

    Raises:
        ValueError: the matrices (B or 1, 6) do not fit the images.
    """
    if x.dim() != 4 or transform_matrix.dim() != 2 or transform_matrix.shape[0] not in (1, x.shape[0]):
        raise ValueError(f"matrices of shape {tuple(transform_matrix.shape)} for images of shape {tuple(x.shape)}")
    if transform_matrix.shape[1] != 6 or min(output_height, output_width) < 1:
        raise ValueError(f"{transform_matrix.shape[1]} coefficients, output {output_height} x {output_width}")
    affordable((x.shape[0], max(x.shape[1], 1), output_height, output_width))
    a, b = transform_matrix.reshape(-1, 2, 3, 1, 1).expand(x.shape[0], -1, -1, -1, -1).unbind(1)
    across = _unit_steps(output_width, align_corners, x.device).reshape(1, 1, -1)
    along = _unit_steps(output_height, align_corners, x.device).reshape(1, -1, 1)
    columns = a[:, 0] * across + a[:, 1] * along + a[:, 2]
    rows = b[:, 0] * across + b[:, 1] * along + b[:, 2]
    read = pixel_reader(x, padding_value)
    columns = _pixels(columns, x.shape[3], coordinates_mode, align_corners)
    return between_pixels(read, _pixels(rows, x.shape[2], coordinates_mode, align_corners), columns)


def _unit_steps(count: int, align_corners: bool, device: torch.device) -> Tensor:
    """Return ``count`` points of [-1, 1]: its ends included, or the centres of equal parts."""
    steps = torch.arange(count, dtype=torch.float32, device=device)
    if align_corners:
        return steps * (2 / max(count - 1, 1)) - (1 if count > 1 else 0)
    return (2 * steps + 1) / count - 1
