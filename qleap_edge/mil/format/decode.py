"""Protobuf messages of an ML Program → ``program``'s frozen types, each malformed thing refused by name.

Source: coremltools mlmodel/format/MIL.proto, Model.proto and FeatureTypes.proto.
"""

from pathlib import Path
from typing import Any

from qleap_edge.core.errors import InputDataError
from qleap_edge.mil.format.features import as_program_has_it, described_features
from qleap_edge.mil.format.literals import Literals, malformed
from qleap_edge.mil.format.program import Binding, Block, Function, Operation, Reference, Value

_WITHOUT_OUTPUTS = "write_state"


class Decoder:
    """Decodes the functions of one model file.

    Args:
        model_file: the ``.mlmodel`` inside the package; weight files are named relative to its folder.
    """

    def __init__(self, model_file: Path) -> None:
        self._file = model_file
        self._literals = Literals(model_file)

    def function(self, name: str, message: Any, description: Any) -> Function:
        """Decode one function with the block of its own opset.

        Args:
            name: of the function.
            message: the function.
            description: of the model, or of this function if there are several.
        """
        inputs, outputs, states = (
            described_features(getattr(description, kind), kind, self._file) for kind in ("input", "output", "state")
        )
        if message.opset not in message.block_specializations:
            known = ", ".join(sorted(message.block_specializations)) or "no block at all"
            raise self._refuse(f"function {name!r}", f"a block for its opset {message.opset!r}", known)
        block = message.block_specializations[message.opset]
        decoded = self._block(block, [self._value(item) for item in message.inputs], frozenset())
        kept = {value.name for value in decoded.inputs if value.type.kind == "state"}
        self._compare(name, "state", {feature.name for feature in states}, kept)
        given = {value.name for value in decoded.inputs} - kept
        self._compare(name, "input", {feature.name for feature in inputs}, given)
        self._compare(name, "output", {feature.name for feature in outputs}, set(decoded.outputs))
        types = {value.name: value.type for value in decoded.inputs}
        types |= {value.name: value.type for operation in decoded.operations for value in operation.outputs}
        where = f"{self._file}, function {name!r}"
        seen = [tuple(as_program_has_it(item, types, where) for item in items) for items in (inputs, outputs)]
        return Function(name, message.opset, seen[0], seen[1], decoded, states)

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
        if not message.type or not (outputs or message.type == _WITHOUT_OUTPUTS):
            raise self._refuse(
                f"op of type {message.type!r}", "a type and at least one output", f"{len(outputs)} outputs"
            )
        name = outputs[0].name if outputs else self._given_name(message)
        inputs: dict[str, tuple[Binding, ...]] = {}
        for parameter, argument in sorted(message.inputs.items()):
            inputs[parameter] = tuple(
                self._binding(item, f"op {name!r}, key {parameter!r}") for item in argument.arguments
            )
        for parameter, value in sorted(message.attributes.items()):
            if parameter != "name":
                inputs[parameter] = (self._literals.constant(value, f"op {name!r}, key {parameter!r}"),)
        blocks = tuple(
            self._block(block, [self._value(item) for item in block.inputs], visible) for block in message.blocks
        )
        return Operation(message.type, name, inputs, outputs, blocks)

    def _given_name(self, message: Any) -> str:
        """Return the name an operation without outputs was given, or a name made of its type."""
        if "name" not in message.attributes:
            return str(message.type)
        return str(
            self._literals.constant(message.attributes["name"], f"op of type {message.type!r}, key 'name'").as_python()
        )

    def _binding(self, message: Any, where: str) -> Binding:
        form = message.WhichOneof("binding")
        if form == "name":
            return Reference(message.name)
        if form == "value":
            return self._literals.constant(message.value, where)
        raise self._refuse(where, "a name or a value", "nothing")

    def _value(self, message: Any) -> Value:
        if not message.name:
            raise self._refuse("a value", "a name", "an empty one")
        return Value(message.name, self._literals.type(message.type, f"value {message.name!r}"))

    def _refuse(self, where: str, expected: str, got: str) -> InputDataError:
        return malformed(f"{self._file}, {where}", expected, got)
