"""Link a function to kernels: everything that can be refused or computed before the first input is, here and once.

Unsupported operations are all found first. Constants become tensors, compressed ones are expanded, operations on constants
alone are folded, and every value gets a slot that is emptied after its last use.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from qleap_edge.core.errors import InputDataError, QleapError
from qleap_edge.mil.coverage import all_in_one, literal_of, unsupported_operations
from qleap_edge.mil.ops.constants import PREFIX
from qleap_edge.mil.ops.registry import Kernel
from qleap_edge.mil.ops.table import find_kernel
from qleap_edge.mil.plan import (
    KERNEL_ERRORS,
    Output,
    Plan,
    Precision,
    Step,
    as_python,
    as_results,
    compute_dtype,
    kernel_refusal,
    settle,
    shape_fits,
)
from qleap_edge.mil.program import Constant, DataType, Function, Operation, Reference, Value

_FOLD_ELEMENTS: Final = 2**16  # larger results of operations on constants are recomputed in each run, not stored


class Linker:
    """Builds the plan of one function."""

    def __init__(self, function: Function, precision: Precision, where: Path) -> None:
        self._function, self._precision, self._where = function, precision, where
        self._constants: dict[str, Constant] = {}
        self._tensors: dict[str, Tensor] = {}  # constants as tensors, filled on first use
        self._slots: dict[str, int] = {}

    def link(self) -> Plan:
        """Return the plan.

        Raises:
            UnsupportedOperation: the first of the operations that cannot be executed; its message names them all.
            InputDataError: an operation cannot be applied to its arguments.
        """
        problems = unsupported_operations(self._function)
        if problems:
            raise all_in_one(problems)
        block = self._function.block
        for value in block.inputs:
            if value.type.data_type is None or value.type.data_type.name == "string":
                raise self.refuse(f"input {value.name!r}", "a tensor of numbers", str(value.type))
            self._slots[value.name] = len(self._slots)
        steps = [step for operation in block.operations if (step := self._link(operation)) is not None]
        constants = {name: self._tensor(name) for name in block.outputs if name not in self._slots}
        return Plan(
            function=self._function,
            input_slots=tuple(range(len(block.inputs))),
            output_slots={name: self._slots[name] for name in block.outputs if name in self._slots},
            constants=constants,
            steps=_with_frees(steps, {self._slots[name] for name in block.outputs if name in self._slots}),
            slots=len(self._slots),
        )

    def _link(self, operation: Operation) -> Step | None:
        """Return an operation's step, ``None`` if it is a constant or was folded into one."""
        where = f"op {operation.name!r} of type {operation.type!r}"
        if operation.type == "const":
            constant = literal_of(operation)
            if constant is None or constant.type != operation.outputs[0].type:
                got = "nothing" if constant is None else str(constant.type)
                raise self.refuse(where, f"a literal of type {operation.outputs[0].type}", got)
            self._constants[operation.name] = constant
            return None
        found = find_kernel(operation.type, self._function.opset)
        if found is None:  # link() has refused such a program
            raise QleapError("an operation without a kernel was not found in time", where=where)
        fixed, reads, many, late = self._arguments(operation, found)
        many_as = next(iter(found.several - found.static), "values")
        compile_time = operation.type.startswith(PREFIX)
        known = not reads and not late and all(isinstance(item, Tensor) for item in many)
        if compile_time and not known:
            raise self.refuse(where, "constant arguments", "arguments that depend on an input")
        small = all(output.type.is_static and _elements(output) <= _FOLD_ELEMENTS for output in operation.outputs)
        if known and (compile_time or small):
            outputs = self._outputs(operation, found, -1)
            self._fold(Step(operation, found.function, fixed, (), many, (), outputs, (), many_as))
            return None
        first = len(self._slots)
        for output in operation.outputs:
            self._slots[output.name] = len(self._slots)
        outputs = self._outputs(operation, found, first)
        return Step(operation, found.function, fixed, reads, many, late, outputs, (), many_as)

    def _arguments(
        self, operation: Operation, found: Kernel
    ) -> tuple[dict[str, Any], tuple[tuple[str, int], ...], tuple[int | Tensor, ...], tuple[tuple[str, int], ...]]:
        """Sort the arguments into fixed ones, slots to read, several values, and late static ones."""
        fixed: dict[str, Any] = {}
        reads: list[tuple[str, int]] = []
        late: list[tuple[str, int]] = []
        many: tuple[int | Tensor, ...] = ()
        for parameter, bindings in operation.inputs.items():
            if parameter in found.several & found.static:
                fixed[parameter] = tuple(self._python(item) for item in bindings)
                continue
            if parameter in found.several:
                many = tuple(
                    self._slots[item.name]
                    if isinstance(item, Reference) and item.name in self._slots
                    else self._tensor(item)
                    for item in bindings
                )
                continue
            binding = bindings[0]
            if isinstance(binding, Reference) and binding.name in self._slots:
                (late if parameter in found.static else reads).append((parameter, self._slots[binding.name]))
            elif parameter in found.static:
                fixed[parameter] = self._python(binding)
            else:
                fixed[parameter] = self._tensor(binding)
        return fixed, tuple(reads), many, tuple(late)

    def _outputs(self, operation: Operation, found: Kernel, first: int) -> tuple[Output, ...]:
        outputs = []
        for index, value in enumerate(operation.outputs):
            data_type = value.type.data_type
            if data_type is None:  # _unhandled_form has refused it
                raise QleapError("an output without an element type", where=f"op {operation.name!r}")
            keeps = found.moves_only or (self._precision == "wide" and not operation.type.startswith(PREFIX))
            rounds = data_type.name == "fp16" and not keeps
            outputs.append(Output(value, first + index, compute_dtype(data_type), rounds))
        return tuple(outputs)

    def _fold(self, step: Step) -> None:
        """Run a step on constants and keep the results as constants."""
        arguments = dict(step.fixed) | ({step.many_as: step.many} if step.many else {})
        try:
            results = as_results(step, step.function(**arguments))
            for output, result in zip(step.outputs, results, strict=True):
                if not shape_fits(result, output.value):
                    raise ValueError(f"the result has shape {tuple(result.shape)}, declared is {output.value.type}")
                self._tensors[output.value.name] = settle(result, output).contiguous()
        except KERNEL_ERRORS as problem:
            raise kernel_refusal(step.operation, problem, self._where) from problem

    def _tensor(self, source: Reference | Constant | str) -> Tensor:
        name = source.name if isinstance(source, Reference) else source if isinstance(source, str) else None
        if name is not None and name in self._tensors:
            return self._tensors[name]
        constant = source if isinstance(source, Constant) else self._constants[str(name)]
        data_type = constant.type.data_type
        if data_type is None or data_type.name == "string":
            raise self.refuse(f"constant {name!r}", "numbers", str(constant.type))
        tensor = constant_tensor(constant, data_type)
        if name is not None:
            self._tensors[name] = tensor
        return tensor

    def _python(self, binding: Reference | Constant) -> object:
        if isinstance(binding, Constant):
            return binding.as_python()
        if binding.name in self._constants:
            return self._constants[binding.name].as_python()
        return as_python(self._tensors[binding.name])

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


def _with_frees(steps: list[Step], kept: set[int]) -> tuple[Step, ...]:
    """Let every step free the slots that nothing reads after it; outputs are kept."""
    seen = set(kept)
    result = []
    for step in reversed(steps):
        touched = {slot for _, slot in (*step.reads, *step.late)}
        touched |= {item for item in step.many if isinstance(item, int)}
        touched |= {output.slot for output in step.outputs}
        frees = tuple(sorted(touched - seen))
        seen |= touched
        result.append(replace(step, frees=frees))
    return tuple(reversed(result))


def constant_tensor(constant: Constant, data_type: DataType) -> Tensor:
    """Return a constant as a tensor of its own, independent of the file."""
    return torch.from_numpy(np.array(constant.value)).to(compute_dtype(data_type))
