"""Run the steps of a linked program; nothing here keeps anything between two calls."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from qleap_edge.core.errors import InputDataError
from qleap_edge.mil.runtime.link import MEMORY_LIMIT
from qleap_edge.mil.runtime.plan import (
    KERNEL_ERRORS,
    BlockPlan,
    Plan,
    Source,
    Step,
    as_python,
    as_results,
    kernel_refusal,
    settle,
    shape_fits,
)

Slots = list[Tensor | None]


def run_block(
    block: BlockPlan, slots: Slots, where: Path, *, checked: bool, arguments: Sequence[Tensor] = ()
) -> tuple[Tensor, ...]:
    """Execute a block and return its outputs.

    Args:
        block: of a plan.
        slots: the values of the whole plan; filled and emptied as the steps go.
        where: the package, for errors.
        checked: compare each result's sizes with the declared ones; not needed where ``check_shapes`` has done so.
        arguments: values of the block's inputs.

    Raises:
        InputDataError: an operation cannot be applied to its arguments.
    """
    for slot, argument in zip(block.input_slots, arguments, strict=True):
        slots[slot] = argument
    for step in block.steps:
        run_step(step, slots, where, checked=checked)
        free(step, slots)
    return tuple(_value(item, slots) for item in block.outputs)


def run_step(step: Step, slots: Slots, where: Path, *, checked: bool, loading: bool = False) -> None:
    """Execute one operation, see ``run_block``; ``loading`` where the tensors have no data yet."""
    arguments: dict[str, Any] = dict(step.fixed)
    for parameter, slot in step.reads:
        arguments[parameter] = slots[slot]
    try:
        for parameter, slot in step.late:
            arguments[parameter] = as_python(_value(slot, slots))
        for parameter, items in step.several:
            arguments[parameter] = tuple(_value(item, slots) for item in items)
        if step.blocks:
            arguments["blocks"] = tuple(partial(_called, block, slots, where, checked) for block in step.blocks)
        results = as_results(step, step.function(**arguments))
        for output, result in zip(step.outputs, results, strict=True):
            if checked and not shape_fits(result, output.value):
                raise ValueError(f"shape {tuple(result.shape)}, declared {output.value.type}")
            slots[output.slot] = settle(result, output)
    except KERNEL_ERRORS as problem:
        raise kernel_refusal(step.operation, problem, where, loading=loading) from problem


def free(step: Step, slots: Slots) -> None:
    """Let go of the values that nothing reads after a step."""
    for slot in step.frees:
        slots[slot] = None


def check_shapes(plan: Plan, inputs: Sequence[Tensor], where: Path) -> int:
    """Run a static plan on tensors without data; return the most bytes that its values take at one time.

    Raises:
        InputDataError: an operation does not fit its arguments or its declared output, or the values take too much memory.
    """
    slots: Slots = [None] * plan.slots
    for slot, tensor in zip(plan.body.input_slots, inputs, strict=True):
        slots[slot] = tensor
    most = 0
    with torch.inference_mode(), torch.device("meta"):
        for step in plan.body.steps:
            run_step(_without_data(step), slots, where, checked=True, loading=True)
            alive = {id(value): value.numel() * value.element_size() for value in slots if value is not None}
            most = max(most, sum(alive.values()))
            if most > MEMORY_LIMIT:
                raise InputDataError(
                    "the program takes too much memory",
                    where=f"{where}, op {step.operation.name!r} of type {step.operation.type!r}",
                    expected=f"values of at most {MEMORY_LIMIT} bytes at one time",
                    got=f"{most} bytes",
                    next_step="convert a smaller model",
                )
            free(step, slots)
    return most


def _called(block: BlockPlan, slots: Slots, where: Path, checked: bool, *arguments: Tensor) -> tuple[Tensor, ...]:
    return run_block(block, slots, where, checked=checked, arguments=arguments)


def _value(item: Source, slots: Slots) -> Tensor:
    value = slots[item] if isinstance(item, int) else item
    if value is None:  # the decoder has checked that every name is defined before it is read
        raise RuntimeError(f"slot {item} is empty")
    return value


def _without_data(step: Step) -> Step:
    """Return a step whose constants have a shape and a type but no data."""
    fixed = {name: item.to("meta") if isinstance(item, Tensor) else item for name, item in step.fixed.items()}
    several = tuple(
        (name, tuple(item.to("meta") if isinstance(item, Tensor) else item for item in items))
        for name, items in step.several
    )
    return replace(step, fixed=fixed, several=several)
