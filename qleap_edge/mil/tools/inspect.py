"""What a saved program is made of: operations, parameters, arithmetic, bytes, precision, and what cannot be executed."""

import math
from collections import Counter
from collections.abc import Iterable
from typing import Literal

from qleap_edge.core.records import Document, Part
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.format.program import Feature, FeatureKind, Function
from qleap_edge.mil.runtime.operator_support import unsupported_operations
from qleap_edge.mil.tools.arithmetic import Values, operation_flops


class FeatureSummary(Part):
    """One model input, output or state."""

    name: str
    kind: FeatureKind
    shape: tuple[int | None, ...]
    """Of an input the default one; null for a size that is known only at run time."""
    dtype: str
    description: str
    shapes: tuple[tuple[int, ...], ...]
    """Every shape that an input accepts, if the package lists them."""
    ranges: tuple[tuple[int, int | None], ...]
    """Smallest and largest size of each axis, if the package gives them; null is no upper bound."""
    default: float | int | None
    """What every element of an input is that is left out; null if it may not be."""

    @classmethod
    def of(cls, features: tuple[Feature, ...]) -> tuple["FeatureSummary", ...]:
        """Return one summary a feature."""
        return tuple(cls(**vars(feature)) for feature in features)


class OperationSummary(Part):
    """One operation that runs (constants are counted elsewhere)."""

    name: str
    type: str
    output: str
    """Declared type of the first output, e.g. ``fp16[1,50,256]``; empty for an operation without outputs."""
    flops: int


class UnsupportedSummary(Part):
    """One operation that the runtime cannot execute."""

    name: str
    type: str
    reason: str


class ProgramSummary(Document):
    """A function of a package, counted."""

    schema_name: Literal["qleap.mil_summary"] = "qleap.mil_summary"
    schema_version: Literal[3] = 3
    function: str
    functions: tuple[str, ...]
    specification_version: int
    opset: str
    inputs: tuple[FeatureSummary, ...]
    outputs: tuple[FeatureSummary, ...]
    states: tuple[FeatureSummary, ...]
    dynamic_inputs: tuple[str, ...]
    """Inputs with a size that is known only at run time."""
    metadata: dict[str, str]
    operation_counts: dict[str, int]
    precision_counts: dict[str, int]
    """Declared element type of the first output → number of operations that run."""
    parameters: int
    """Elements of all real-number constant tensors, compressed ones at their dense size."""
    weight_bytes: int
    """Bytes of constants in the weight file, each stored record once."""
    flops: int
    """See ``arithmetic.operation_flops``; what a loop repeats is counted once."""
    operations: tuple[OperationSummary, ...]
    unsupported: tuple[UnsupportedSummary, ...]


def summarize(package: Package, function: str | None = None) -> ProgramSummary:
    """Count one function of a package (``None``: the default one); nothing is executed.

    Raises:
        UsageError: the package has no such function.
    """
    chosen = package.function(function)
    values = Values.of(chosen.block)
    running = [item for item in chosen.block.walk() if not item.is_constant]
    rows = tuple(
        OperationSummary(
            name=item.name,
            type=item.type,
            output=str(item.outputs[0].type) if item.outputs else "",
            flops=operation_flops(item, values),
        )
        for item in running
    )
    return ProgramSummary(
        function=chosen.name,
        functions=tuple(sorted(package.functions)),
        specification_version=package.specification_version,
        opset=chosen.opset,
        inputs=FeatureSummary.of(chosen.inputs),
        outputs=FeatureSummary.of(chosen.outputs),
        states=FeatureSummary.of(chosen.states),
        dynamic_inputs=tuple(value.name for value in chosen.block.inputs if not value.type.is_static),
        metadata=dict(package.metadata),
        operation_counts=_sorted_counts(item.type for item in chosen.block.walk()),
        precision_counts=_sorted_counts(item.outputs[0].type.element for item in running if item.outputs),
        parameters=_parameters(chosen),
        weight_bytes=weight_bytes(chosen),
        flops=sum(row.flops for row in rows),
        operations=rows,
        unsupported=tuple(
            UnsupportedSummary(name=item.op_name, type=item.op_type, reason=item.what)
            for item in unsupported_operations(chosen)
        ),
    )


def _sorted_counts(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _parameters(function: Function) -> int:
    """Count the dense elements of real constants; constants that only feed a compressed one are not counted again."""
    operations = list(function.block.walk())
    inside = {name for item in operations if item.is_expansion for name in item.references()}
    total = 0
    for item in operations:
        if not item.outputs:
            continue
        value_type = item.outputs[-1].type
        real = value_type.data_type is not None and value_type.data_type.is_float
        if item.is_constant and real and value_type.shape and item.name not in inside:
            total += math.prod(1 if size is None else size for size in value_type.shape)
    return total


def weight_bytes(function: Function) -> int:
    """Return the bytes of a function's constants in the weight file, each stored record once."""
    stored: dict[tuple[object, ...], int] = {}
    for operation in function.block.walk():
        for _, constant in operation.constants():
            if constant.stored_at is not None:
                stored[constant.stored_at] = constant.stored_bytes
    return sum(stored.values())
