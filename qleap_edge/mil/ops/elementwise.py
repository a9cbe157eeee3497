"""Elementwise arithmetic, comparison and logic, with NumPy broadcasting (MIL: elementwise_unary, elementwise_binary)."""

from collections.abc import Callable

import torch
from torch import Tensor

from qleap_edge.mil.ops.registry import kernel

# cast's target → the type computed in; half precision comes from rounding the output, not from the cast itself.
CAST_TYPES = {
    "fp16": torch.float32,
    "fp32": torch.float32,
    "int8": torch.int8,
    "uint8": torch.uint8,
    "int16": torch.int16,
    "uint16": torch.int32,
    "int32": torch.int32,
    "bool": torch.bool,
}


def _real_div(x: Tensor, y: Tensor) -> Tensor:
    """Divide; integers give the quotient cut towards zero, for the op's output has the inputs' type."""
    return x / y if x.is_floating_point() else torch.div(x, y, rounding_mode="trunc")


def _floor_div(x: Tensor, y: Tensor) -> Tensor:
    return torch.div(x, y, rounding_mode="floor")


_BINARY: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "real_div": _real_div,
    "floor_div": _floor_div,
    "mod": torch.remainder,  # sign of the divisor, as numpy.mod
    "pow": torch.pow,
    "equal": torch.eq,
    "not_equal": torch.ne,
    "less": torch.lt,
    "less_equal": torch.le,
    "greater": torch.gt,
    "greater_equal": torch.ge,
    "logical_and": torch.logical_and,
    "logical_or": torch.logical_or,
    "logical_xor": torch.logical_xor,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
}
_UNARY: dict[str, Callable[[Tensor], Tensor]] = {
    "abs": torch.abs,
    "acos": torch.acos,
    "asin": torch.asin,
    "atan": torch.atan,
    "atanh": torch.atanh,
    "ceil": torch.ceil,
    "cos": torch.cos,
    "cosh": torch.cosh,
    "erf": torch.erf,
    "exp": torch.exp,
    "exp2": torch.exp2,
    "floor": torch.floor,
    "logical_not": torch.logical_not,
    "neg": torch.neg,
    "round": torch.round,  # half to even
    "sign": torch.sign,
    "sin": torch.sin,
    "sinh": torch.sinh,
    "sqrt": torch.sqrt,
    "square": torch.square,
    "tan": torch.tan,
}
_EXACT = {"maximum", "minimum", "abs", "neg", "sign"}  # results of half-precision inputs are half-precision numbers


def _register_binary(op_type: str, function: Callable[[Tensor, Tensor], Tensor]) -> None:
    @kernel(op_type, moves_only=op_type in _EXACT)
    def binary(x: Tensor, y: Tensor) -> Tensor:
        return function(x, y)


def _register_unary(op_type: str, function: Callable[[Tensor], Tensor]) -> None:
    @kernel(op_type, moves_only=op_type in _EXACT)
    def unary(x: Tensor) -> Tensor:
        return function(x)


for _type, _two in _BINARY.items():
    _register_binary(_type, _two)
for _type, _one in _UNARY.items():
    _register_unary(_type, _one)


@kernel("log", static=("epsilon",))
def log(x: Tensor, epsilon: float = 1e-45) -> Tensor:
    """``ln(x + epsilon)``."""
    return torch.log(x + epsilon)


@kernel("rsqrt", static=("epsilon",))
def rsqrt(x: Tensor, epsilon: float = 1e-12) -> Tensor:
    """``1 / sqrt(x + epsilon)``."""
    return torch.rsqrt(x + epsilon)


@kernel("inverse", static=("epsilon",))
def inverse(x: Tensor, epsilon: float = 1e-4) -> Tensor:
    """``1 / (x + epsilon)``."""
    return torch.reciprocal(x + epsilon)


@kernel("clip", static=("alpha", "beta"))
def clip(x: Tensor, alpha: float, beta: float) -> Tensor:
    """Limit to ``[alpha, beta]``."""
    return torch.clamp(x, alpha, beta)


@kernel("threshold", static=("alpha",))
def threshold(x: Tensor, alpha: float) -> Tensor:
    """``max(x, alpha)``."""
    return torch.clamp(x, min=alpha)


@kernel("cast", static=("dtype",), choices={"dtype": tuple(CAST_TYPES)})
def cast(x: Tensor, dtype: str) -> Tensor:
    """Change the element type; a real number becomes an integer by cutting towards zero."""
    return x.to(CAST_TYPES[dtype])


@kernel("select", moves_only=True)
def select(cond: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """``a`` where ``cond``, else ``b``."""
    return torch.where(cond.bool(), a, b)
