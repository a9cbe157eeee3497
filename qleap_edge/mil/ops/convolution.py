"""Convolution and its transpose over one to three spatial axes (MIL: conv).

https://apple.github.io/coremltools/source/coremltools.converters.mil.mil.ops.defs.html#module-coremltools.converters.mil.mil.ops.defs.iOS15.conv
"""

from collections.abc import Sequence

from torch import Tensor
from torch.nn import functional

from qleap_edge.mil.ops.bounds import affordable
from qleap_edge.mil.ops.registry import kernel

PAD_TYPES = ("valid", "same", "same_lower", "custom")
_CONV = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
_CONV_TRANSPOSE = {
    1: functional.conv_transpose1d,
    2: functional.conv_transpose2d,
    3: functional.conv_transpose3d,
}


def spatial_padding(
    pad_type: str,
    pad: Sequence[int] | None,
    sizes: Sequence[int],
    kernel_sizes: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
) -> list[tuple[int, int]]:
    """Return (before, after) for every spatial axis.

    ``same`` pads so that the output has ``ceil(size / stride)`` elements; an odd rest goes after, with ``same_lower`` before.

    Raises:
        ValueError: the padding does not fit the spatial axes.
    """
    if pad_type == "valid":
        return [(0, 0)] * len(sizes)
    if pad_type == "custom":
        flat = [0] * (2 * len(sizes)) if pad is None else list(pad)
        if len(flat) != 2 * len(sizes) or min(flat) < 0:
            raise ValueError(f"{2 * len(sizes)} paddings >= 0 expected, got {flat}")
        return list(zip(flat[::2], flat[1::2], strict=True))
    pairs = []
    for size, width, stride, dilation in zip(sizes, kernel_sizes, strides, dilations, strict=True):
        outputs = -(-size // stride)
        total = max(0, (outputs - 1) * stride + (width - 1) * dilation + 1 - size)
        small, large = total // 2, total - total // 2
        pairs.append((small, large) if pad_type == "same" else (large, small))
    return pairs


def pad_spatially(x: Tensor, pairs: Sequence[tuple[int, int]], value: float) -> Tensor:
    """Return ``x`` with constant borders on its last axes; a border below zero cuts.

    Raises:
        ValueError: no program's tensor is as large as the result.
    """
    first = x.dim() - len(pairs)
    sizes = [size + before + after for size, (before, after) in zip(x.shape[first:], pairs, strict=True)]
    affordable((*x.shape[:first], *sizes))
    flat = [size for pair in reversed(pairs) for size in pair]
    return functional.pad(x, flat, value=value) if any(flat) else x


@kernel("conv", static=("strides", "pad_type", "pad", "dilations", "groups"), choices={"pad_type": PAD_TYPES})
def conv(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    strides: tuple[int, ...] | None = None,
    pad_type: str = "valid",
    pad: tuple[int, ...] | None = None,
    dilations: tuple[int, ...] | None = None,
    groups: int = 1,
) -> Tensor:
    """Cross-correlation of ``x`` (n, C_in, …) with ``weight`` (C_out, C_in / groups, …)."""
    rank = x.dim() - 2
    steps, gaps = strides or (1,) * rank, dilations or (1,) * rank
    pairs = spatial_padding(pad_type, pad, x.shape[2:], weight.shape[2:], steps, gaps)
    if all(before == after for before, after in pairs):
        return _CONV[rank](x, weight, bias, steps, tuple(before for before, _ in pairs), gaps, groups)
    return _CONV[rank](pad_spatially(x, pairs, 0.0), weight, bias, steps, 0, gaps, groups)


@kernel(
    "conv_transpose",
    static=("pad", "output_shape", "pad_type", "strides", "dilations", "groups"),
    choices={"pad_type": ("valid", "same", "custom")},
)
def conv_transpose(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    pad: tuple[int, ...] | None = None,
    output_shape: tuple[int, ...] | None = None,
    pad_type: str = "valid",
    strides: tuple[int, ...] | None = None,
    dilations: tuple[int, ...] | None = None,
    groups: int = 1,
) -> Tensor:
    """Add ``x * weight`` (C_in, C_out / groups, …) at every ``stride`` elements, cut the padding, add the bias.

    Raises:
        ValueError: the padding or the output's shape does not fit.
    """
    rank = x.dim() - 2
    steps, gaps = strides or (1,) * rank, dilations or (1,) * rank
    widths = [(size - 1) * gap + 1 for size, gap in zip(weight.shape[2:], gaps, strict=True)]
    whole = [(size - 1) * step + width for size, step, width in zip(x.shape[2:], steps, widths, strict=True)]
    affordable((x.shape[0], weight.shape[1] * groups, *whole))
    if output_shape is not None and tuple(output_shape[:2]) != (x.shape[0], weight.shape[1] * groups):
        raise ValueError(f"output shape {output_shape} for {x.shape[0]} x {weight.shape[1] * groups} channels")
    wanted = None if output_shape is None else output_shape[2:]
    cuts = _transposed_cuts(pad_type, pad, x.shape[2:], whole, steps, wanted)
    result = _CONV_TRANSPOSE[rank](x, weight, None, steps, 0, 0, groups, gaps)
    result = pad_spatially(result, [(-before, -after) for before, after in cuts], 0.0)
    return result if bias is None else result + bias.reshape(-1, *[1] * rank)


def _transposed_cuts(
    pad_type: str,
    pad: Sequence[int] | None,
    sizes: Sequence[int],
    whole: Sequence[int],
    strides: Sequence[int],
    wanted: Sequence[int] | None,
) -> list[tuple[int, int]]:
    """Return how many elements (before, after) of every whole axis the output lacks; below zero: has in addition.

    The output is the input of the ``conv`` that would give ``x``: with ``same`` of ``stride * size`` elements, an odd rest cut
    after; otherwise of those the padding leaves. Several sizes lead to the same ``x``, so ``wanted`` may ask for up to
    ``stride - 1`` more (PyTorch's ``output_padding``), with ``same`` also for fewer.

    Raises:
        ValueError: the wanted sizes do not lead to ``x``.
    """
    borders = spatial_padding(
        "valid" if pad_type == "same" else pad_type, pad, sizes, whole, strides, (1,) * len(sizes)
    )
    cuts = []
    for axis, (before, after) in enumerate(borders):
        size, step, length = sizes[axis], strides[axis], whole[axis]
        usual = size * step if pad_type == "same" else length - before - after
        output = usual if wanted is None else wanted[axis]
        slack = range(usual - step + 1, usual + 1) if pad_type == "same" else range(usual, usual + max(step, 1))
        if output < 1 or output not in slack:
            raise ValueError(f"an output of {output} elements on an axis that gives {usual}")
        first = max(length - output, 0) // 2 if pad_type == "same" else before
        cuts.append((first, length - output - first))
    return cuts
