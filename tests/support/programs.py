"""Programs written by hand as plain data, for tests of what reads them without running them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from qleap_edge.mil.format.program import (
    DATA_TYPES,
    Binding,
    Block,
    Constant,
    DataType,
    Function,
    Operation,
    Reference,
    Value,
    ValueType,
)

TYPES: Mapping[str, DataType] = {item.name: item for item in DATA_TYPES.values()}
Shape = Sequence[int | None]


def tensor(dtype: str, shape: Shape) -> ValueType:
    return ValueType(TYPES[dtype], tuple(shape))


def value(name: str, dtype: str, shape: Shape) -> Value:
    return Value(name, tensor(dtype, shape))


def constant(name: str, array: np.ndarray, dtype: str | None = None, stored_at: int | None = None) -> Operation:
    """Return a ``const`` operation; with ``stored_at`` its bytes lie in the weight file."""
    declared = tensor(
        dtype or {"float16": "fp16", "float32": "fp32"}.get(array.dtype.name, array.dtype.name), array.shape
    )
    where = None if stored_at is None else ("weight.bin", stored_at)
    literal = Constant(declared, array, 0 if stored_at is None else array.nbytes, where)
    return Operation("const", name, {"val": (literal,)}, (Value(name, declared),))


def operation(op_type: str, name: str, dtype: str, shape: Shape, /, **inputs: Any) -> Operation:
    """Return an operation; an input is the name of a value, several names, or a literal array."""
    bindings: dict[str, tuple[Binding, ...]] = {}
    for parameter, given in inputs.items():
        several = given if isinstance(given, tuple) else (given,)
        bindings[parameter] = tuple(
            Reference(item) if isinstance(item, str) else Constant(tensor("int32", np.shape(item)), np.asarray(item))
            for item in several
        )
    return Operation(op_type, name, bindings, (value(name, dtype, shape),))


def function(inputs: Sequence[Value], operations: Sequence[Operation], opset: str = "CoreML7") -> Function:
    """Return a function whose output is that of its last operation."""
    return Function("main", opset, (), (), Block(tuple(inputs), tuple(operations), (operations[-1].outputs[0].name,)))
