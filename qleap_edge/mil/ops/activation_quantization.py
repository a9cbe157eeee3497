"""Run-time affine quantisation of activations (MIL iOS17: quantization_ops)."""

import torch
from torch import Tensor

from qleap_edge.mil.ops.registry import kernel

_RANGES = {"int8": (-128, 127, torch.int8), "uint8": (0, 255, torch.uint8)}


def _along(parameter: Tensor, x: Tensor, axis: int | None) -> Tensor:
    """Reshape a scalar or a vector so that it broadcasts along ``axis`` of ``x``."""
    if parameter.dim() == 0:
        return parameter
    if axis is None:
        raise ValueError("a vector of scales or zero points needs the parameter axis")
    shape = [1] * x.dim()
    shape[axis] = -1
    return parameter.reshape(shape)


@kernel("quantize", static=("axis", "output_dtype"), choices={"output_dtype": tuple(_RANGES)}, since="CoreML7")
def quantize(
    input: Tensor,
    scale: Tensor,
    output_dtype: str,
    zero_point: Tensor | None = None,
    axis: int | None = None,
) -> Tensor:
    """``clip(round_half_even(input / scale) + zero_point)``."""
    low, high, target = _RANGES[output_dtype]
    steps = torch.round(input / _along(scale, input, axis))
    if zero_point is not None:
        steps = steps + _along(zero_point, input, axis)
    return torch.clamp(steps, low, high).to(target)


@kernel("dequantize", static=("axis",), since="CoreML7")
def dequantize(
    input: Tensor,
    scale: Tensor,
    zero_point: Tensor | None = None,
    axis: int | None = None,
) -> Tensor:
    """``(input - zero_point) * scale``."""
    steps = input.to(torch.float32)
    if zero_point is not None:
        steps = steps - _along(zero_point, input, axis)
    return steps * _along(scale, input, axis)
