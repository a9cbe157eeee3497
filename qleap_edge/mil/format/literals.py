"""Types and literals of an ML Program: protobuf messages → ``program``'s frozen types.

Source: coremltools mlmodel/format/MIL.proto.
"""

import math
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from qleap_edge.core.errors import InputDataError
from qleap_edge.mil.format.blob import BlobFile, unpack_bits
from qleap_edge.mil.format.program import DATA_TYPES, MAX_DIMENSION, MAX_ELEMENTS, Constant, ValueType

_MODEL_PATH = "@model_path/"
# Field of an immediate tensor → numpy type of its repeated values ("bytes" is read as the declared type instead).
_LITERAL_FIELDS = {
    "floats": np.float32,
    "ints": np.int32,
    "bools": np.bool_,
    "longInts": np.int64,
    "strings": np.object_,
}


class Literals:
    """Decodes types and literals of one model file.

    Args:
        model_file: the ``.mlmodel`` inside the package; weight files are named relative to its folder.
    """

    def __init__(self, model_file: Path) -> None:
        self._file = model_file
        self._blobs: dict[str, BlobFile] = {}
        self._types: dict[ValueType, ValueType] = {}  # a program has thousands of values but few types

    def type(self, message: Any, where: str) -> ValueType:
        """Return the type of a value."""
        form = message.WhichOneof("type")
        if form == "listType":
            # The length written there is the initial one; whether the list may grow is not said.
            element = self._tensor_type(message.listType.type, where)
            return ValueType(element.data_type, (None, *element.shape), "list")
        if form == "stateType":
            return replace(self._tensor_type(message.stateType.wrappedType, where), kind="state")
        if form == "dictionaryType":
            return ValueType(None, (), "dictionary")
        if form == "tupleType":
            return ValueType(None, (), "tuple")
        return self._tensor_type(message, where)

    def _tensor_type(self, message: Any, where: str) -> ValueType:
        if message.WhichOneof("type") != "tensorType":
            raise self._refuse(where, "a tensor type", str(message.WhichOneof("type") or "nothing"))
        tensor = message.tensorType
        if tensor.dataType not in DATA_TYPES:
            known = ", ".join(item.name for item in DATA_TYPES.values())
            raise self._refuse(where, f"one of the element types {known}", f"number {tensor.dataType}")
        if tensor.rank != len(tensor.dimensions):
            raise self._refuse(where, f"{tensor.rank} sizes for rank {tensor.rank}", str(len(tensor.dimensions)))
        return self._limited(ValueType(DATA_TYPES[tensor.dataType], tuple(map(_size, tensor.dimensions))), where)

    def _limited(self, value_type: ValueType, where: str) -> ValueType:
        known_sizes = [size for size in value_type.shape if size is not None]
        if any(size > MAX_DIMENSION for size in known_sizes) or math.prod(known_sizes) > MAX_ELEMENTS:
            raise self._refuse(where, f"at most {MAX_ELEMENTS} elements", f"shape {value_type.shape}")
        return self._types.setdefault(value_type, value_type)

    def constant(self, message: Any, where: str) -> Constant:
        """Return a literal: a tensor in the spec or in a weight file, or a list of numbers or strings."""
        value_type = self.type(message.type, where)
        data_type = value_type.data_type
        if value_type.kind == "list":
            return self._list_literal(message, value_type, where)
        if data_type is None or not value_type.is_static or value_type.kind != "tensor":
            raise self._refuse(where, "a tensor literal of known size", str(value_type))
        shape = tuple(size for size in value_type.shape if size is not None)
        count = math.prod(shape)
        stored, place = 0, None
        if message.WhichOneof("value") == "blobFileValue":
            blob = message.blobFileValue
            place = (str(blob.fileName), int(blob.offset))
            flat, stored = self._blob(blob.fileName, where).read(blob.offset, data_type, count)
        elif message.WhichOneof("value") == "immediateValue":
            literal = message.immediateValue
            if literal.WhichOneof("value") != "tensor":
                raise self._refuse(where, "a tensor literal", str(literal.WhichOneof("value")))
            tensor = literal.tensor
            field = tensor.WhichOneof("value")
            if field == "bytes":
                wanted = -(-count * data_type.bits // 8)
                if len(tensor.bytes.values) != wanted or data_type.name == "string":
                    raise self._refuse(where, f"{wanted} bytes", str(len(tensor.bytes.values)))
                raw = np.frombuffer(tensor.bytes.values, dtype=np.uint8)
                flat = unpack_bits(raw, data_type, count) if data_type.bits < 8 else raw.view(data_type.storage)
            elif field in _LITERAL_FIELDS:
                flat = self._listed(getattr(tensor, field).values, field, value_type, where)
            else:
                raise self._refuse(where, f"literal values of {data_type.name}", str(field))
            if flat.size != count:
                raise self._refuse(where, f"{count} literal values", str(flat.size))
        else:
            raise self._refuse(where, "a literal or a place in the weight file", "nothing")
        value = flat.reshape(shape)
        value.flags.writeable = False
        return Constant(value_type, value, stored, place)

    def _list_literal(self, message: Any, value_type: ValueType, where: str) -> Constant:
        """Return a list of numbers or strings, such as a classifier's classes, as a vector."""
        if message.immediateValue.WhichOneof("value") != "list" or len(value_type.shape) != 1:
            raise self._refuse(where, "a list of numbers or strings", str(value_type))
        items = [self.constant(item, where) for item in message.immediateValue.list.values]
        if any(item.type.data_type != value_type.data_type or item.type.shape for item in items):
            raise self._refuse(where, f"items of a {value_type}", ", ".join(sorted({str(i.type) for i in items})))
        value = np.array([item.value.item() for item in items], items[0].value.dtype if items else np.float32)
        value.flags.writeable = False
        return Constant(replace(value_type, shape=(len(items),)), value)

    def _listed(self, values: Any, field: str, value_type: ValueType, where: str) -> np.ndarray:
        """Return the repeated values of a literal in the declared type; a value that does not fit it is refused."""
        wanted = np.dtype(value_type.data_type.storage if value_type.data_type else "object")
        flat: np.ndarray = np.array(list(values), dtype=_LITERAL_FIELDS[field])
        if wanted.kind != flat.dtype.kind and not (wanted.kind == "u" and flat.dtype.kind == "i"):
            raise self._refuse(where, f"literal values of {value_type}", field)
        if wanted.kind in "iu" and flat.size and wanted != flat.dtype:
            limits = np.iinfo(wanted)
            if flat.min() < limits.min or flat.max() > limits.max:
                raise self._refuse(where, f"integers that fit {wanted}", f"{flat.min()} to {flat.max()}")
        return flat.astype(wanted, copy=False)

    def _blob(self, name: str, where: str) -> BlobFile:
        if name not in self._blobs:
            relative = PurePosixPath(name.removeprefix(_MODEL_PATH))
            if not name.startswith(_MODEL_PATH) or ".." in relative.parts or relative.is_absolute():
                raise self._refuse(where, f"a weight file below {_MODEL_PATH}", repr(name))
            self._blobs[name] = BlobFile(self._file.parent / relative)
        return self._blobs[name]

    def _refuse(self, where: str, expected: str, got: str) -> InputDataError:
        return malformed(f"{self._file}, {where}", expected, got)


def malformed(where: str, expected: str, got: str) -> InputDataError:
    """Return the error for a program that no converter writes."""
    return InputDataError(
        "the ML Program is malformed",
        where=where,
        expected=expected,
        got=got,
        next_step="convert the model again, or copy the whole package again",
    )


def _size(dimension: Any) -> int | None:
    return int(dimension.constant.size) if dimension.WhichOneof("dimension") == "constant" else None
