"""Compare the arrays of one call with what a function declares, and turn them into tensors.

What Core ML refuses is refused: an unknown or missing name, a shape outside the declared ranges or list, numbers that are not
finite. Numbers of another type are converted where every one of them stays what it is, as Core ML's Python package does.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from qleap_edge.core.errors import InputDataError, QleapError
from qleap_edge.mil.format.program import Feature, Function, Value
from qleap_edge.mil.runtime.plan import compute_dtype


def accept_inputs(
    function: Function, inputs: Mapping[str, np.ndarray], where: Path, *, batched: bool = False
) -> list[Tensor]:
    """Return the inputs in the order of the function's block, as tensors of the types that are computed in.

    Args:
        function: of a package.
        inputs: name → array; an input with a default value may be left out.
        where: the package, for errors.
        batched: whether the first axis of every array counts windows.

    Raises:
        InputDataError: an input is missing, unknown, of a shape that is not declared, not finite, or of a type whose numbers
            the declared one does not hold; or the arrays disagree in their number of windows.
    """
    features = {feature.name: feature for feature in function.inputs}
    missing = {name for name, feature in features.items() if name not in inputs and feature.default is None}
    if missing or not set(inputs) <= set(features):
        raise refuse(where, "inputs", f"the names {sorted(features)}", str(sorted(inputs)))
    values = [value for value in function.block.inputs if value.type.kind == "tensor"]
    arrays = {
        value.name: _checked(features[value.name], inputs[value.name], value, where, batched=batched)
        for value in values
        if value.name in inputs
    }
    windows: tuple[int, ...] = ()
    if batched:
        counts = sorted({array.shape[0] for array in arrays.values()})
        if len(counts) != 1:
            raise refuse(where, "inputs", "the same number of windows in every input", str(counts))
        windows = (counts[0],)
    tensors = []
    for value in values:
        feature = features[value.name]
        array = arrays.get(value.name)
        if array is None:
            shape = tuple(size or 1 for size in feature.shape)
            _check_shape(feature, shape, value.type.shape, where, batched=False)
            array = np.full((*windows, *shape), feature.default, feature.dtype)
        # Not ascontiguousarray, which makes a vector of a number.
        tensors.append(torch.from_numpy(np.require(array, requirements=["C", "W"])).to(tensor_dtype(value)))
    return tensors


def conversions(function: Function, inputs: Mapping[str, np.ndarray]) -> dict[str, tuple[str, str]]:
    """Return input → (given type, declared type) of the arrays that ``accept_inputs`` converts."""
    declared = {feature.name: feature.dtype for feature in function.inputs}
    return {
        name: (str(array.dtype), declared[name])
        for name, array in inputs.items()
        if name in declared and array.dtype != declared[name]
    }


def tensor_dtype(value: Value) -> torch.dtype:
    """Return the type that a function's input or state is computed in."""
    if value.type.data_type is None:  # the linker has refused it
        raise QleapError("an input without an element type", where=value.name)
    return compute_dtype(value.type.data_type)


def refuse(
    package: Path, where: str, expected: str, got: str, next_step: str = "check the input arrays"
) -> InputDataError:
    """Return the error for inputs that a program cannot take."""
    return InputDataError(
        "the program cannot take these inputs",
        where=f"{package}, {where}",
        expected=expected,
        got=got,
        next_step=next_step,
    )


def _checked(feature: Feature, array: np.ndarray, value: Value, where: Path, *, batched: bool) -> np.ndarray:
    """Return an array of the declared type."""
    name = f"input {feature.name!r}"
    if batched and not array.ndim:
        raise refuse(where, name, f"shape (windows, {sizes_text(value.type.shape)})", "()")
    _check_shape(feature, array.shape[1:] if batched else array.shape, value.type.shape, where, batched=batched)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        first = _first(~np.isfinite(array))
        raise refuse(where, f"{name}, index {first}", "finite numbers", str(array[first]))
    return converted(array, feature.dtype, where, name)


def converted(array: np.ndarray, dtype: str, where: Path, name: str) -> np.ndarray:
    """Return numbers in another type that holds each of them.

    Raises:
        InputDataError: a number would change, or real numbers would become integers; the first is named.
    """
    if array.dtype == dtype:
        return array
    if array.dtype.kind not in "fiub" or (array.dtype.kind == "f" and np.dtype(dtype).kind != "f"):
        raise refuse(where, name, f"elements of type {dtype}", str(array.dtype), "use array.astype")
    with np.errstate(over="ignore", invalid="ignore"):
        result = array.astype(dtype)
        same = (result.astype(array.dtype) == array) | (array != array)
    if not same.all():
        first = _first(~same)
        raise refuse(
            where,
            f"{name}, index {first}",
            f"elements of type {dtype}, or of another type with the same numbers",
            f"{array[first]} of type {array.dtype}, which would become {result[first]}",
            f"round the numbers yourself: array.astype(numpy.{dtype})",
        )
    return result


def _check_shape(
    feature: Feature, shape: tuple[int, ...], declared: Sequence[int | None], where: Path, *, batched: bool
) -> None:
    """Refuse a shape that the program does not declare: fixed sizes, ranges, a list of whole shapes."""
    name = f"input {feature.name!r}"
    windows = "windows, " if batched else ""
    got = f"({windows}{sizes_text(shape)})"
    fits = len(shape) == len(declared) and all(
        size is None or size == found for size, found in zip(declared, shape, strict=True)
    )
    if feature.shapes and shape not in feature.shapes:
        known = " or ".join(f"({windows}{sizes_text(item)})" for item in feature.shapes)
        raise refuse(where, name, f"one of the declared shapes {known}", got)
    if not fits:
        raise refuse(where, name, f"shape ({windows}{sizes_text(declared)})", got)
    for axis, (size, (lowest, highest)) in enumerate(zip(shape, feature.ranges, strict=False)):
        if size < lowest or (highest is not None and size > highest):
            allowed = f"{lowest} or more" if highest is None else f"{lowest} to {highest}"
            raise refuse(where, f"{name}, axis {axis}", f"a size of {allowed}", str(size))


def sizes_text(sizes: Sequence[int | None]) -> str:
    """Return sizes as they stand between the brackets of a shape."""
    listed = ["any" if size is None else str(size) for size in sizes]
    return f"{listed[0]}," if len(listed) == 1 else ", ".join(listed)


def _first(wrong: np.ndarray) -> tuple[int, ...]:
    return tuple(map(int, np.argwhere(wrong)[0]))
