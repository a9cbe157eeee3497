"""Which operations of a program the kernels cannot execute: known before anything runs, and all of them at once."""

from collections.abc import Mapping
from pathlib import Path

from qleap_edge.core.errors import UnsupportedOperation
from qleap_edge.mil.format.program import Constant, Function, Operation, Reference, ValueType
from qleap_edge.mil.ops.classification import CLASSIFY
from qleap_edge.mil.ops.registry import Kernel
from qleap_edge.mil.ops.table import find_kernel, supported_types


def unsupported_operations(function: Function, where: Path | None = None) -> list[UnsupportedOperation]:
    """Return one error for each operation, in nested blocks too, that no kernel executes in the form it has.

    Args:
        function: of a package.
        where: the package, for the errors.
    """
    literals = {
        operation.outputs[0].name: operation for operation in function.block.walk() if operation.type == "const"
    }
    problems = []
    for operation in function.block.walk():
        if operation.type == "const":
            continue
        found = find_kernel(operation.type, function.opset)
        detail = None if found is None else _unhandled_form(operation, found, literals)
        if found is None or detail is not None:
            known = supported_types()
            problems.append(
                UnsupportedOperation(operation.type, operation.name, known, detail, opset=function.opset, where=where)
            )
    return problems


def _unhandled_form(operation: Operation, found: Kernel, literals: Mapping[str, Operation]) -> str | None:
    """Say why a kernel cannot take this form of its op, or ``None``."""
    for parameter, bindings in operation.inputs.items():
        if parameter not in found.parameters:
            return f"the parameter {parameter!r} of {operation.type!r} is not handled"
        if len(bindings) != 1 and parameter not in found.many:
            return f"the parameter {parameter!r} of {operation.type!r} has {len(bindings)} values"
        if parameter in found.many & found.static and any(_literal(item, literals) is None for item in bindings):
            return f"{operation.type!r} with {parameter} computed at run time is not handled"
        if parameter in found.choices:
            constant = _literal(bindings[0], literals)
            if constant is None or constant.as_python() not in found.choices[parameter]:
                got = "computed at run time" if constant is None else repr(constant.as_python())
                return f"{operation.type!r} with {parameter} = {got} is not handled, only {found.choices[parameter]}"
    missing = sorted(found.required - set(operation.inputs))
    if missing:
        return f"{operation.type!r} lacks the parameters {missing}"
    if len(operation.blocks) != found.blocks:
        return f"{operation.type!r} has {len(operation.blocks)} blocks, not {found.blocks}"
    if operation.type != CLASSIFY and any(not _holds_numbers(output.type) for output in operation.outputs):
        return f"{operation.type!r} with an output that is no tensor of numbers is not handled"
    return None


def _holds_numbers(value_type: ValueType) -> bool:
    return value_type.data_type is not None and value_type.data_type.name != "string"


def _literal(binding: Reference | Constant, literals: Mapping[str, Operation]) -> Constant | None:
    if isinstance(binding, Constant):
        return binding
    source = literals.get(binding.name)
    return None if source is None else literal_of(source)


def literal_of(operation: Operation) -> Constant | None:
    """Return what a ``const`` operation holds, ``None`` if it holds no single literal."""
    bindings = operation.inputs.get("val", ())
    return bindings[0] if len(bindings) == 1 and isinstance(bindings[0], Constant) else None


def all_in_one(problems: list[UnsupportedOperation], where: Path) -> UnsupportedOperation:
    """Return the first error with a message that names every operation concerned."""
    first = problems[0]
    if len(problems) == 1:
        return first
    others = sorted({f"{item.op_type} ({item.op_name})" for item in problems[1:]})
    detail = f"{first.what}; {len(problems) - 1} more operations cannot be executed: {', '.join(others[:20])}"
    return UnsupportedOperation(first.op_type, first.op_name, first.supported, detail, opset=first.opset, where=where)
