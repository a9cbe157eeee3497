"""Read ``benchmarks/thresholds.toml``: the one owner of release bounds."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from qleap_edge.core.errors import UsageError
from qleap_edge.core.grades import Grade
from qleap_edge.core.records import Part
from qleap_edge.core.resources import resource
from qleap_edge.core.toml_documents import read_toml
from qleap_edge.core.units import Unit


class Gate(Part):
    """One bound on one measurement."""

    # TOML can hold nan and inf: a bound that no number can break is refused.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    measurement: str
    unit: Unit
    min: float | None = None
    max: float | None = None
    grades: Annotated[tuple[Grade, ...], Field(min_length=1)]
    why: str

    @model_validator(mode="after")
    def _has_a_bound(self) -> "Gate":
        if self.min is None and self.max is None:
            raise ValueError(f"gate on {self.measurement!r} has neither min nor max")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"gate on {self.measurement!r} has min {self.min:g} above max {self.max:g}")
        return self

    def bound(self) -> str:
        """Return the bound as people write it."""
        low = "" if self.min is None else f">= {self.min:g}"
        high = "" if self.max is None else f"<= {self.max:g}"
        return f"{low}{' and ' if low and high else ''}{high}"


class Thresholds(BaseModel):
    """The whole file."""

    schema_name: Literal["qleap.thresholds"] = Field(alias="schema")
    schema_version: Literal[1]
    gate: tuple[Gate, ...]

    def of_grade(self, grade: Grade) -> tuple[Gate, ...]:
        """Return the gates that decide a bundle of this grade."""
        return tuple(gate for gate in self.gate if grade in gate.grades)


def load_thresholds(path: Path | None = None) -> Thresholds:
    """Read the shipped bounds, or another file.

    Raises:
        UsageError: missing, not TOML, or a key is wrong.
    """
    path = path or resource("benchmarks/thresholds.toml")
    return read_toml(Thresholds, path, what="the thresholds", error=UsageError)
