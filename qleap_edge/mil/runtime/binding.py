"""Bind one operation to memory: what a run then has to do is call functions whose arguments are all known.

For the operations that most networks consist of there is a binding that writes into the memory of the result, by the very
torch function that the kernel calls; for any other the kernel itself runs and its result is copied. Either way the numbers
are the kernel's, bit for bit: ``tests/unit/mil/test_compiled.py`` compares them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import torch
from torch import Tensor
from torch.nn import functional

from qleap_edge.mil.runtime.plan import Step

Call = Callable[[], object]
_PIECE: Final = 2**16
"""Elements that are rounded at a time: they and their half-precision copy stay in the second-level cache."""
_PROBE_SEED: Final = 0

_BINARY: Final[Mapping[str, Callable[..., Tensor]]] = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "real_div": torch.div,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
}
OVERWRITES: Final = frozenset({"add", "sub", "mul", "gelu"})
"""Operations whose binding may write over an argument of the result's own shape and strides that nothing else reads."""
_EACH_ELEMENT: Final = frozenset(
    {
        "abs",
        "cast",
        "clip",
        "elu",
        "erf",
        "exp",
        "leaky_relu",
        "log",
        "neg",
        "relu",
        "relu6",
        "rsqrt",
        "sigmoid",
        "silu",
    }
    | {"softplus", "softsign", "sqrt", "square", "tanh"}
)
"""Operations on single elements of ``x``: the kernel takes any number of axes."""


@dataclass(frozen=True)
class Place:
    """An operation whose arguments and results lie in memory.

    Args:
        step: what to do.
        arguments: every argument; tensors where they lie.
        moving: the parameters that are computed, not constants; with windows they have one more axis in front.
        target: memory of the first result, float32.
        windows: how many at once, ``None``: one, without an axis for it.
    """

    step: Step
    arguments: Mapping[str, Any]
    moving: frozenset[str]
    target: Tensor
    windows: int | None

    @property
    def lead(self) -> int:
        """Axes in front of those that the program knows."""
        return 0 if self.windows is None else 1

    def rank(self, name: str) -> int:
        """Return the number of axes that an argument has in the program."""
        return int(self.arguments[name].dim()) - (self.lead if name in self.moving else 0)


@dataclass(frozen=True)
class Bound:
    """How to compute an operation: by calls that fill the target, or by one that returns the result."""

    calls: tuple[Call, ...] = ()
    result: Callable[[], Any] | None = None
    target: Tensor | None = None
    """Where the result goes; another view of the same memory if that has the result's shape."""


def bind(place: Place) -> Bound | None:
    """Return the binding of an operation that has one, else ``None``."""
    kind = place.step.operation.type
    tensors = [item for item in place.arguments.values() if isinstance(item, Tensor)]
    if place.target.dtype != torch.float32 or any(item.dtype != torch.float32 for item in tensors):
        return None
    if kind in _BINARY:
        return _binary(place, _BINARY[kind])
    if kind in _EACH_ELEMENT and place.moving == {"x"}:
        return Bound(result=partial(place.step.function, **place.arguments))
    binder = _BINDERS.get(kind)
    return None if binder is None else binder(place)


def rounding(target: Tensor, scratch: Tensor) -> list[Call]:
    """Return the calls that round a target to half precision where it lies."""
    if target.numel() <= _PIECE:
        half = scratch[: target.numel()].as_strided(target.shape, target.stride())
        return [partial(half.copy_, target), partial(target.copy_, half)]
    flat = target.as_strided((target.numel(),), (1,))
    calls: list[Call] = []
    for piece in torch.split(flat, _PIECE):
        half = scratch[: piece.numel()]
        calls += [partial(half.copy_, piece), partial(piece.copy_, half)]
    return calls


def fill_rounded(compute: Callable[[], Tensor], target: Tensor, scratch: Tensor) -> None:
    """Compute a result and lay it into a target without gaps, rounded to half precision on the way."""
    result = compute()
    if result.stride() != target.stride():
        result = target.copy_(result)
    count = target.numel()
    source, place = result.as_strided((count,), (1,)), target.as_strided((count,), (1,))
    for read, written in zip(torch.split(source, _PIECE), torch.split(place, _PIECE), strict=True):
        half = scratch[: written.numel()]
        half.copy_(read)
        written.copy_(half)


def scratch_elements(largest: int) -> int:
    """Return how many half-precision numbers ``rounding`` needs for targets of up to so many elements."""
    return min(largest, _PIECE)


def _linear(place: Place) -> Bound | None:
    x, weight, bias = place.arguments["x"], place.arguments["weight"], place.arguments.get("bias")
    if place.moving != {"x"} or place.rank("x") < 2 or not x.is_contiguous() or not place.target.is_contiguous():
        return None
    rows, transposed = x.view(-1, weight.shape[1]), weight.t()
    target = place.target.view(-1, weight.shape[0])
    if bias is not None and _adds_bias_last(rows, transposed, bias):
        return Bound((partial(torch.addmm, bias, rows, transposed, out=target),))
    product: Call = partial(torch.mm, rows, transposed, out=target)
    return Bound((product,) if bias is None else (product, partial(target.add_, bias)))


