"""A static plan with all its memory laid out: a run is a list of calls whose arguments are known.

The reference executor (``execution``) looks arguments up, calls kernels and takes new memory for each value, in every run. Of
a plan whose sizes are all known that can be done once: every value gets a place in a workspace, operations that only look at
memory in another way (``reshape``, ``transpose``, ``slice_by_index`` …) are done for good, and what is left are calls of
torch functions that read and write the workspace. Results equal those of the reference executor bit for bit.

A workspace is used by one call at a time; calls in other threads get one of their own.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import torch
from torch import Tensor

from qleap_edge.mil.runtime.binding import OVERWRITES, Call, Place, bind, fill_rounded, rounding, scratch_elements
from qleap_edge.mil.runtime.plan import Output, Plan, Step, as_results, compute_dtype

_LOOKS: Final = frozenset(
    {"cast", "expand_dims", "flatten2d", "identity", "reshape", "slice_by_index", "slice_by_size", "split", "squeeze"}
    | {"transpose"}
)
"""Operations whose result may be another view of their argument, whatever the numbers are."""


def why_not_compiled(plan: Plan) -> str:
    """Return what keeps a plan from being compiled, empty if nothing does."""
    if plan.state_slots:
        return "the program keeps a state"
    if not plan.is_static:
        return "sizes, or the path through the program, are only known in a run"
    if any(step.blocks or not step.outputs for step in plan.body.steps):
        return "the program branches or loops"
    return ""


class CompiledPlan:
    """A plan ready to run, by one window or by a fixed number of windows at once.

    Args:
        plan: one for which ``why_not_compiled`` finds nothing.
        windows: how many go through at once, in one more axis in front; ``None``: one, without that axis.
    """

    def __init__(self, plan: Plan, windows: int | None = None) -> None:
        self._plan, self.windows = plan, windows
        self._idle: list[Workspace] = []

    def run(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Return the outputs in the order of the function's block, in memory of their own.

        Raises:
            RuntimeError, ValueError …: an operation cannot be applied to its arguments (``plan.KERNEL_ERRORS``).
        """
        try:
            workspace = self._idle.pop()  # another thread cannot get the same one
        except IndexError:
            workspace = Workspace(self._plan, self.windows)
        results = workspace.run(inputs)
        self._idle.append(workspace)
        return results


@dataclass(eq=False)
class _Block:
    """A piece of memory and the slots whose values lie in it."""

    memory: Tensor
    slots: set[int] = field(default_factory=set)


