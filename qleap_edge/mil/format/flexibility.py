"""Which shapes an input accepts besides its default one, and which value an input has that is left out.

Source: coremltools mlmodel/format/FeatureTypes.proto (ShapeFlexibility, SizeFlexibility, defaultOptionalValue).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from qleap_edge.mil.format.literals import malformed
from qleap_edge.mil.format.program import MAX_DIMENSION

Range = tuple[int, int | None]


@dataclass(frozen=True)
class Accepted:
    """What an input accepts, see ``Feature``."""

    shapes: tuple[tuple[int, ...], ...] = ()
    ranges: tuple[Range, ...] = ()
    default: float | int | None = None


def array_flexibility(message: Any, dtype: str, where: str) -> Accepted:
    """Return what a tensor input accepts.

    Args:
        message: a ``FeatureType`` with a ``multiArrayType``.
        dtype: numpy name of its elements.
        where: for errors.

    Raises:
        InputDataError: a size is impossible, a range is empty, or the default value is no number of the element type.
    """
    array = message.multiArrayType
    form = array.WhichOneof("ShapeFlexibility")
    listed = array.enumeratedShapes.shapes if form == "enumeratedShapes" else ()
    ranged = array.shapeRange.sizeRanges if form == "shapeRange" else ()
    given = array.WhichOneof("defaultOptionalValue") if message.isOptional else None
    # An optional input without a value of its own is filled with zeros.
    default = (0 if message.isOptional else None) if given is None else getattr(array, given)
    if default is not None and not _is_number_of(default, dtype):
        raise malformed(where, f"a default value of type {dtype}", str(default))
    return Accepted(
        tuple(checked_sizes(item.shape, where) for item in listed),
        tuple(_range(item, where) for item in ranged),
        default,
    )


def image_flexibility(message: Any, shape: tuple[int, ...], where: str) -> Accepted:
    """Return what an image input accepts, as shapes (1, channels, height, width).

    Args:
        message: an ``ImageFeatureType``.
        shape: the default one.
        where: for errors.

    Raises:
        InputDataError: a size is impossible, or a range is empty.
    """
    form = message.WhichOneof("SizeFlexibility")
    if form == "enumeratedSizes":
        sizes = message.enumeratedSizes.sizes
        return Accepted(tuple(checked_sizes((*shape[:2], item.height, item.width), where) for item in sizes))
    if form == "imageSizeRange":
        height, width = (_range(getattr(message.imageSizeRange, f"{side}Range"), where) for side in ("height", "width"))
        return Accepted(ranges=((1, 1), (shape[1], shape[1]), height, width))
    return Accepted()


def checked_sizes(sizes: Iterable[int], where: str) -> tuple[int, ...]:
    """Return the sizes of a shape.

    Raises:
        InputDataError: a size is no number of elements.
    """
    shape = tuple(int(size) for size in sizes)
    if any(not 0 < size <= MAX_DIMENSION for size in shape):
        raise malformed(where, f"sizes from 1 to {MAX_DIMENSION}", str(shape))
    return shape


def _is_number_of(value: float | int, dtype: str) -> bool:
    """Tell whether a number lies in the range of a type; real numbers may be rounded to it."""
    kind = np.dtype(dtype)
    if kind.kind == "f":
        return math.isfinite(value) and abs(value) <= float(np.finfo(kind).max)
    limits = np.iinfo(kind)
    return math.isfinite(value) and value == int(value) and limits.min <= value <= limits.max


def _range(message: Any, where: str) -> Range:
    """Return the smallest and the largest size; a negative upper bound is none."""
    lowest, highest = int(message.lowerBound), int(message.upperBound)
    if highest >= 0 and highest < lowest:
        raise malformed(where, "a range of sizes", f"{lowest} to {highest}")
    return lowest, None if highest < 0 else highest
