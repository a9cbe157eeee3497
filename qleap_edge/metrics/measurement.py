"""A measured number: name, value, unit, interval, baseline, and the number of persons it is measured on."""

import math
from typing import Literal

from pydantic import field_serializer, field_validator

from qleap_edge.core.records import Document, Part
from qleap_edge.core.units import Unit


class Measurement(Part):
    """One measured number.

    ``value`` is None when it could not be measured; its gate then fails.
    """

    name: str
    """The name that gates use."""
    value: float | None
    """None: not measured."""
    unit: Unit
    """Unit of value, interval and baseline; ``1`` for a share."""
    interval: tuple[float, float] | None = None
    """95 % interval, bootstrap over persons."""
    baseline: float | None = None
    """The same figure of a predictor without input, on the same data."""
    subjects: int | None = None
    """Number of persons that it is measured on."""
    sequences: int | None = None
    """Number of sequences that it is measured on."""
    note: str = ""
    """How the number was measured."""

    @field_validator("value", "interval", "baseline", "subjects", "sequences", mode="before")
    @classmethod
    def _is_a_number(cls, value: object) -> object:
        """Refuse what pydantic would turn into a number: true and "0.99" are signs of a forged or broken report."""
        for item in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(item, (bool, str)):
                raise ValueError(f"expected a number, got {item!r}")
        return value

    @field_serializer("value", when_used="json")
    def _without_nan(self, value: float | None) -> float | None:
        """Write a value that is not finite as null, that is as not measured: JSON has no NaN, and the gate fails."""
        return value if value is not None and math.isfinite(value) else None


class MeasurementReport(Document):
    """The measurements of one stage."""

    schema_name: Literal["qleap.measurements"] = "qleap.measurements"
    schema_version: Literal[2] = 2
    title: str
    """What was measured."""
    package_sha256: str
    """Digest of the package that was measured; a report of another package decides nothing."""
    dataset_sha256: str | None
    """Digest of the dataset's document; None: no data was needed."""
    measurements: tuple[Measurement, ...]
    """The numbers."""
