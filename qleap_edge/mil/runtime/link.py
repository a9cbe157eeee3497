"""Link a function to kernels: everything that can be refused or computed before the first input is, here and once.

Unsupported operations are all found first. Constants become tensors, compressed ones are expanded, operations on constants
alone are folded, and every value gets a slot that is emptied after its last use.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from qleap_edge.core.errors import InputDataError, QleapError
from qleap_edge.mil.format.program import (
    Binding,
    Block,
    Constant,
    DataType,
    Function,
    Operation,
    Reference,
    Value,
)
from qleap_edge.mil.ops.classification import CLASSIFY
from qleap_edge.mil.ops.control import WRITE_STATE
from qleap_edge.mil.ops.registry import Kernel
from qleap_edge.mil.ops.table import find_kernel
from qleap_edge.mil.runtime.operator_support import all_in_one, literal_of, unsupported_operations
from qleap_edge.mil.runtime.plan import (
    KERNEL_ERRORS,
    BlockPlan,
    Output,
    Plan,
    Precision,
    Source,
    Step,
    as_python,
    as_results,
    compute_dtype,
    kernel_refusal,
    settle,
    shape_fits,
)

_FOLD_ELEMENTS: Final = 2**16  # larger results of operations on constants are recomputed in each run, not stored
MEMORY_LIMIT: Final = 2 * 2**30
"""Bytes that the constants of a program, and the values that live at once in a run, may take. A mobile program needs far less;
a damaged one that declares huge sizes is refused before it takes the machine's memory."""


@dataclass
class _Scope:
    """What the operations of a block may refer to."""

    slots: dict[str, int] = field(default_factory=dict)
    constants: dict[str, Constant] = field(default_factory=dict)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    """Constants as tensors, filled on first use, and folded results."""

    def inner(self) -> "_Scope":
        """Return a scope with the same names, to which more can be added."""
        return _Scope(dict(self.slots), dict(self.constants), dict(self.tensors))


@dataclass
class _Arguments:
    """An operation's arguments by when and how they are known."""

    fixed: dict[str, Any] = field(default_factory=dict)
    reads: list[tuple[str, int]] = field(default_factory=list)
    several: list[tuple[str, tuple[Source, ...]]] = field(default_factory=list)
    late: list[tuple[str, int]] = field(default_factory=list)

    @property
    def are_known(self) -> bool:
        """Whether all are constants."""
        values = (item for _, items in self.several for item in items)
        return not self.reads and not self.late and all(isinstance(item, Tensor) for item in values)


