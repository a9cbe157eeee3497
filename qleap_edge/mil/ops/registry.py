"""The table of kernels: op type → its versions, each a torch function with the parameter names of the MIL documentation.

A kernel's parameters are of two kinds. A *static* one is a plain Python value (number, string, tuple) that is fixed when the
program is loaded: axes, strides, modes. Any other is a tensor, ``None`` where an optional one is absent. A parameter that holds
several values (``concat``'s ``values``) is a tuple of them. Floating tensors are always float32; the evaluator rounds. A list
is a tensor whose first axis counts its elements. An operation with blocks of its own gets them as functions, in the parameter
``blocks``.

Source for every op: coremltools.converters.mil.mil.ops.defs (iOS15 … iOS18), one class an op,
https://apple.github.io/coremltools/source/coremltools.converters.mil.mil.ops.defs.html
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from torch import Tensor

# An opset is named by the Core ML version that brought it; the deployment target of the same line is iOS 15, 16 …
OPSETS = ("CoreML5", "CoreML6", "CoreML7", "CoreML8", "CoreML9")
BLOCKS = "blocks"
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
        many: parameters that hold several values.
        blocks: number of blocks the operation has.
        choices: for some static parameters, the values the kernel handles.
        moves_only: outputs are elements of the inputs, so rounding them again changes nothing.
        new_memory: outputs share no memory with inputs, whatever these are, so rounding may overwrite them.
        vectorises: many windows may go through at once (``torch.func.vmap``). False where the output's sizes, or the path
            through the program, depend on the values.
    """

    op_type: str
    since: str
    function: Callable[..., Tensor | tuple[Tensor, ...]]
    required: frozenset[str]
    parameters: frozenset[str]
    static: frozenset[str]
    many: frozenset[str]
    blocks: int
    choices: Mapping[str, tuple[object, ...]]
    moves_only: bool
    new_memory: bool
    vectorises: bool


_KERNELS: dict[str, list[Kernel]] = {}


def kernel(
    op_type: str,
    *,
    static: tuple[str, ...] = (),
    many: tuple[str, ...] = (),
    blocks: int = 0,
    choices: Mapping[str, tuple[object, ...]] | None = None,
    moves_only: bool = False,
    new_memory: bool = False,
    vectorises: bool = True,
    since: str = OPSETS[0],
) -> Callable[[Function], Function]:
    """Register the decorated function as the kernel of ``op_type`` from opset ``since`` on."""

    def register(function: Function) -> Function:
        parameters = inspect.signature(function).parameters
        own = {name: item for name, item in parameters.items() if name != BLOCKS}
        required = frozenset(name for name, item in own.items() if item.default is inspect.Parameter.empty)
        added = Kernel(
            op_type,
            since,
            function,
            required,
            frozenset(own),
            frozenset(static),
            frozenset(many),
            blocks,
            dict(choices or {}),
            moves_only,
            new_memory,
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


def kernels() -> Mapping[str, Sequence[Kernel]]:
    """Return every version of every op."""
    return _KERNELS


def supported_types() -> list[str]:
    """Return every op type of the table, sorted."""
    return sorted({*_KERNELS, "const"})
