"""A number somebody may rely on: name, value, unit, interval, and on how many persons it stands."""

import math
from typing import Literal

from pydantic import field_serializer

from qleap_edge.core.records import Document, Part
from qleap_edge.core.units import Unit


class Measurement(Part):
    """One measured number.

    ``value`` is None when it could not be measured; a gate then fails instead of passing by silence.
    """

    name: str
    value: float | None
    unit: Unit
    interval: tuple[float, float] | None = None
    """95 % interval, bootstrap over persons."""
    baseline: float | None = None
    """What a predictor without input scores on the same data."""
    subjects: int | None = None
    sequences: int | None = None
    note: str = ""

    @field_serializer("value", when_used="json")
    def _without_nan(self, value: float | None) -> float | None:
        """A JSON file holds no NaN: what overflowed is written as not measured, and its gate fails."""
        return value if value is not None and math.isfinite(value) else None


class MeasurementReport(Document):
    """A JSON report of one stage."""

    schema_name: Literal["qleap.measurements"] = "qleap.measurements"
    schema_version: Literal[1] = 1
    title: str
    measurements: tuple[Measurement, ...]
