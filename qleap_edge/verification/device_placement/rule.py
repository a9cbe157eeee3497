"""What a placement rule is: an id, a severity, a source, and a function that walks a program."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from qleap_edge.mil.format.program import Constant, Function, Operation, Reference, ValueType
from qleap_edge.mil.tools.arithmetic import Values

Severity = Literal["error", "warning", "note"]
"""error: a loader refuses the program; warning: the operation probably leaves the Neural Engine, or wastes most of it;
note: advice."""


@dataclass(frozen=True)
class Hit:
    """One place in a program where a rule applies."""

    operation: str
    type: str
    what: str
    shape: tuple[int | None, ...] = ()


@dataclass(frozen=True, eq=False)
class ProgramView:
    """A function with the values that the rules look up; nested blocks are part of it."""

    function: Function

    @cached_property
    def values(self) -> Values:
        """Type of every named value, literal of every ``const`` operation."""
        return Values.of(self.function.block)

    @cached_property
    def running(self) -> tuple[Operation, ...]:
        """Every operation that computes: no constants, compressed or not."""
        return tuple(item for item in self.function.block.walk() if not item.is_constant)

    def operand_types(self, operation: Operation) -> Iterator[tuple[str, ValueType]]:
        """Yield (parameter, type) of everything an operation reads; a name that nothing defines has none."""
        for parameter, bindings in operation.inputs.items():
            for item in bindings:
                found = self.values.types.get(item.name) if isinstance(item, Reference) else item.type
                if found is not None:
                    yield parameter, found

    def literal(self, operation: Operation, parameter: str) -> Constant | None:
        """Return the literal that a parameter is bound to, ``None`` if it has none or is computed."""
        bindings = operation.inputs.get(parameter, ())
        if len(bindings) != 1:
            return None
        return bindings[0] if isinstance(bindings[0], Constant) else self.values.literals.get(bindings[0].name)

    def is_border_cast(self, operation: Operation) -> bool:
        """Tell whether an operation only changes the type of a model input or output."""
        if operation.type != "cast":
            return False
        outside = {value.name for value in self.function.block.inputs}
        reads_input = any(name in outside for name in operation.references())
        return reads_input or any(output.name in self.function.block.outputs for output in operation.outputs)


Find = Callable[[ProgramView], Iterator[Hit]]


@dataclass(frozen=True)
class Rule:
    """One line of the table."""

    id: str
    severity: Severity
    source: str
    advice: str
    find: Find


RULES: dict[str, Rule] = {}


def rule(identifier: str, severity: Severity, *, source: str, advice: str) -> Callable[[Find], Find]:
    """Enter the decorated function in the table."""

    def register(find: Find) -> Find:
        RULES[identifier] = Rule(identifier, severity, source, advice, find)
        return find

    return register


def hit(operation: Operation, what: str) -> Hit:
    """Return a hit on an operation, with the shape of its first output."""
    return Hit(operation.name, operation.type, what, operation.outputs[0].type.shape if operation.outputs else ())
