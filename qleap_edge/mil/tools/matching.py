"""Match the values of two programs that were made from the same network.

Names are not enough: tools that rewrite a program give new numbers to the transposes that they move, so ``transpose_9`` of a
compressed package may be ``transpose_7`` of the one it was made from. Values are therefore matched by how they are computed.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping

from qleap_edge.mil.format.program import ROUNDING_TYPES, Binding, Block, Constant, Operation, Reference
from qleap_edge.mil.runtime.operator_support import literal_of

_HALF_PRECISION_SCALES = 0.01  # a ratio of a few numbers of 11 bits
_ANY_NUMBERS = "numbers"
"""Takes the place of every constant of real numbers and of every expanded constant: compression changes them."""


def match_values(block: Block, other: Block) -> dict[str, str]:
    """Return name in ``block`` → name of the same value in ``other``; values without a match are absent.

    Two operations are the same if they have the same type, read the same values and have equal literals. Real numbers are not
    compared, because compression changes them. Where several operations are the same, such as the query, key and value of one
    input, the name decides. The name also decides for an operation that reads a value without a match. The output of a pair of
    ``quantize`` and ``dequantize`` that only one program has is matched with the pair's input. The integers between the two
    have no match, and neither has a value that is expressed in another unit.
    """
    ours, theirs = _Reader(block), _Reader(other)
    alike: dict[Hashable, list[Operation]] = defaultdict(list)
    named: dict[str, Operation] = {}
    for item in theirs.running():
        alike[theirs.recipe(item, {})].append(item)
        named[item.outputs[0].name] = item
    inputs = {value.name for value in other.inputs}
    known = {value.name: value.name for value in block.inputs if value.name in inputs}
    units = _Units(ours)
    for item in ours.running():
        units.add(item)
        recipe = ours.recipe(item, known)
        found = _same_name(item, alike.get(recipe, []))
        if found is None and item.type in ROUNDING_TYPES:
            source = next(ours.values(item), None)
            if source in known:
                known[item.outputs[0].name] = known[source]
            continue
        if found is None and any(name not in known for name in ours.values(item)):
            found = named.get(item.outputs[0].name)
        if found is not None and found.type == item.type:
            known |= {a.name: b.name for a, b in zip(item.outputs, found.outputs, strict=False)}
    return {name: match for name, match in known.items() if units.is_own(name)}


class _Units:
    """The unit of each value, as a factor: coremltools computes some sums in quantisation steps of one of their operands.

    A pair of ``quantize`` and ``dequantize`` with different scales multiplies the unit by their ratio. A sum has the unit of
    its operands. The result of any other operation on a value in another unit has an unknown unit.
    """

    def __init__(self, reader: "_Reader") -> None:
        self._reader = reader
        self._quantised: dict[str, tuple[str, float]] = {}
        """Output of a ``quantize`` → its input and its scale."""
        self._unit: dict[str, float] = {}
        """Of the values whose unit is not 1; NaN where it is not known."""

    def add(self, item: Operation) -> None:
        """Compute the units of the outputs of the next operation."""
        read, scale = list(self._reader.values(item)), self._reader.scale(item)
        units = {self._unit[name] for name in read if name in self._unit}
        for output in item.outputs:
            unit = 1.0
            if item.type == "quantize" and read:
                self._quantised[output.name] = read[0], scale
            elif item.type == "dequantize" and read and read[0] in self._quantised:
                source, step = self._quantised[read[0]]
                unit = self._unit.get(source, 1.0) * scale / step
            elif units:
                unit = min(units) if item.type == "add" else math.nan
            if not abs(unit - 1.0) < _HALF_PRECISION_SCALES:
                self._unit[output.name] = unit

    def is_own(self, name: str) -> bool:
        """Whether a value is expressed in the network's own unit, and not in quantisation steps."""
        return name not in self._quantised and name not in self._unit


def _same_name(item: Operation, alike: list[Operation]) -> Operation | None:
    """Return the only candidate, of several the one with the operation's name."""
    if len(alike) == 1:
        return alike[0]
    return next((one for one in alike if one.outputs[0].name == item.outputs[0].name), None)


class _Reader:
    """Reads how values of one block are computed."""

    def __init__(self, block: Block) -> None:
        self._block = block
        self._constants = {
            output.name: literal_of(item) for item in block.operations if item.is_constant for output in item.outputs
        }

    def running(self) -> Iterator[Operation]:
        """Yield the operations that compute a value when the program runs."""
        return (item for item in self._block.operations if item.outputs and not item.is_constant)

    def values(self, item: Operation) -> Iterator[str]:
        """Yield the names of what an operation reads, constants apart."""
        return (name for name in item.references() if name not in self._constants)

    def scale(self, item: Operation) -> float:
        """Return the scale of a quantisation, NaN where it is not one number or the operation none."""
        binding = next(iter(item.inputs.get("scale", ())), None)
        constant = self._constants.get(binding.name) if isinstance(binding, Reference) else binding
        return float(constant.value.item()) if constant is not None and constant.value.size == 1 else math.nan

    def recipe(self, item: Operation, names: Mapping[str, str]) -> Hashable:
        """Return type, values and literals of an operation; values under their name in ``names`` if they have one there."""
        return item.type, tuple(
            (parameter, tuple(self._meaning(parameter, binding, names) for binding in item.inputs[parameter]))
            for parameter in sorted(item.inputs)
        )

    def _meaning(self, parameter: str, binding: Binding, names: Mapping[str, str]) -> Hashable:
        if isinstance(binding, Reference) and binding.name not in self._constants:
            return "value", names.get(binding.name, binding.name)
        constant: Constant | None = self._constants[binding.name] if isinstance(binding, Reference) else binding
        if constant is None or constant.type.data_type is None or constant.type.data_type.is_float:
            return _ANY_NUMBERS
        if parameter == "perm":
            # Some rewrites count axes from the end; every axis is named, so that the length is the rank.
            return "literal", tuple(int(axis) % constant.value.size for axis in constant.value)
        return "literal", constant.as_python()
