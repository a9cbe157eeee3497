"""What one run of a saved program took and gave: shapes, ranges, and how many elements are not finite."""

from collections import Counter
from collections.abc import Mapping
from typing import Literal

import numpy as np

from qleap_edge.core.records import Document, Part
from qleap_edge.mil.format.program import Function
from qleap_edge.mil.runtime.inputs import conversions
from qleap_edge.mil.runtime.plan import Precision


class ConvertedInput(Part):
    """One input whose numbers were given in another type than the program declares; every one stayed what it was."""

    name: str
    given: str
    declared: str


class OutputSummary(Part):
    """One output; what is not finite is counted, and not part of the range."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    smallest: float | None
    """``None`` for text and where no element is finite."""
    largest: float | None
    not_finite: int
    """Elements that are infinite or undefined (NaN)."""


class RunDocument(Document):
    """One call of a saved program."""

    schema_name: Literal["qleap.mil_run"] = "qleap.mil_run"
    schema_version: Literal[1] = 1
    package: str
    function: str
    precision: Precision
    windows: int | None
    """Windows that were run at once; ``None`` for a single call without such an axis."""
    converted: tuple[ConvertedInput, ...]
    outputs: tuple[OutputSummary, ...]
    repeated_outputs: tuple[str, ...]
    """Names that the package lists for several outputs: the converter gave one tensor several names and kept the last."""


def summarize_run(
    package: str,
    function: Function,
    precision: Precision,
    inputs: Mapping[str, np.ndarray],
    outputs: Mapping[str, np.ndarray],
    windows: int | None = None,
) -> RunDocument:
    """Describe one call.

    Args:
        package: its path.
        function: that was run.
        precision: of the run.
        inputs: as given.
        outputs: as returned.
        windows: that were run at once.
    """
    return RunDocument(
        package=package,
        function=function.name,
        precision=precision,
        windows=windows,
        converted=tuple(
            ConvertedInput(name=name, given=given, declared=declared)
            for name, (given, declared) in conversions(function, inputs).items()
        ),
        outputs=tuple(_output(name, value) for name, value in outputs.items()),
        repeated_outputs=repeated_outputs(function),
    )


def repeated_outputs(function: Function) -> tuple[str, ...]:
    """Return the names that a function lists for several of its outputs.

    Source: coremltools issue 1887: a tensor that a network returns twice becomes two outputs of one name.
    """
    return tuple(name for name, count in Counter(function.block.outputs).items() if count > 1)


def _output(name: str, value: np.ndarray) -> OutputSummary:
    numbers = value if value.dtype.kind in "fiub" else np.zeros(0)
    finite = numbers[np.isfinite(numbers)]
    return OutputSummary(
        name=name,
        shape=value.shape,
        dtype="text" if value.dtype.kind == "U" else str(value.dtype),
        smallest=float(finite.min()) if finite.size else None,
        largest=float(finite.max()) if finite.size else None,
        not_finite=int(numbers.size - finite.size),
    )
