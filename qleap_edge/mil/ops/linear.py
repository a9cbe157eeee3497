"""Products: linear, matmul, einsum (MIL: linear)."""

import torch
from torch import Tensor
from torch.nn import functional

from qleap_edge.mil.ops.registry import kernel


@kernel("linear", new_memory=True)
def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """``x @ weight.T + bias``, accumulated in float32."""
    x, weight, *rest = _alike(x, weight, *([] if bias is None else [bias]))
    product = functional.linear(x, weight)
    for summand in rest:  # torch.func.vmap would add a bias out of place
        product += summand
    return product


@kernel("matmul", static=("transpose_x", "transpose_y"), new_memory=True)
def matmul(x: Tensor, y: Tensor, transpose_x: bool = False, transpose_y: bool = False) -> Tensor:
    """Batched matrix product with NumPy broadcasting; the flags swap the last two axes first."""
    x, y = _alike(x, y)
    left = x.transpose(-1, -2) if transpose_x and x.dim() > 1 else x
    right = y.transpose(-1, -2) if transpose_y and y.dim() > 1 else y
    return torch.matmul(left, right)


@kernel("einsum", static=("equation",), many=("values",))
def einsum(values: tuple[Tensor, ...], equation: str) -> Tensor:
    """Einstein summation of the operands."""
    return torch.einsum(equation, *values)


def _alike(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Return tensors of one type; from iOS17 on constants may be integers beside real numbers, and the reverse."""
    if all(tensor.dtype == tensors[0].dtype for tensor in tensors):
        return tensors
    return tuple(tensor.to(torch.float32) for tensor in tensors)
