"""A saved ML Program as plain frozen data: functions, operations in order, references and constants.

This module imports neither protobuf nor torch. ``decode`` builds these objects, ``runtime.link`` links them to kernels, and
``tools.inspect`` counts them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

MAX_DIMENSION: Final = 2**31 - 1  # Core ML's array API counts in signed 32-bit
MAX_ELEMENTS: Final = 2**29  # 2 GiB of float32: no tensor of a mobile program is larger


@dataclass(frozen=True)
class DataType:
    """One element type of the format.

    Args:
        name: as in the MIL documentation, e.g. ``"fp16"``.
        storage: numpy type of one element, or of the byte that packed elements are unpacked to.
        bits: width in the file; below 8 the elements are packed, least significant bit first.
        blob_code: the type's number in a weight file's record, ``None`` if it is never stored there.
    """

    name: str
    storage: str
    bits: int
    blob_code: int | None

    @property
    def is_float(self) -> bool:
        """Whether values of this type are real numbers."""
        return self.name.startswith("fp")


# Number in MIL.proto → type. Source: coremltools mlmodel/format/MIL.proto (DataType) and
# mlmodel/src/MILBlob/Blob/BlobDataType.hpp (blob codes).
DATA_TYPES: Final[Mapping[int, DataType]] = {
    1: DataType("bool", "bool", 8, None),
    2: DataType("string", "object", 0, None),
    10: DataType("fp16", "float16", 16, 1),
    11: DataType("fp32", "float32", 32, 2),
    21: DataType("int8", "int8", 8, 4),
    22: DataType("int16", "int16", 16, 6),
    23: DataType("int32", "int32", 32, 14),
    24: DataType("int64", "int64", 64, None),
    25: DataType("int4", "int8", 4, 8),
    31: DataType("uint8", "uint8", 8, 3),
    32: DataType("uint16", "uint16", 16, 7),
    33: DataType("uint32", "uint32", 32, 15),
    35: DataType("uint4", "uint8", 4, 11),
    36: DataType("uint2", "uint8", 2, 10),
    37: DataType("uint1", "uint8", 1, 9),
    38: DataType("uint6", "uint8", 6, 13),
    39: DataType("uint3", "uint8", 3, 12),
}


Kind = Literal["tensor", "list", "state", "dictionary", "tuple"]


@dataclass(frozen=True, slots=True)
class ValueType:
    """Type of a value: a tensor, or one of the kinds built on it.

    A list has its elements' type and one more size in front, its length; a state has the type of the tensor it keeps. The
    probabilities of a classifier are the one dictionary there is. A tuple is only named.
    """

    data_type: DataType | None
    """``None`` for dictionaries and tuples."""
    shape: tuple[int | None, ...]
    """``None`` marks a size that is only known at run time."""
    kind: Kind = "tensor"

    @property
    def is_static(self) -> bool:
        """Whether every size is known."""
        return None not in self.shape

    @property
    def element(self) -> str:
        """Name of the element type, or of the kind where there is none."""
        return self.kind if self.data_type is None else self.data_type.name

    def __str__(self) -> str:
        if self.data_type is None:
            return self.kind
        sizes = ",".join("?" if size is None else str(size) for size in self.shape)
        tensor = f"{self.data_type.name}[{sizes}]"
        return tensor if self.kind == "tensor" else f"{self.kind} {tensor}"


@dataclass(frozen=True, slots=True)
class Value:
    """A named value: a function input or an operation output."""

    name: str
    type: ValueType


@dataclass(frozen=True, slots=True)
class Reference:
    """An argument that is another operation's output or a function input."""

    name: str


@dataclass(frozen=True, eq=False, slots=True)
class Constant:
    """A literal: a read-only view of the file's bytes where the type allows it, never written to.

    A string constant is a zero-dimensional object array, a list of strings or numbers a vector.
    """

    type: ValueType
    value: np.ndarray
    stored_bytes: int = 0
    """Bytes it takes in the weight file; 0 for a literal inside the spec."""
    stored_at: tuple[str, int] | None = None
    """Weight file and offset of its record; constants may share one."""

    def as_python(self) -> object:
        """Return a scalar as ``int``, ``float``, ``bool`` or ``str``, a tensor as nested tuples of them."""
        return _tuples(self.value.tolist())


def _tuples(value: object) -> object:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


Binding = Reference | Constant
_EXPANSION_PREFIX: Final = "constexpr_"
"""Of the types of operations that expand a compressed constant."""
ROUNDING_TYPES: Final = ("quantize", "dequantize")
"""Operations that take activations to integers and back."""


@dataclass(frozen=True, eq=False, slots=True)
class Operation:
    """One operation. ``inputs`` also holds what older opsets store as attributes (``val``, constexpr parameters).

    Only ``write_state`` has no outputs.
    """

    type: str
    name: str
    inputs: Mapping[str, tuple[Binding, ...]]
    outputs: tuple[Value, ...]
    blocks: tuple["Block", ...] = ()

    @property
    def is_constant(self) -> bool:
        """Whether it only holds a literal, or expands a compressed one: known before anything runs."""
        return self.type == "const" or self.is_expansion

    @property
    def is_expansion(self) -> bool:
        """Whether it expands a compressed constant."""
        return self.type.startswith(_EXPANSION_PREFIX)

    def references(self) -> Iterator[str]:
        """Yield the name of every value it reads."""
        for bindings in self.inputs.values():
            yield from (binding.name for binding in bindings if isinstance(binding, Reference))

    def constants(self) -> Iterator[tuple[str, Constant]]:
        """Yield (parameter, literal) for every literal argument."""
        for parameter, bindings in self.inputs.items():
            yield from ((parameter, binding) for binding in bindings if isinstance(binding, Constant))


@dataclass(frozen=True, eq=False)
class Block:
    """Operations in order of execution, with the names that leave the block."""

    inputs: tuple[Value, ...]
    operations: tuple[Operation, ...]
    outputs: tuple[str, ...]

    def walk(self) -> Iterator[Operation]:
        """Yield every operation, those of nested blocks too."""
        for operation in self.operations:
            yield operation
            for block in operation.blocks:
                yield from block.walk()


FeatureKind = Literal["array", "image", "state", "label", "probabilities"]


@dataclass(frozen=True)
class Feature:
    """One model input, output or state as the app sees it."""

    name: str
    shape: tuple[int | None, ...]
    """Of an input the default one; ``None`` for a size of an output that is known only at run time; empty for a label."""
    dtype: str
    """numpy name; Core ML calls the same types ``FLOAT32`` and so on."""
    description: str
    kind: FeatureKind = "array"
    """An image is its pixels as the program takes them; a classifier's probabilities come in the order of its classes."""
    shapes: tuple[tuple[int, ...], ...] = ()
    """Every shape that an input accepts, if the package lists them."""
    ranges: tuple[tuple[int, int | None], ...] = ()
    """Smallest and largest size of each axis, if the package gives them; ``None`` is no upper bound."""
    default: float | int | None = None
    """What every element of an input is that is left out; ``None`` if it may not be."""


@dataclass(frozen=True, eq=False)
class Function:
    """One entry point of a package."""

    name: str
    opset: str
    inputs: tuple[Feature, ...]
    outputs: tuple[Feature, ...]
    block: Block
    """Its inputs are the function's, then its states'."""
    states: tuple[Feature, ...] = ()
    """What one call leaves for the next, e.g. keys and values of past steps."""
