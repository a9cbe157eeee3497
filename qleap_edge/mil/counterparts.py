"""Which value of one program is which value of another that was made from the same network.

Names alone do not tell: tools that rewrite a program number the transposes that they move anew, so ``transpose_9`` of a
compressed package may be ``transpose_7`` of the one it was made from. A value is therefore known by how it is computed.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping

from qleap_edge.mil.coverage import literal_of
from qleap_edge.mil.program import ROUNDING_TYPES, Binding, Block, Constant, Operation, Reference

_LEARNT = "learnt"
"""Stands for every constant of real numbers, and for all that is expanded at load: compression changes them."""


def counterparts(block: Block, other: Block) -> dict[str, str]:
    """Return name in ``block`` → name of the same value in ``other``; values without one are absent.

    Two operations are the same if they have one type, read the same values and equal literals (real numbers apart: those
    are learnt). Where several are, as the query, key and value of one input, the name decides. It also decides for an
    operation that reads a value without counterpart. A pair of ``quantize`` and ``dequantize`` that only one program has is
    looked through: what comes out of it is the value that went in.
    """
    ours, theirs = _Reader(block), _Reader(other)
    alike: dict[Hashable, list[Operation]] = defaultdict(list)
    named: dict[str, Operation] = {}
    for item in theirs.running():
        alike[theirs.recipe(item, {})].append(item)
        named[item.outputs[0].name] = item
    inputs = {value.name for value in other.inputs}
    known = {value.name: value.name for value in block.inputs if value.name in inputs}
    steps: set[str] = set()  # integers between quantize and dequantize: nothing to compare them with
    for item in ours.running():
        recipe = ours.recipe(item, known)
        found = _same_name(item, alike.get(recipe, []))
        if found is None and item.type in ROUNDING_TYPES:
            source = next(ours.values(item), None)
            if source in known:
                known[item.outputs[0].name] = known[source]
                steps |= {item.outputs[0].name} if item.type == "quantize" else set()
            continue
        if found is None and any(name not in known for name in ours.values(item)):
            found = named.get(item.outputs[0].name)
        if found is not None and found.type == item.type:
            known |= {a.name: b.name for a, b in zip(item.outputs, found.outputs, strict=False)}
    return {name: match for name, match in known.items() if name not in steps}


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
        if (
            parameter == "perm"
        ):  # written with negative axes by some rewrites; it names every axis, so its length is the rank
            return "literal", tuple(int(axis) % constant.value.size for axis in constant.value)
        return "literal", constant.as_python()