def _adds_bias_last(rows: Tensor, weight: Tensor, bias: Tensor) -> bool:
    """Tell whether this machine's product with a bias equals, bit for bit, the product and then the bias."""
    drawn = torch.empty(rows.shape).uniform_(-1.0, 1.0, generator=torch.Generator().manual_seed(_PROBE_SEED))
    return torch.equal(torch.addmm(bias, drawn, weight), torch.mm(drawn, weight).add_(bias))


def _binary(place: Place, function: Callable[..., Tensor]) -> Bound:
    axes = place.target.dim()
    x, y = (_lifted(place, name, axes) for name in ("x", "y"))
    return Bound((partial(function, x, y, out=place.target),))


def _lifted(place: Place, name: str, axes: int) -> Tensor:
    """Return an argument with as many axes as the result, those it lacks behind the one that counts windows."""
    item: Tensor = place.arguments[name]
    if name not in place.moving or place.windows is None or item.dim() == axes:
        return item
    return item.view(place.windows, *[1] * (axes - item.dim()), *item.shape[1:])


def _gelu(place: Place) -> Bound | None:
    mode = place.arguments.get("mode", "EXACT")
    if mode == "SIGMOID_APPROXIMATION":
        return None
    approximate = "none" if mode == "EXACT" else "tanh"
    function: Callable[..., Tensor] = torch._C._nn.gelu  # functional.gelu, whose stub lacks ``out``
    return Bound((partial(function, place.arguments["x"], approximate=approximate, out=place.target),))


def _softmax(place: Place) -> Bound:
    axis = place.arguments.get("axis", -1)
    axis = axis if axis < 0 else axis + place.lead
    return Bound((partial(torch.softmax, place.arguments["x"], axis, out=place.target),))


def _layer_norm(place: Place) -> Bound | None:
    x, axes, rank = place.arguments["x"], place.arguments.get("axes"), place.rank("x")
    chosen = sorted(axis % rank for axis in (range(rank) if axes is None else axes))
    if place.moving != {"x"} or chosen != list(range(rank - len(chosen), rank)):
        return None
    gamma, beta, epsilon = (place.arguments.get(name) for name in ("gamma", "beta", "epsilon"))
    shape = x.shape[x.dim() - len(chosen) :]
    return Bound(
        result=partial(functional.layer_norm, x, shape, gamma, beta, 1e-5 if epsilon is None else float(epsilon))
    )


def _matmul(place: Place) -> Bound | None:
    left, right = place.arguments["x"], place.arguments["y"]
    if min(place.rank("x"), place.rank("y")) < 2:
        return None
    left = left.mT if place.arguments.get("transpose_x") else left
    right = right.mT if place.arguments.get("transpose_y") else right
    if place.moving != {"x", "y"}:
        constant, other = ("x", "y") if "y" in place.moving else ("y", "x")
        if place.rank(constant) > place.rank(other) or left.shape[:-2] == right.shape[:-2] == ():
            return None
        return Bound((partial(torch.matmul, left, right, out=place.target),))
    if left.dim() < 3 or left.shape[:-2] != right.shape[:-2]:
        return None
    one = _stacked_product(left, right, place.target)
    if one is not None or place.windows is None:
        return None if one is None else Bound((one,))
    each = [_stacked_product(*items) for items in zip(left, right, place.target, strict=True)]
    return None if None in each else Bound(tuple(call for call in each if call is not None))


def _stacked_product(left: Tensor, right: Tensor, target: Tensor) -> Call | None:
    """Return a product of stacks of matrices, ``None`` if one of them is not evenly spaced in memory."""
    try:
        stacks = [item.view(-1, *item.shape[-2:]) for item in (left, right, target)]
    except RuntimeError:
        return None
    return partial(torch.bmm, stacks[0], stacks[1], out=stacks[2])


def _concat(place: Place) -> Bound | None:
    values, axis = place.arguments["values"], place.arguments["axis"]
    plain = all(item.dtype == torch.float32 and item.dim() > place.lead for item in values)
    if not plain or place.arguments.get("interleave"):
        return None
    return Bound((partial(torch.cat, values, axis if axis < 0 else axis + place.lead, out=place.target),))


def _conv(place: Place) -> Bound | None:
    if place.moving != {"x"}:
        return None
    arguments, target = dict(place.arguments), place.target
    if place.windows is not None:
        x = arguments["x"]
        try:
            arguments["x"], target = (item.view(-1, *item.shape[2:]) for item in (x, target))
        except RuntimeError:
            return None
    return Bound(result=partial(place.step.function, **arguments), target=target)


_BINDERS: Final[Mapping[str, Callable[[Place], Bound | None]]] = {
    "concat": _concat,
    "conv": _conv,
    "gelu": _gelu,
    "layer_norm": _layer_norm,
    "linear": _linear,
    "matmul": _matmul,
    "softmax": _softmax,
}
