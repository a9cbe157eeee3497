"""Shape, order and assembly of tensors: elements move, values stay (MIL: tensor_transformation, tensor_operation)."""

import math

import torch
from torch import Tensor

from qleap_edge.mil.ops.bounds import affordable, axis_position
from qleap_edge.mil.ops.registry import kernel


@kernel("identity", moves_only=True)
def identity(x: Tensor) -> Tensor:
    """The input itself."""
    return x


@kernel("transpose", static=("perm",), moves_only=True)
def transpose(x: Tensor, perm: tuple[int, ...]) -> Tensor:
    """Output axis i is input axis ``perm[i]``."""
    return x.permute(perm)


@kernel("reshape", static=("shape",), moves_only=True)
def reshape(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Same elements, new sizes: -1 is inferred, 0 copies the input's size on the same axis.

    Raises:
        ValueError: there is a 0 and the ranks differ.
    """
    if 0 in shape and len(shape) != x.dim():
        raise ValueError(f"a 0 in shape {shape} for a tensor with {x.dim()} axes")
    return x.reshape([x.shape[axis] if size == 0 else size for axis, size in enumerate(shape)])


@kernel("reshape", static=("shape",), moves_only=True, since="CoreML7")
def reshape_from_right(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """As before, but a 0 copies the size of the same axis counted from the right, 1 if the input has none there."""
    missing = len(shape) - x.dim()
    sizes = [
        size if size != 0 else (x.shape[axis - missing] if axis >= missing else 1) for axis, size in enumerate(shape)
    ]
    return x.reshape(sizes)


@kernel("expand_dims", static=("axes",), moves_only=True)
def expand_dims(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """Insert axes of size 1; ``axes`` are positions in the output."""
    rank = x.dim() + len(axes)
    for axis in sorted(axis_position(axis, rank) for axis in axes):
        x = x.unsqueeze(axis)
    return x


@kernel("squeeze", static=("axes",), moves_only=True)
def squeeze(x: Tensor, axes: tuple[int, ...] | None = None) -> Tensor:
    """Drop those of the axes (absent: of all axes) that have size 1; longer ones stay, as in PyTorch."""
    return x.squeeze() if axes is None else x.squeeze(axes)


@kernel("flatten2d", static=("axis",), moves_only=True)
def flatten2d(x: Tensor, axis: int = 1) -> Tensor:
    """A matrix: the axes before ``axis`` times the others."""
    return x.reshape(math.prod(x.shape[:axis]), math.prod(x.shape[axis:]))


@kernel("concat", static=("axis", "interleave"), many=("values",), moves_only=True)
def concat(values: tuple[Tensor, ...], axis: int, interleave: bool = False) -> Tensor:
    """Join along an axis: one tensor after the other, or interleaved, element by element. Scalars make a vector.

    Raises:
        ValueError: tensors to interleave have different shapes.
    """
    if values[0].dim() == 0:
        return torch.stack(values)
    if not interleave:
        return torch.cat(values, axis)
    if any(value.shape != values[0].shape for value in values):
        raise ValueError(f"cannot interleave shapes {[tuple(value.shape) for value in values]}")
    position = axis_position(axis, values[0].dim())
    return torch.stack(values, position + 1).flatten(position, position + 1)


@kernel("stack", static=("axis",), many=("values",), moves_only=True)
def stack(values: tuple[Tensor, ...], axis: int) -> Tensor:
    """Join along a new axis."""
    return torch.stack(values, axis)


@kernel("split", static=("axis", "num_splits", "split_sizes"), moves_only=True)
def split(
    x: Tensor, axis: int, num_splits: int | None = None, split_sizes: tuple[int, ...] | None = None
) -> tuple[Tensor, ...]:
    """Cut an axis into equal parts or into the given sizes.

    Raises:
        ValueError: the axis cannot be cut that way.
    """
    length = x.shape[axis]
    if split_sizes is None:
        if not num_splits or length % num_splits:
            raise ValueError(f"cannot split {length} elements into {num_splits} equal parts")
        split_sizes = (length // num_splits,) * num_splits
    return tuple(torch.split(x, list(split_sizes), axis))


@kernel("tile", static=("reps",), moves_only=True)
def tile(x: Tensor, reps: tuple[int, ...]) -> Tensor:
    """Repeat along every axis.

    Raises:
        ValueError: a number of repetitions is missing or not positive.
    """
    if len(reps) != x.dim() or any(count < 1 for count in reps):
        raise ValueError(f"repetitions {reps} for a tensor with {x.dim()} axes")
    affordable([size * count for size, count in zip(x.shape, reps, strict=True)])
    return torch.tile(x, reps)


@kernel("fill", static=("shape", "value"))
def fill(shape: tuple[int, ...], value: float | int | bool = 0.0) -> Tensor:
    """A tensor of one value."""
    return torch.full(affordable(shape), value)


@kernel("fill_like", static=("value",), since="CoreML6")
def fill_like(ref_tensor: Tensor, value: float | int | bool = 0.0) -> Tensor:
    """A tensor of one value with the sizes of another."""
    return torch.full(ref_tensor.shape, value)


@kernel("shape")
def shape(x: Tensor) -> Tensor:
    """The sizes as a vector."""
    return torch.tensor(x.shape, dtype=torch.int32)


@kernel("range_1d", static=("start", "end", "step"))
def range_1d(start: float | int, end: float | int, step: float | int) -> Tensor:
    """``start, start + step, …`` before ``end``: below it, or above it if ``step`` is negative.

    Raises:
        ValueError: no step leads there, or too many do.
    """
    if step == 0 or (end - start) / step < 0:
        raise ValueError(f"from {start} to {end} in steps of {step}")
    affordable([math.ceil((end - start) / step)])
    return torch.arange(start, end, step)


@kernel("pad", static=("pad", "mode", "constant_val"), choices={"mode": ("constant", "reflect", "replicate")})
def pad(x: Tensor, pad: tuple[int, ...], mode: str = "constant", constant_val: float = 0.0) -> Tensor:
    """Extend the last axes: ``pad`` holds (before, after) for each, the last axis last.

    Raises:
        ValueError: a negative or too large padding.
    """
    pairs = list(zip(pad[::2], pad[1::2], strict=True))
    if len(pairs) > x.dim() or any(size < 0 for size in pad):
        raise ValueError(f"padding {pad} of a tensor with {x.dim()} axes")
    kept = x.dim() - len(pairs)
    affordable([*x.shape[:kept], *(size + sum(pair) for size, pair in zip(x.shape[kept:], pairs, strict=True))])
    if mode == "constant":
        return torch.nn.functional.pad(x, [size for pair in reversed(pairs) for size in pair], value=constant_val)
    for axis, (before, after) in enumerate(pairs, start=kept):
        if before or after:
            x = x.index_select(axis, _border_indices(x.shape[axis], before, after, mode, x.device))
    return x


def _border_indices(length: int, before: int, after: int, mode: str, device: torch.device) -> Tensor:
    """Return the source index of every padded element along one axis."""
    limit = length - 1 if mode == "reflect" else length
    if max(before, after) > limit:
        raise ValueError(f"padding ({before}, {after}) of {length} elements in mode {mode}")
    position = torch.arange(-before, length + after, device=device)
    if mode == "reflect":
        return (length - 1) - ((length - 1) - position.abs()).abs()
    return position.clamp(0, length - 1)
