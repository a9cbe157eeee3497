"""Lay the weights of ``linear`` out as the product reads them, in place: nothing is stored twice.

A program stores a weight as (outputs, inputs). With few rows of ``x`` a product of ``x`` with (inputs, outputs), row by row,
takes three quarters of the time, for the library then copies nothing first. The tensor keeps its shape and its numbers, only
its strides change, so whoever reads it elsewhere reads the same.

The layout may change the order in which a library adds the products of a long row: in ``declared`` precision only weights whose
rows are short enough for one pass are moved, so that every result keeps its bits; ``wide`` moves them all.
"""

from collections.abc import Iterator
from typing import Any, Final

import torch
from torch import Tensor

from qleap_edge.mil.runtime.plan import BlockPlan, Plan, Precision, Step

SHORT_ROW: Final = 256
"""Products that every library met so far (MKL with AVX2 and AVX-512) adds in one pass, whatever the layout."""
_FEW_ROWS: Final = 8
"""Fewer rows of ``x`` are a product with a vector, which reads the stored layout as fast."""


def lay_out_weights(plan: Plan, precision: Precision) -> None:
    """Change the layout of the plan's weights where it helps; a weight with any other use stays as it is."""
    others = {id(item) for step in _steps(plan.body) for name, item in _constants(step) if not _is_weight(step, name)}
    for step in _steps(plan.body):
        for name, item in _constants(step):
            if not _is_weight(step, name) or id(item) in others or not item.is_contiguous():
                continue
            if _rows(step) >= _FEW_ROWS and (precision == "wide" or item.shape[1] <= SHORT_ROW):
                with torch.no_grad():
                    item.set_(item.t().contiguous().t())


def _is_weight(step: Step, name: str) -> bool:
    return step.operation.type == "linear" and name == "weight"


def _rows(step: Step) -> int:
    """Return how many rows the result of one window has, 0 if only a run can tell."""
    rows = 1
    for size in step.outputs[0].value.type.shape[:-1]:
        rows *= size or 0
    return rows


def _steps(block: BlockPlan) -> Iterator[Step]:
    for step in block.steps:
        yield step
        for inner in step.blocks:
            yield from _steps(inner)


def _constants(step: Step) -> Iterator[tuple[str, Any]]:
    """Yield (parameter, tensor) of every constant tensor of a step."""
    yield from ((name, item) for name, item in step.fixed.items() if isinstance(item, Tensor))
    yield from ((name, item) for name, items in step.several for item in items if isinstance(item, Tensor))
