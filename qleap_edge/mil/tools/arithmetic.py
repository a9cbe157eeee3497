"""How much arithmetic an operation does: two for each multiply-add of products, convolutions, attention and recurrence.

Everything else (activations, normalisation, sums, moves) counts nothing: it is bound by memory, not by arithmetic.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from qleap_edge.mil.format.program import Block, Constant, Operation, Reference, ValueType
from qleap_edge.mil.runtime.operator_support import literal_of

_GATES = {"rnn": 1, "gru": 3, "lstm": 4}


@dataclass
class Values:
    """What is known of a program's values before it runs, those of nested blocks too."""

    types: dict[str, ValueType] = field(default_factory=dict)
    literals: dict[str, Constant] = field(default_factory=dict)

    @classmethod
    def of(cls, block: Block) -> "Values":
        """Look through a block."""
        found = cls({value.name: value.type for value in block.inputs})
        for operation in block.operations:
            found.types |= {output.name: output.type for output in operation.outputs}
            literal = literal_of(operation) if operation.type == "const" else None
            if literal is not None:
                found.literals[operation.name] = literal
            for inner in map(cls.of, operation.blocks):
                found.types |= inner.types
                found.literals |= inner.literals
        return found


def operation_flops(operation: Operation, values: Values) -> int:
    """Return the arithmetic of one operation; an unknown size counts as 1."""
    counter = _COUNTERS.get(operation.type)
    return 0 if counter is None else counter(operation, values)


def _sizes(operation: Operation, parameter: str, values: Values, position: int = 0) -> list[int]:
    binding = operation.inputs[parameter][position]
    shape = values.types[binding.name].shape if isinstance(binding, Reference) else binding.type.shape
    return [1 if size is None else size for size in shape]


def _outputs(operation: Operation) -> int:
    return math.prod(1 if size is None else size for size in operation.outputs[0].type.shape)


def _linear(operation: Operation, values: Values) -> int:
    return 2 * _outputs(operation) * _sizes(operation, "weight", values)[-1]


def _conv(operation: Operation, values: Values) -> int:
    return 2 * _outputs(operation) * math.prod(_sizes(operation, "weight", values)[1:])


def _conv_transpose(operation: Operation, values: Values) -> int:
    """Each input element meets each weight of its channel."""
    return 2 * math.prod(_sizes(operation, "x", values)) * math.prod(_sizes(operation, "weight", values)[1:])


def _matmul(operation: Operation, values: Values) -> int:
    left, right, out = _sizes(operation, "x", values), _sizes(operation, "y", values), operation.outputs[0].type.shape
    rows = 1 if len(left) == 1 else out[-1 if len(right) == 1 else -2] or 1
    return 2 * _outputs(operation) * (math.prod(left[-2:]) // rows)  # whichever axis is not the rows is summed over


def _attention(operation: Operation, values: Values) -> int:
    query, key, value = (_sizes(operation, name, values) for name in ("query", "key", "value"))
    return 2 * math.prod(query[:-1]) * key[-2] * (query[-1] + value[-1])


def _einsum(operation: Operation, values: Values) -> int:
    """Every combination of the indices is one multiply-add."""
    binding = operation.inputs["equation"][0]
    equation = values.literals.get(binding.name) if isinstance(binding, Reference) else binding
    words = str("" if equation is None else equation.as_python()).replace(" ", "").split("->")[0].split(",")
    sizes: dict[str, int] = {}
    for position, word in zip(range(len(operation.inputs["values"])), words, strict=False):
        sizes |= dict(zip(word, _sizes(operation, "values", values, position), strict=False))
    return 2 * math.prod(sizes.values())


def _recurrent(operation: Operation, values: Values) -> int:
    """``x`` is (steps, batch, in); each gate reads the input and the last hidden vector, in each direction."""
    steps, batch, width = _sizes(operation, "x", values)
    hidden = _sizes(operation, "initial_h", values)[-1]
    directions = 2 if "weight_ih_back" in operation.inputs else 1
    per_direction = hidden // directions
    return 2 * steps * batch * directions * _GATES[operation.type] * per_direction * (width + per_direction)


_COUNTERS: dict[str, Callable[[Operation, Values], int]] = {
    "linear": _linear,
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "matmul": _matmul,
    "scaled_dot_product_attention": _attention,
    "einsum": _einsum,
    **dict.fromkeys(_GATES, _recurrent),
}
