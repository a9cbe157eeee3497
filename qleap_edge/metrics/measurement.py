"""A number somebody may rely on: name, value, unit, interval, and on how many persons it stands."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from qleap_edge.core.records import Document
from qleap_edge.core.units import Unit


class Measurement(BaseModel):
    """One measured number.

    ``value`` is None when it could not be measured; a gate then fails instead of passing by silence.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

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


class MeasurementReport(Document):
    """A JSON report of one stage."""

    schema_name: Literal["qleap.measurements"] = "qleap.measurements"
    schema_version: Literal[1] = 1
    title: str
    measurements: tuple[Measurement, ...]
