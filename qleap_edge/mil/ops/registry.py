"""The table of kernels: op type → its versions, each a torch function with the parameter names of the MIL documentation.

A kernel's parameters are of two kinds. A *static* one is a plain Python value (number, string, tuple) that is fixed when the
program is loaded: axes, strides, modes. Any other is a tensor, ``None`` where an optional one is absent, or a tuple of tensors
where the parameter holds several (``concat``'s ``values``). Floating tensors are always float32; the evaluator rounds.

Source for every op: coremltools.converters.mil.mil.ops.defs (iOS15 … iOS18), one class an op,
https://apple.github.io/coremltools/source/coremltools.converters.mil.mil.ops.defs.html
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from torch import Tensor

# An opset is named by the Core ML version that brought it; the deployment target of the same line is iOS 15, 16 …
OPSETS = ("CoreML5", "CoreML6", "CoreML7", "CoreML8", "CoreML9")
Function = TypeVar("Function", bound=Callable[..., Tensor | tuple[Tensor, ...]])


@dataclass(frozen=True)
class Kernel:
    """One version of one op.

    Args:
        op_type: name in the program.
        since: first opset it holds for.
        function: computes the outputs.
        required: parameters without a default.
        parameters: every parameter.
        static: parameters given as Python values.
        several: parameters that hold several values; the kernel gets a tuple. At most one of them holds tensors, the others
            are static and known when the program is loaded. ``values``, where an op has it, is always one.
        choices: for some static parameters, the values the kernel handles.
        moves_only: outputs are elements of the inputs, so rounding them again changes nothing.
        vectorises: many windows may go through at once (``torch.func.vmap``). False where the output's sizes, or the path
            through the program, depend on the values.
    """

    op_type: str
    since: str
    function: Callable[..., Tensor | tuple[Tensor, ...]]
    required: frozenset[str]
    parameters: frozenset[str]
    static: frozenset[str]
    several: frozenset[str]
    choices: Mapping[str, tuple[object, ...]]
    moves_only: bool
    vectorises: bool


_KERNELS: dict[str, list[Kernel]] = {}


def kernel(
    op_type: str,
    *,
    static: tuple[str, ...] = (),
    several: tuple[str, ...] = (),
    choices: Mapping[str, tuple[object, ...]] | None = None,
    moves_only: bool = False,
    vectorises: bool = True,
    since: str = OPSETS[0],
) -> Callable[[Function], Function]:
    """Register the decorated function as the kernel of ``op_type`` from opset ``since`` on."""

    def register(function: Function) -> Function:
        parameters = inspect.signature(function).parameters
        required = frozenset(name for name, item in parameters.items() if item.default is inspect.Parameter.empty)
        added = Kernel(
            op_type,
            since,
            function,
            required,
            frozenset(parameters),
            frozenset(static),
            frozenset(several) | ({"values"} & set(parameters)),
            dict(choices or {}),
            moves_only,
            vectorises,
        )
        _KERNELS.setdefault(op_type, []).append(added)
        _KERNELS[op_type].sort(key=lambda item: OPSETS.index(item.since))
        return function

    return register


def find_kernel(op_type: str, opset: str) -> Kernel | None:
    """Return the newest version of an op that is not newer than ``opset``; an opset unknown here counts as the newest."""
    level = OPSETS.index(opset) if opset in OPSETS else len(OPSETS)
    fitting = [item for item in _KERNELS.get(op_type, []) if OPSETS.index(item.since) <= level]
    return fitting[-1] if fitting else None


def supported_types() -> list[str]:
    """Return every op type of the table, sorted."""
    return sorted({*_KERNELS, "const"})
