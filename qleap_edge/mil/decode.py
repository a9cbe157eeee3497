"""Protobuf messages of an ML Program → ``program``'s frozen types, each malformed thing refused by name.

Source: coremltools mlmodel/format/MIL.proto, Model.proto and FeatureTypes.proto.
"""

import math
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from qleap_edge.core.errors import InputDataError
from qleap_edge.mil.blob import BlobFile, unpack_bits
from qleap_edge.mil.program import (
    DATA_TYPES,
    MAX_DIMENSION,
    MAX_ELEMENTS,
    Binding,
    Block,
    Constant,
    Feature,
    Function,
    Operation,
    Reference,
    Value,
    ValueType,
)

_MODEL_PATH = "@model_path/"
_ARRAY_TYPES = {65568: "float32", 65552: "float16", 131104: "int32", 131080: "int8"}
_OTHER_KINDS = {"listType": "list", "tupleType": "tuple", "dictionaryType": "dictionary", "stateType": "state"}
# Field of an immediate tensor → numpy type of its repeated values ("bytes" is read as the declared type instead).
_LITERAL_FIELDS = {
    "floats": np.float32,
    "ints": np.int32,
    "bools": np.bool_,
    "longInts": np.int64,
    "strings": np.object_,
}


class Decoder:
    """Decodes the functions of one model file.

    Args:
        model_file: the ``.mlmodel`` inside the package; weight files are named relative to its folder.
    """

    def __init__(self, model_file: Path) -> None:
        self._file = model_file
        self._blobs: dict[str, BlobFile] = {}

    def features(self, messages: Iterable[Any], kind: str) -> tuple[Feature, ...]:
        """Decode the model's described inputs or outputs."""
        features = []
        for message in messages:
            where = f"{kind} {message.name!r}"
            form = message.type.WhichOneof("Type")
            if form != "multiArrayType":
                raise self._refuse(where, "a tensor (multiArrayType)", str(form))
            array = message.type.multiArrayType
            if array.dataType not in _ARRAY_TYPES:
                raise self._refuse(
                    where, f"one of the element types {list(_ARRAY_TYPES.values())}", str(array.dataType)
                )
            shape = tuple(int(size) for size in array.shape)
            if any(not 0 < size <= MAX_DIMENSION for size in shape):
                raise self._refuse(where, f"sizes from 1 to {MAX_DIMENSION}", str(shape))
            features.append(Feature(message.name, shape, _ARRAY_TYPES[array.dataType], message.shortDescription))
        return tuple(features)

    def function(self, name: str, message: Any, inputs: tuple[Feature, ...], outputs: tuple[Feature, ...]) -> Function:
        """Decode one function with the block of its own opset."""
        if message.opset not in message.block_specializations:
            known = ", ".join(sorted(message.block_specializations)) or "no block at all"
            raise self._refuse(f"function {name!r}", f"a block for its opset {message.opset!r}", known)
        block = message.block_specializations[message.opset]
        decoded = self._block(block, [self._value(item) for item in message.inputs], frozenset())
        self._compare(name, "input", {feature.name for feature in inputs}, {value.name for value in decoded.inputs})
        self._compare(name, "output", {feature.name for feature in outputs}, set(decoded.outputs))
        return Function(name, message.opset, inputs, outputs, decoded)

    def _compare(self, function: str, kind: str, described: set[str], present: set[str]) -> None:
        if described != present:
            raise self._refuse(
                f"function {function!r}", f"the described {kind}s {sorted(described)}", str(sorted(present))
            )

    def _block(self, message: Any, inputs: list[Value], outer: frozenset[str]) -> Block:
        defined = set(outer)
        for value in inputs:
            self._define(defined, value.name, f"block input {value.name!r}")
        later = {output.name for operation in message.operations for output in operation.outputs}
        operations = []
        for item in message.operations:
            operation = self._operation(item, frozenset(defined) if item.blocks else frozenset())
            where = f"op {operation.name!r} of type {operation.type!r}"
            for name in operation.references():
                if name not in defined:
                    reason = (
                        "a later operation's output (a cycle, or a wrong order)" if name in later else "defined nowhere"
                    )
                    raise self._refuse(where, f"arguments that are defined before it, such as {name!r}", reason)
            for output in operation.outputs:
                self._define(defined, output.name, where)
            operations.append(operation)
        outputs = tuple(message.outputs)
        for name in outputs:
            if name not in defined:
                raise self._refuse(f"block output {name!r}", "a value that the block computes", "defined nowhere")
        return Block(tuple(inputs), tuple(operations), outputs)

    def _define(self, defined: set[str], name: str, where: str) -> None:
        if name in defined:
            raise self._refuse(where, "a new name", f"{name!r}, which is taken")
        defined.add(name)

    def _operation(self, message: Any, visible: frozenset[str]) -> Operation:
        outputs = tuple(self._value(item) for item in message.outputs)
        if not message.type or not outputs:
            raise self._refuse(
                f"op of type {message.type!r}", "a type and at least one output", f"{len(outputs)} outputs"
            )
        inputs: dict[str, tuple[Binding, ...]] = {}
        for parameter, argument in sorted(message.inputs.items()):
            inputs[parameter] = tuple(
                self._binding(item, f"op {outputs[0].name!r}, key {parameter!r}") for item in argument.arguments
            )
        for parameter, value in sorted(message.attributes.items()):
            if parameter != "name":
                inputs[parameter] = (self._constant(value, f"op {outputs[0].name!r}, key {parameter!r}"),)
        blocks = tuple(
            self._block(block, [self._value(item) for item in block.inputs], visible) for block in message.blocks
        )
        return Operation(message.type, outputs[0].name, inputs, outputs, blocks)

    def _binding(self, message: Any, where: str) -> Binding:
        form = message.WhichOneof("binding")
        if form == "name":
            return Reference(message.name)
        if form == "value":
            return self._constant(message.value, where)
        raise self._refuse(where, "a name or a value", "nothing")

    def _value(self, message: Any) -> Value:
        if not message.name:
            raise self._refuse("a value", "a name", "an empty one")
        return Value(message.name, self._type(message.type, f"value {message.name!r}"))

    def _type(self, message: Any, where: str) -> ValueType:
        form = message.WhichOneof("type")
        if form in _OTHER_KINDS:
            return ValueType(None, (), _OTHER_KINDS[form])
        if form != "tensorType":
            raise self._refuse(where, "a type", "nothing")
        tensor = message.tensorType
        if tensor.dataType not in DATA_TYPES:
            known = ", ".join(item.name for item in DATA_TYPES.values())
            raise self._refuse(where, f"one of the element types {known}", f"number {tensor.dataType}")
        if tensor.rank != len(tensor.dimensions):
            raise self._refuse(where, f"{tensor.rank} sizes for rank {tensor.rank}", str(len(tensor.dimensions)))
        shape = tuple(
            int(item.constant.size) if item.WhichOneof("dimension") == "constant" else None
            for item in tensor.dimensions
        )
        known_sizes = [size for size in shape if size is not None]
        if any(size > MAX_DIMENSION for size in known_sizes) or math.prod(known_sizes) > MAX_ELEMENTS:
            raise self._refuse(where, f"at most {MAX_ELEMENTS} elements", f"shape {shape}")
        return ValueType(DATA_TYPES[tensor.dataType], shape)

    def _constant(self, message: Any, where: str) -> Constant:
        value_type = self._type(message.type, where)
        data_type = value_type.data_type
        if data_type is None or not value_type.is_static:
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
        return InputDataError(
            "the ML Program is malformed",
            where=f"{self._file}, {where}",
            expected=expected,
            got=got,
            next_step="convert the model again, or copy the whole package again",
        )