class Linker:
    """Builds the plan of one function."""

    def __init__(self, function: Function, precision: Precision, where: Path) -> None:
        self._function, self._precision, self._where = function, precision, where
        self._scope = _Scope()
        self._states: dict[str, int] = {}
        self._classes: tuple[str | int, ...] = ()
        self._count = 0
        self._constant_bytes = 0

    def link(self) -> Plan:
        """Return the plan.

        Raises:
            UnsupportedOperation: the first of the operations that cannot be executed; its message names them all.
            InputDataError: an operation cannot be applied to its arguments.
        """
        problems = unsupported_operations(self._function, self._where)
        if problems:
            raise all_in_one(problems, self._where)
        block = self._function.block
        for value in block.inputs:
            numeric = value.type.data_type is not None and value.type.data_type.name != "string"
            if not numeric or value.type.kind not in {"tensor", "state"}:
                raise self.refuse(f"input {value.name!r}", "a tensor of numbers", str(value.type))
            slot = self._new_slot(value.name)
            if value.type.kind == "state":
                self._states[value.name] = slot
        inputs = tuple(self._scope.slots[value.name] for value in block.inputs)
        body = self._block(block, inputs)
        return Plan(self._function, body, self._states, self._classes, self._count, self._constant_bytes)

    def _new_slot(self, name: str) -> int:
        self._scope.slots[name] = self._count
        self._count += 1
        return self._count - 1

    def _block(self, block: Block, inputs: tuple[int, ...]) -> BlockPlan:
        steps = [step for operation in block.operations if (step := self._link(operation)) is not None]
        outputs = tuple(self._source(Reference(name)) for name in block.outputs)
        own = {*inputs, *(output.slot for step in steps for output in step.outputs)} - set(self._states.values())
        kept = {item for item in outputs if isinstance(item, int)}
        return BlockPlan(inputs, _with_frees(steps, own, kept), outputs)

    def _nested(self, block: Block) -> BlockPlan:
        """Link a block of an operation; the names that it defines are not visible outside."""
        outer, self._scope = self._scope, self._scope.inner()
        plan = self._block(block, tuple(self._new_slot(value.name) for value in block.inputs))
        self._scope = outer
        return plan

    def _link(self, operation: Operation) -> Step | None:
        """Return an operation's step, ``None`` if it is a constant or was folded into one."""
        where = f"op {operation.name!r} of type {operation.type!r}"
        if operation.type == "const":
            constant = literal_of(operation)
            if constant is None or constant.type != operation.outputs[0].type:
                got = "nothing" if constant is None else str(constant.type)
                raise self.refuse(where, f"a literal of type {operation.outputs[0].type}", got)
            self._scope.constants[operation.name] = constant
            return None
        found = find_kernel(operation.type, self._function.opset)
        if found is None:  # link() has refused such a program
            raise QleapError("an operation without a kernel was not found in time", where=where)
        given = self._arguments(operation, found)
        compile_time = operation.is_expansion
        if compile_time and not given.are_known:
            raise self.refuse(where, "constant arguments", "arguments that depend on an input")
        step = Step(
            operation, found.function, given.fixed, tuple(given.reads), tuple(given.several), tuple(given.late),
            self._outputs(operation, found), tuple(self._nested(block) for block in operation.blocks), found.vectorises,
        )  # fmt: skip
        small = all(output.type.is_static and _elements(output) <= _FOLD_ELEMENTS for output in operation.outputs)
        if given.are_known and not operation.blocks and operation.type != CLASSIFY and (compile_time or small):
            self._fold(step)
            return None
        return self._placed(step, where)

    def _placed(self, step: Step, where: str) -> Step:
        """Return a step whose outputs have slots of their own; that of a state's new value is the state's."""
        operation = step.operation
        if operation.type == CLASSIFY:
            self._classes = tuple(step.fixed["classes"])
        if operation.type == WRITE_STATE:
            slot = dict(step.reads).get("input")
            if slot is None or slot not in self._states.values():
                raise self.refuse(where, "a state of the function", "another value")
            return replace(step, outputs=tuple(replace(output, slot=slot) for output in step.outputs))
        placed = tuple(replace(output, slot=self._new_slot(output.value.name)) for output in step.outputs)
        return replace(step, outputs=placed)

    def _arguments(self, operation: Operation, found: Kernel) -> _Arguments:
        """Sort the arguments by when and how they are known."""
        given = _Arguments()
        for parameter, bindings in operation.inputs.items():
            static = parameter in found.static
            if parameter in found.many and static:
                given.fixed[parameter] = tuple(self._python(item, parameter) for item in bindings)
            elif parameter in found.many:
                given.several.append((parameter, tuple(self._source(item) for item in bindings)))
            elif not static:
                source = self._source(bindings[0])
                if isinstance(source, Tensor):
                    given.fixed[parameter] = source
                else:
                    given.reads.append((parameter, source))
            elif isinstance(bindings[0], Reference) and bindings[0].name in self._scope.slots:
                given.late.append((parameter, self._scope.slots[bindings[0].name]))
            else:
                given.fixed[parameter] = self._python(bindings[0], parameter)
        return given

    def _outputs(self, operation: Operation, found: Kernel) -> tuple[Output, ...]:
        """Return what becomes of an operation's results; their slots are not known yet."""
        if operation.type == CLASSIFY and len(operation.outputs) == 2:
            label, probabilities = operation.outputs
            return Output(label, -1, torch.int64, False), Output(probabilities, -1, torch.float32, False)
        declared = operation.outputs
        if operation.type == WRITE_STATE:
            written = set(operation.references()) & set(self._states)
            declared = tuple(value for value in self._function.block.inputs if value.name in written)
        outputs = []
        for value in declared:
            data_type = value.type.data_type
            if data_type is None:  # unsupported_operations has refused it
                raise QleapError("an output without an element type", where=f"op {operation.name!r}")
            keeps = found.moves_only or (self._precision == "wide" and not operation.is_expansion)
            rounds = data_type.name == "fp16" and not keeps
            outputs.append(Output(value, -1, compute_dtype(data_type), rounds, found.new_memory))
        return tuple(outputs)

    def _fold(self, step: Step) -> None:
        """Run a step on constants and keep the results as constants."""
        try:
            results = as_results(step, step.function(**(dict(step.fixed) | dict(step.several))))
            for output, result in zip(step.outputs, results, strict=True):
                if not shape_fits(result, output.value):
                    raise ValueError(f"the result has shape {tuple(result.shape)}, declared is {output.value.type}")
                self._scope.tensors[output.value.name] = self._counted(settle(result, output).contiguous())
        except KERNEL_ERRORS as problem:
            raise kernel_refusal(step.operation, problem, self._where, loading=True) from problem

    def _source(self, binding: Binding) -> Source:
        """Return the slot or the constant tensor of an argument."""
        if isinstance(binding, Constant):
            return self._numbers(binding, "a literal")
        if binding.name in self._scope.slots:
            return self._scope.slots[binding.name]
        if binding.name not in self._scope.tensors:
            self._scope.tensors[binding.name] = self._numbers(self._scope.constants[binding.name], repr(binding.name))
        return self._scope.tensors[binding.name]

    def _numbers(self, constant: Constant, name: str) -> Tensor:
        data_type = constant.type.data_type
        if data_type is None or data_type.name == "string":
            raise self.refuse(f"constant {name}", "numbers", str(constant.type))
        return self._counted(constant_tensor(constant, data_type))

    def _counted(self, tensor: Tensor) -> Tensor:
        self._constant_bytes += tensor.numel() * tensor.element_size()
        if self._constant_bytes > MEMORY_LIMIT:
            raise self.refuse("constants", f"at most {MEMORY_LIMIT} bytes when expanded", "more")
        return tensor

    def _python(self, binding: Binding, parameter: str) -> object:
        if isinstance(binding, Constant):
            return binding.as_python()
        if binding.name in self._scope.constants:
            return self._scope.constants[binding.name].as_python()
        if binding.name in self._scope.tensors:
            return as_python(self._scope.tensors[binding.name])
        raise self.refuse(f"value {binding.name!r}", f"a constant, for the parameter {parameter!r}", "a computed value")

    def refuse(self, where: str, expected: str, got: str) -> InputDataError:
        """Return the error for a malformed program."""
        return InputDataError(
            "the ML Program is malformed",
            where=f"{self._where}, {where}",
            expected=expected,
            got=got,
            next_step="convert the model again",
        )


