"""Products: linear, matmul, einsum (MIL: linear)."""

import torch
from torch import Tensor
from torch.nn import functional

from qleap_edge.mil.ops.registry import kernel


@kernel("linear")
def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``x @ weight.T + bias``, accumulated in float32."""
    return functional.linear(x, weight, bias)


@kernel("matmul", static=("transpose_x", "transpose_y"))
def matmul(x: Tensor, y: Tensor, transpose_x: bool = False, transpose_y: bool = False) -> Tensor:
    """Batched matrix product with NumPy broadcasting; the flags swap the last two axes first."""
    left = x.transpose(-1, -2) if transpose_x and x.dim() > 1 else x
    right = y.transpose(-1, -2) if transpose_y and y.dim() > 1 else y
    return torch.matmul(left, right)


@kernel("einsum", static=("equation",), many=("values",))
def einsum(values: tuple[Tensor, ...], equation: str) -> Tensor:
    """Einstein summation of the operands."""
    return torch.einsum(equation, *values)
