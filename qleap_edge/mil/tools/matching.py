"""Which value of one program is which value of another that was made from the same network.

Names alone do not tell: tools that rewrite a program number the transposes that they move anew, so ``transpose_9`` of a
compressed package may be ``transpose_7`` of the one it was made from. A value is therefore known by how it is computed.
"""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping

from qleap_edge.mil.format.program import ROUNDING_TYPES, Binding, Block, Constant, Operation, Reference
from qleap_edge.mil.runtime.operator_support import literal_of

_HALF_PRECISION_SCALES = 0.01  # a ratio of a few numbers of 11 bits
_LEARNT = "learnt"
"""Stands for every constant of real numbers, and for all that is expanded at load: compression changes them."""


def counterparts(block: Block, other: Block) -> dict[str, str]:
    """Return name in ``block`` → name of the same value in ``other``; values without one are absent.

    Two operations are the same if they have one type, read the same values and equal literals (real numbers apart: those
    are learnt). Where several are, as the query, key and value of one input, the name decides. It also decides for an
    operation that reads a value without counterpart. A pair of ``quantize`` and ``dequantize`` that only one program has is
    looked through: what comes out of it is the value that went in. Integers between the two have none, and what is told
    in another unit has none either.
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
        units.see(item)
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
    """In what unit a value is told, as a factor: coremltools computes some sums in steps of one of their operands.

    A pair of ``quantize`` and ``dequantize`` with other scales changes the unit by their ratio, a sum keeps that of what it
    adds; nothing else is done in other units than the network's own.
    """

    def __init__(self, reader: "_Reader") -> None:
        self._reader = reader
        self._quantised: dict[str, tuple[str, float]] = {}
        """Steps → the value they stand for, and their scale."""
        self._unit: dict[str, float] = {}
        """Only where it is not 1; NaN where it is not known."""

    def see(self, item: Operation) -> None:
        """Take note of the next operation."""
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
        """Whether a value is told in the network's own unit, and not in steps."""
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
            return _LEARNT
        if parameter == "perm":
            # Some rewrites count axes from the end; every axis is named, so that the length is the rank.
            return "literal", tuple(int(axis) % constant.value.size for axis in constant.value)
        return "literal", constant.as_python()