def _elements(value: Value) -> int:
    return int(np.prod([size or 1 for size in value.type.shape], dtype=np.int64))


def _with_frees(steps: list[Step], own: set[int], kept: set[int]) -> tuple[Step, ...]:
    """Let every step free those of the block's own slots that nothing reads after it; its outputs are kept."""
    seen = set(kept)
    result = []
    for step in reversed(steps):
        touched = _touched([step]) & own
        result.append(replace(step, frees=tuple(sorted(touched - seen))))
        seen |= touched
    return tuple(reversed(result))


def _touched(steps: Iterable[Step]) -> set[int]:
    """Return every slot that steps read or fill, in their blocks too."""
    found: set[int] = set()
    for step in steps:
        found |= {slot for _, slot in (*step.reads, *step.late)} | {output.slot for output in step.outputs}
        found |= {item for _, items in step.several for item in items if isinstance(item, int)}
        for block in step.blocks:
            found |= {item for item in block.outputs if isinstance(item, int)} | _touched(block.steps)
    return found


def constant_tensor(constant: Constant, data_type: DataType) -> Tensor:
    """Return a constant as a tensor of its own, independent of the file."""
    tensor = torch.empty(constant.value.shape, dtype=compute_dtype(data_type))
    tensor.numpy()[...] = constant.value  # at once, for a copy in between would leave a hole in the heap
    return tensor