class Workspace:
    """The memory of one run and the calls that fill it."""

    def __init__(self, plan: Plan, windows: int | None) -> None:
        self._windows = windows
        self._lead = () if windows is None else (windows,)
        self._values: dict[int, Tensor] = {}
        self._blocks: dict[int, _Block] = {}
        self._free: list[Tensor] = []
        self.bytes = 0
        self.calls: list[Call] = []
        rounded = [_elements(out) for step in plan.body.steps for out in step.outputs if out.rounds]
        self._scratch = torch.zeros(
            scratch_elements(max(rounded, default=0) * math.prod(self._lead)), dtype=torch.float16
        )
        with torch.inference_mode():
            for value, slot in zip(plan.function.block.inputs, plan.body.input_slots, strict=True):
                sizes = [*self._lead, *(size or 0 for size in value.type.shape)]
                dtype = torch.float32 if value.type.data_type is None else compute_dtype(value.type.data_type)
                self._values[slot] = torch.zeros(sizes, dtype=dtype)
            self._inputs = [self._values[slot] for slot in plan.body.input_slots]
            for step in plan.body.steps:
                self._place(step)
                for slot in step.frees:
                    self._forget(slot)
            self._outputs = [
                self._values[item] if isinstance(item, int) else item.expand(*self._lead, *item.shape)
                for item in plan.body.outputs
            ]

    def run(self, inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
        """Copy the inputs in, make the calls, copy the outputs out."""
        for place, tensor in zip(self._inputs, inputs, strict=True):
            place.copy_(tensor)
        for call in self.calls:
            call()
        return tuple(output.clone() for output in self._outputs)

    def _place(self, step: Step) -> None:
        """Compute a step once, give its results memory like that of the computed ones, and add its calls."""
        read = {slot: self._values[slot] for _, slot in step.reads}
        read |= {slot: self._values[slot] for _, items in step.several for slot in items if isinstance(slot, int)}
        compute = self._kernel(step)
        results = as_results(step, compute())
        if any(result.is_floating_point() != out.dtype.is_floating_point for out, result in _pairs(step, results)):
            raise ValueError("the program declares another kind of number")  # the reference executor says which
        sources = [_source(result, read) for result in results] if step.operation.type in _LOOKS else [None]
        if None not in sources and not any(output.rounds for output in step.outputs):
            for (output, result), source in zip(_pairs(step, results), sources, strict=True):
                self._values[output.slot] = result
                if source in self._blocks:
                    self._share(output.slot, self._blocks[source])
            return
        for output, result in _pairs(step, results):
            self._values[output.slot] = self._memory(step, output, result, read)
        self.calls += self._calls(step, compute, results)

    def _calls(self, step: Step, compute: Callable[[], Any], results: tuple[Tensor, ...]) -> list[Call]:
        targets = [self._values[output.slot] for output in step.outputs]
        target, rounds = targets[0], step.outputs[0].rounds
        if len(targets) > 1:
            filled: list[Call] = [partial(_fill_all, compute, targets)]
            return filled + [
                call
                for output, item in zip(step.outputs, targets, strict=True)
                if output.rounds
                for call in rounding(item, self._scratch)
            ]
        if step.operation.type == "reshape" and not rounds:
            x = self._argument(step, "x")
            if x is not None and target.is_contiguous() and x.dtype == target.dtype:
                return [partial(target.view(x.shape).copy_, x)]
        moving = frozenset(name for name, _ in step.reads) | frozenset(name for name, _ in step.several)
        bound = bind(Place(step, self._arguments(step), moving, target, self._windows))
        if bound is not None and bound.calls:
            return [*bound.calls, *(rounding(target, self._scratch) if rounds else ())]
        result = compute if bound is None or bound.result is None else bound.result
        place = target if bound is None or bound.target is None else bound.target
        return [partial(fill_rounded, result, place, self._scratch) if rounds else partial(_fill, result, place)]

    def _kernel(self, step: Step) -> Callable[[], Any]:
        """Return the step's kernel with every argument in place; of many windows, each on its own."""
        arguments = self._arguments(step)
        if self._windows is None:
            return partial(step.function, **arguments)
        moving = [name for name, _ in step.reads] + [name for name, _ in step.several]
        fixed = {name: item for name, item in arguments.items() if name not in moving}
        if not moving:
            return partial(_repeated, step.function, fixed, self._windows)

        def one(*values: Any) -> Any:
            return step.function(**fixed, **dict(zip(moving, values, strict=True)))

        return partial(torch.func.vmap(one), *(arguments[name] for name in moving))

    def _arguments(self, step: Step) -> dict[str, Any]:
        arguments = dict(step.fixed) | {name: self._values[slot] for name, slot in step.reads}
        for name, items in step.several:
            arguments[name] = tuple(
                self._values[item] if isinstance(item, int) else item.expand(*self._lead, *item.shape) for item in items
            )
        return arguments

    def _argument(self, step: Step, name: str) -> Tensor | None:
        slot = dict(step.reads).get(name)
        return None if slot is None else self._values[slot]

    def _memory(self, step: Step, output: Output, result: Tensor, read: Mapping[int, Tensor]) -> Tensor:
        """Return memory with the sizes and strides of a result: that of an argument read for the last time, or other."""
        for slot, value in read.items() if step.operation.type in OVERWRITES else ():
            block = self._blocks.get(slot)
            alike = (value.shape, value.stride(), value.dtype) == (result.shape, result.stride(), output.dtype)
            if alike and slot in step.frees and block is not None and block.slots == {slot}:
                self._share(output.slot, block)
                return value
        extent = 1 + sum((size - 1) * stride for size, stride in zip(result.shape, result.stride(), strict=True))
        dense = result.numel() > 0 and extent == result.numel()
        strides = result.stride() if dense else torch.empty(result.shape, device="meta").stride()
        count = max(1, result.numel() * output.dtype.itemsize)
        fitting = [item for item in self._free if item.numel() >= count]
        memory = min(fitting, key=Tensor.numel) if fitting else torch.zeros(count, dtype=torch.uint8)
        if fitting:
            self._free = [item for item in self._free if item is not memory]
        else:
            self.bytes += count
        self._share(output.slot, _Block(memory))
        return memory[: result.numel() * output.dtype.itemsize].view(output.dtype).as_strided(result.shape, strides)

    def _share(self, slot: int, block: _Block) -> None:
        block.slots.add(slot)
        self._blocks[slot] = block

    def _forget(self, slot: int) -> None:
        block = self._blocks.get(slot)
        if block is not None:
            block.slots.discard(slot)
            if not block.slots:
                self._free.append(block.memory)


def _pairs(step: Step, results: tuple[Tensor, ...]) -> list[tuple[Output, Tensor]]:
    return list(zip(step.outputs, results, strict=True))


def _elements(output: Output) -> int:
    return math.prod(size or 0 for size in output.value.type.shape)


def _source(result: Tensor, read: Mapping[int, Tensor]) -> int | None:
    """Return the slot of the argument that a result is another view of, ``None`` if it has memory of its own."""
    own = result.untyped_storage().data_ptr()
    return next((slot for slot, value in read.items() if value.untyped_storage().data_ptr() == own), None)


def _repeated(function: Callable[..., Any], fixed: Mapping[str, Any], windows: int) -> Any:
    results = function(**fixed)
    if isinstance(results, Tensor):
        return results.expand(windows, *results.shape)
    return tuple(item.expand(windows, *item.shape) for item in results)


def _fill(compute: Callable[[], Tensor], target: Tensor) -> None:
    target.copy_(compute())


def _fill_all(compute: Callable[[], Any], targets: Sequence[Tensor]) -> None:
    for target, result in zip(targets, compute(), strict=True):
        target.copy_(result)
