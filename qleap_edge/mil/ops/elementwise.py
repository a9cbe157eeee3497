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
_INTEGER_BITS = {"int8": 8, "uint8": 8, "int16": 16, "uint16": 16, "int32": 32}


def real_div(x: Tensor, y: Tensor) -> Tensor:
    """Divide; integers give the quotient cut towards zero, for the op's output has the inputs' type."""
    return x / y if x.is_floating_point() else _whole_quotient(x, y, "trunc")


def _floor_div(x: Tensor, y: Tensor) -> Tensor:
    return torch.div(x, y, rounding_mode="floor") if x.is_floating_point() else _whole_quotient(x, y, "floor")


def _whole_quotient(x: Tensor, y: Tensor, rounding: str) -> Tensor:
    """Divide integers; dividing the smallest one by -1 would end the process (x86 has no such quotient), so it is negated."""
    negates = y == -1
    return torch.where(negates, -x, torch.div(x, y.masked_fill(negates, 1), rounding_mode=rounding))


def _mod(x: Tensor, y: Tensor) -> Tensor:
    """Remainder with the sign of the divisor, as ``numpy.mod``; that of a division by -1 is 0."""
    if x.is_floating_point():
        return torch.remainder(x, y)
    negates = y == -1
    return torch.remainder(x, y.masked_fill(negates, 1))


def _exp2(x: Tensor) -> Tensor:
    """``2^x``; of integers cut towards zero, for the op's output has the input's type."""
    return torch.exp2(x) if x.is_floating_point() else torch.exp2(x.double()).to(x.dtype)


_BINARY: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "real_div": real_div,
    "floor_div": _floor_div,
    "mod": _mod,
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
    "exp2": _exp2,
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
    @kernel(op_type, moves_only=op_type in _EXACT, new_memory=True)
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
    """``min(max(x, alpha), beta)``."""
    return torch.clamp(x, alpha, beta)


@kernel("clip", static=("alpha", "beta"), since="CoreML7")
def clip_between(x: Tensor, alpha: float, beta: float) -> Tensor:
    """As before.

    Raises:
        ValueError: ``alpha`` is not below ``beta``.
    """
    if alpha >= beta:
        raise ValueError(f"clip from {alpha} to {beta}")
    return torch.clamp(x, alpha, beta)


@kernel("threshold", static=("alpha",))
def threshold(x: Tensor, alpha: float | int) -> Tensor:
    """``max(x, alpha)``."""
    return torch.clamp(x, min=alpha)


@kernel("cast", static=("dtype",), choices={"dtype": ("int32", "fp16", "fp32", "bool")})
def cast(x: Tensor, dtype: str) -> Tensor:
    """Change the element type; a real number becomes an integer by cutting towards zero.

    What no integer of the type equals is undefined in the specification, and in C. Here it is the nearest end of the range,
    as ARM's conversion instructions give, on every machine.
    """
    if dtype not in _INTEGER_BITS:
        return x.to(CAST_TYPES[dtype])
    bits = _INTEGER_BITS[dtype]
    low, high = (0, 2**bits - 1) if dtype.startswith("u") else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if x.is_floating_point():
        return torch.nan_to_num(x.double(), nan=0.0).clamp(low, high).to(CAST_TYPES[dtype])
    return (torch.remainder(x.long() - low, 2**bits) + low).to(CAST_TYPES[dtype])


@kernel("cast", static=("dtype",), choices={"dtype": tuple(CAST_TYPES)}, since="CoreML7")
def cast_small(x: Tensor, dtype: str) -> Tensor:
    """As before, to 8 and 16 bits as well; an integer keeps its lowest bits."""
    return cast(x, dtype)


@kernel("select", moves_only=True)
def select(cond: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """``a`` where ``cond``, else ``b``."""
    return torch.where(cond.bool(), a, b)
