"""What a program moves and computes: the numbers that a roofline needs. Nothing is executed."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from qleap_edge.mil.format.program import Function, Operation, ValueType
from qleap_edge.mil.tools.arithmetic import Values, operation_flops

Form = Literal["affine", "blockwise", "palette", "sparse"]
# How each compressed constant is stored. Source: coremltools.converters.mil.mil.ops.defs, one class an operation.
FORMS: Final[Mapping[str, Form]] = {
    "constexpr_affine_dequantize": "affine",
    "constexpr_blockwise_shift_scale": "blockwise",
    "constexpr_lut_to_dense": "palette",
    "constexpr_lut_to_sparse": "palette",
    "constexpr_sparse_to_dense": "sparse",
    "constexpr_sparse_blockwise_shift_scale": "sparse",
}


@dataclass(frozen=True)
class CompressedConstant:
    """Constants of one form: bytes in the file, and bytes when unfolded to the type they compute in."""

    stored: int = 0
    dense: int = 0


@dataclass(frozen=True)
class ProgramCost:
    """One prediction of a program, in operations and bytes."""

    flops: int
    """See ``arithmetic.operation_flops``."""
    plain_bytes: int
    """Constants that are stored as they are used."""
    compressed: Mapping[Form, CompressedConstant]
    border_bytes: int
    """Model inputs and outputs."""
    activation_bytes: tuple[int, ...]
    """Of each operation's outputs, in the program's order."""

    def bytes_moved(self, streams: frozenset[str], on_chip_bytes: int) -> int:
        """Return the bytes that cross memory on a chip.

        Every weight is read once, as it is stored if the chip streams its form; inputs and outputs cross once; an activation
        that does not fit on the chip is written and read again.
        """
        weights = self.plain_bytes
        for form, item in self.compressed.items():
            weights += item.stored if form in streams else item.dense
        spilled = sum(size for size in self.activation_bytes if size > on_chip_bytes)
        return weights + self.border_bytes + 2 * spilled


def program_cost(function: Function) -> ProgramCost:
    """Count one function."""
    operations = list(function.block.walk())
    values = Values.of(function.block)
    by_output = {output.name: item for item in operations for output in item.outputs}
    inside = {name for item in operations if item.is_expansion for name in item.references()}
    # Constants may share a record: an all-zero zero point is stored once.
    plain: dict[object, int] = {}
    stored: dict[Form, dict[object, int]] = {}
    dense: Counter[Form] = Counter()
    activations = []
    flops = 0
    for item in operations:
        if item.type in FORMS:
            if item.outputs[0].name not in inside:
                stored.setdefault(FORMS[item.type], {}).update(_stored(item, by_output))
                dense[FORMS[item.type]] += _bytes(item.outputs[-1].type)
        elif item.is_constant:
            if item.outputs[0].name not in inside:
                plain |= _stored(item, by_output)
        else:
            flops += operation_flops(item, values)
            plain |= _stored(item, {})
            activations.append(sum(_bytes(output.type) for output in item.outputs))
    border = [value.type for value in function.block.inputs] + [values.types[name] for name in function.block.outputs]
    return ProgramCost(
        flops=flops,
        plain_bytes=sum(plain.values()),
        compressed={form: CompressedConstant(sum(places.values()), dense[form]) for form, places in stored.items()},
        border_bytes=sum(_bytes(item) for item in border),
        activation_bytes=tuple(activations),
    )


def _stored(operation: Operation, by_output: Mapping[str, Operation]) -> dict[object, int]:
    """Return place → bytes of every record in the weight file that a constant is made of."""
    found: dict[object, int] = {
        constant.stored_at: constant.stored_bytes for _, constant in operation.constants() if constant.stored_at
    }
    for name in operation.references():
        if name in by_output and by_output[name].is_constant:
            found |= _stored(by_output[name], by_output)
    return found


def _bytes(value_type: ValueType) -> int:
    """Return a tensor's bytes; an unknown size counts as 1."""
    bits = 0 if value_type.data_type is None else value_type.data_type.bits
    return math.prod(1 if size is None else size for size in value_type.shape) * bits // 8
