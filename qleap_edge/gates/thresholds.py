"""Read ``benchmarks/thresholds.toml``: the one owner of release bounds."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from qleap_edge.core.errors import UsageError
from qleap_edge.core.grades import Grade
from qleap_edge.core.records import Part
from qleap_edge.core.resources import resource
from qleap_edge.core.toml_documents import read_toml
from qleap_edge.core.units import Unit

_PLAUSIBLE: dict[Unit, tuple[float, float]] = {
    "1": (0.0, 10.0),  # ratios; shares say [0, 1] themselves
    "count": (0.0, 1e9),
    "bool": (0.0, 1.0),
    "mm": (0.0, 5000.0),
    "body_height": (0.0, 3.0),
    "deg": (0.0, 360.0),
    "dB": (-100.0, 400.0),
    "MB": (0.0, 1e4),
    "s": (0.0, 1e6),
    "ms": (0.0, 1e9),
    "nat": (-1e3, 1e3),
    "percentage_point": (-100.0, 100.0),
}


class Gate(Part):
    """One bound on one measurement."""

    # TOML can hold nan and inf: a bound that no number can break is refused.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    measurement: str
    unit: Unit
    min: float | None = None
    max: float | None = None
    judges: Literal["worse end", "value"] = "worse end"
    """What of a measurement is held against the bound: the worse end of its interval, where it has one, or the value."""
    plausible: tuple[float, float] | None = None
    """Least and largest number that the measurement can give; None: the unit's."""
    grades: Annotated[tuple[Grade, ...], Field(min_length=1)]
    why: str

    @model_validator(mode="after")
    def _has_a_bound(self) -> "Gate":
        if self.min is None and self.max is None:
            raise ValueError(f"gate on {self.measurement!r} has neither min nor max")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(f"gate on {self.measurement!r} has min {self.min:g} above max {self.max:g}")
        if self.plausible is not None and self.plausible[0] >= self.plausible[1]:
            raise ValueError(f"gate on {self.measurement!r} has a plausible range without an inside")
        return self

    def range(self) -> tuple[float, float]:
        """Return the plausible range: the gate's own, or its unit's."""
        return self.plausible or _PLAUSIBLE[self.unit]

    def bound(self) -> str:
        """Return the bound as people write it."""
        low = "" if self.min is None else f">= {self.min:g}"
        high = "" if self.max is None else f"<= {self.max:g}"
        return f"{low}{' and ' if low and high else ''}{high}"


class Thresholds(BaseModel):
    """The whole file; an unknown key is refused, because a misspelt one would drop its gates without a word."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_name: Literal["qleap.thresholds"] = Field(alias="schema")
    schema_version: Literal[1]
    gate: tuple[Gate, ...]

    @field_validator("gate")
    @classmethod
    def _each_once(cls, gates: tuple[Gate, ...]) -> tuple[Gate, ...]:
        seen: set[tuple[str, Grade]] = set()
        for gate in gates:
            for key in ((gate.measurement, grade) for grade in gate.grades):
                if key in seen:
                    raise ValueError(f"two gates bound {gate.measurement!r} for grade {key[1]!r}")
                seen.add(key)
        return gates

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
