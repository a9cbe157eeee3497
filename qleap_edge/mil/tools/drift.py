"""Compare every intermediate value of a saved program with the same value of a more exact run.

The exact run is that of the same program without rounding, or of another package that was made from the same network, for
example half precision beside int8. The values of two packages are matched by how they are computed.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from pydantic import field_serializer

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.records import Document, Part
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.runtime.evaluator import open_model
from qleap_edge.mil.tools.matching import match_values

DRIFT_BOUND = 0.01
"""Relative difference from which on a value counts as drifting, unless another one is given."""


class ValueDrift(Part):
    """One value, in the order of execution; a number that is not finite is null in a file."""

    name: str
    operation: str
    """Type of the operation that gives it."""
    declared: str
    """Its type, e.g. ``fp16[1,50,256]``."""
    max_abs: float
    """Largest absolute difference."""
    peak: float
    """Largest absolute value of the exact run, of those that are finite."""
    relative: float
    """``max_abs / peak``; where the exact run gives zeros only, 0 if they are equal and else ``max_abs``."""

    @field_serializer("max_abs", "peak", "relative", when_used="json")
    def _without_infinity(self, value: float) -> float | None:
        """A JSON file holds no infinity: what overflowed is null."""
        return value if np.isfinite(value) else None


class NotFiniteValue(Part):
    """One value with infinite or undefined (NaN) elements."""

    name: str
    operation: str
    """Type of the operation that gives it."""
    elements: int
    """All elements of the value."""
    declared: int
    """Elements that are not finite in the run that rounds as the program declares."""
    exact: int
    """The same of the exact run."""


class DriftDocument(Document):
    """All values that both runs have."""

    schema_name: Literal["qleap.mil_drift"] = "qleap.mil_drift"
    schema_version: Literal[3] = 3
    package: str
    function: str
    against: str
    bound: float
    """Relative difference that counts as drift."""
    first: ValueDrift | None
    """The first value beyond the bound."""
    values: tuple[ValueDrift, ...]
    not_finite: tuple[NotFiniteValue, ...]
    """Those of the values that have elements which are not finite in one of the runs, in the order of execution."""
    unmatched: tuple[str, ...]
    """Values that the other program does not compute, or in another shape."""


def measure_drift(
    package: Package,
    inputs: Mapping[str, np.ndarray],
    against: Package | None = None,
    bound: float = DRIFT_BOUND,
    *,
    function: str | None = None,
    against_function: str | None = None,
) -> DriftDocument:
    """Run a package as it declares and compare each value with an exact run on the same inputs.

    Args:
        package: the saved program.
        inputs: one call's arrays by name.
        against: another package of the same network; ``None`` is the same one.
        bound: relative difference from which on a value counts as drifting.
        function: entry point of the package; ``None`` is its default one.
        against_function: entry point of the other package; ``None`` is its default one.

    Raises:
        InputDataError: the inputs do not fit, or the packages share no value.
        UnsupportedOperation: a program cannot be executed.
        UsageError: a package has no such function.
    """
    chosen = package.function(function)
    other = chosen if against is None else against.function(against_function)
    exact = dict(
        open_model(package if against is None else against, precision="wide", function=other.name).trace(inputs)
    )
    types = {output.name: (item.type, str(output.type)) for item in chosen.block.operations for output in item.outputs}
    same = None if against is None else match_values(chosen.block, other.block)
    values, not_finite, unmatched = [], [], []
    for name, value in open_model(package, precision="declared", function=chosen.name).trace(inputs):
        reference = exact.get(name if same is None else same.get(name, ""))
        if reference is None or reference.shape != value.shape:
            unmatched.append(name)
        elif value.size:
            values.append(_drift(name, *types.get(name, ("", "")), value, reference))
            counted = _not_finite(values[-1], value, reference)
            if counted is not None:
                not_finite.append(counted)
    if not values:
        raise InputDataError(
            "the programs have no value in common",
            where=package.path,
            expected=f"values of {'' if against is None else against.path}",
            got=f"{len(unmatched)} others",
            next_step="compare packages that were converted from the same network",
        )
    return DriftDocument(
        package=str(package.path),
        function=chosen.name,
        against="the same program without rounding" if against is None else f"{against.path} without rounding",
        bound=bound,
        first=next((item for item in values if item.relative > bound), None),
        values=tuple(values),
        not_finite=tuple(not_finite),
        unmatched=tuple(unmatched),
    )


def _drift(name: str, operation: str, declared: str, value: np.ndarray, reference: np.ndarray) -> ValueDrift:
    """Compare one value. Two equal infinities do not differ, nor two NaN; else what is not finite differs without bound."""
    narrow, wide = value.astype(np.float64), reference.astype(np.float64)
    finite = np.isfinite(narrow) & np.isfinite(wide)
    differences = np.full(narrow.shape, np.inf)
    differences[finite] = np.abs(narrow[finite] - wide[finite])
    differences[(narrow == wide) | (np.isnan(narrow) & np.isnan(wide))] = 0.0
    most = float(differences.max())
    peak = float(np.abs(wide[np.isfinite(wide)]).max(initial=0.0))
    relative = most / peak if peak > 0.0 else most
    return ValueDrift(name=name, operation=operation, declared=declared, max_abs=most, peak=peak, relative=relative)


def _not_finite(drift: ValueDrift, value: np.ndarray, reference: np.ndarray) -> NotFiniteValue | None:
    """Count what is infinite or NaN, ``None`` if nothing is."""
    declared, exact = (int(np.count_nonzero(~np.isfinite(item))) for item in (value, reference))
    if not declared and not exact:
        return None
    return NotFiniteValue(
        name=drift.name, operation=drift.operation, elements=int(value.size), declared=declared, exact=exact
    )
