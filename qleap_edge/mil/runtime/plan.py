"""A linked program: steps with kernels, slots and constants, and the rules for one step's results.

A plan is read-only once built, so any number of threads may run it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

import torch
from torch import Tensor

from qleap_edge.core.errors import InputDataError, UsageError
from qleap_edge.mil.format.program import DataType, Function, Operation, Value

Precision = Literal["declared", "wide"]
"""``declared``: each operation computes in float32 and its output is rounded once to its declared type. ``wide``: no rounding.
Constants have the file's numbers in both: an expanded one is rounded to its declared type."""

Executor = Literal["compiled", "reference"]
"""``compiled``: see ``compiled``. ``reference``: operation by operation (``execution``), for any program."""

# What a kernel raises when its arguments do not fit each other.
KERNEL_ERRORS: Final = (RuntimeError, IndexError, ValueError, TypeError, ArithmeticError, KeyError)


def as_precision(name: str) -> Precision:
    """Return a precision by name.

    Raises:
        UsageError: there is none of that name.
    """
    for known in get_args(Precision):
        if name == known:
            return cast(Precision, known)
    raise UsageError("no such precision", expected=" or ".join(get_args(Precision)), got=repr(name))


def as_executor(name: str) -> Executor:
    """Return an executor by name.

    Raises:
        UsageError: there is none of that name.
    """
    for known in get_args(Executor):
        if name == known:
            return cast(Executor, known)
    raise UsageError("no such executor", expected=" or ".join(get_args(Executor)), got=repr(name))


@dataclass(frozen=True, eq=False, slots=True)
class Output:
    """Where an operation's result goes and what becomes of it."""

    value: Value
    slot: int
    dtype: torch.dtype
    rounds: bool
    in_place: bool = False
    """Whether to round the result where it lies: nothing else reads its memory."""


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """One operation, ready to run."""

    operation: Operation
    function: Callable[..., Tensor | tuple[Tensor, ...]]
    fixed: Mapping[str, Any]
    """Arguments known at load time."""
    reads: tuple[tuple[str, int], ...]
    """(parameter, slot) of tensors."""
    several: tuple[tuple[str, tuple["Source", ...]], ...]
    """(parameter, values) of parameters that hold several tensors."""
    late: tuple[tuple[str, int], ...]
    """(parameter, slot) of static parameters that are known only at run time."""
    outputs: tuple[Output, ...]
    blocks: tuple["BlockPlan", ...] = ()
    vectorises: bool = True
    frees: tuple[int, ...] = ()


Source = int | Tensor
"""A slot to read, or a constant."""


@dataclass(frozen=True, eq=False)
class BlockPlan:
    """The linked body of a function, of a branch or of a loop; a nested one reads the slots of those around it."""

    input_slots: tuple[int, ...]
    steps: tuple[Step, ...]
    outputs: tuple[Source, ...]


@dataclass(frozen=True, eq=False)
class Plan:
    """A linked function."""

    function: Function
    body: BlockPlan
    """Its inputs and outputs are in the order of the function's block."""
    state_slots: Mapping[str, int]
    classes: tuple[str | int, ...]
    """Of a classifier; empty for any other program."""
    slots: int
    constant_bytes: int
    """Memory that the expanded constants take."""

    @property
    def is_static(self) -> bool:
        """Whether every size is known before a run and no step depends on values, so that windows can be batched."""
        known = all(value.type.is_static for value in self.function.block.inputs)
        return known and all(step.vectorises and not step.late for step in self.body.steps)


def compute_dtype(data_type: DataType) -> torch.dtype:
    """Return the torch type that values of a declared type are computed in."""
    if data_type.is_float:
        return torch.float32
    widened = {"uint16": torch.int32, "uint32": torch.int64}  # torch computes with few unsigned types
    return widened.get(data_type.name) or _INTEGERS[data_type.storage]


_INTEGERS = {
    "bool": torch.bool,
    "int8": torch.int8,
    "uint8": torch.uint8,
    "int16": torch.int16,
    "int32": torch.int32,
    "int64": torch.int64,
}


def round_to_half(value: Tensor) -> Tensor:
    """Return float32 numbers rounded to half precision; rounding twice changes nothing more."""
    return value.to(torch.float16).to(torch.float32)


def settle(result: Tensor, output: Output) -> Tensor:
    """Give a kernel's result the type, and in ``declared`` precision the rounding, that the program declares.

    Raises:
        ValueError: the result is of another kind (a real number where an integer is declared …).
    """
    if result.dtype != output.dtype:
        if result.is_floating_point() != output.dtype.is_floating_point:
            raise ValueError(f"the result is {result.dtype}, but the program declares {output.value.type}")
        result = result.to(output.dtype)
    if not output.rounds:
        return result
    # Into memory that is in the cache already: half as many bytes cross memory as with one more tensor.
    return result.copy_(result.to(torch.float16)) if output.in_place else round_to_half(result)


def as_python(value: Tensor) -> object:
    """Return a tensor as a number or a tuple of numbers."""
    items = value.tolist()
    return tuple(items) if isinstance(items, list) else items


def as_results(step: Step, results: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Return a kernel's results as one tensor for each declared output.

    Raises:
        ValueError: the program declares another number of outputs.
    """
    listed = (results,) if isinstance(results, Tensor) else results
    if len(listed) != len(step.outputs):
        raise ValueError(f"{len(listed)} results for {len(step.outputs)} declared outputs")
    return listed


def shape_fits(result: Tensor, value: Value) -> bool:
    """Tell whether a result has the declared sizes (unknown ones fit any, and a dictionary declares none)."""
    declared = value.type.shape
    if value.type.kind == "dictionary":
        return True
    return len(declared) == result.dim() and all(
        size is None or size == got for size, got in zip(declared, result.shape, strict=True)
    )


def kernel_refusal(operation: Operation, problem: Exception, where: Path, *, loading: bool) -> InputDataError:
    """Return the error for an operation that cannot be applied to its arguments.

    Args:
        operation: that failed.
        problem: what its kernel raised.
        where: the package.
        loading: whether the program failed before it got any input, so that the inputs cannot be the cause.
    """
    return InputDataError(
        "the operation cannot be applied to its arguments",
        where=f"{where}, op {operation.name!r} of type {operation.type!r}",
        expected="arguments that fit each other and the declared output",
        got=str(problem).strip().split("\n")[0][:200] or type(problem).__name__,
        next_step="convert the model again" if loading else "check the sizes and values of the input arrays",
    )
