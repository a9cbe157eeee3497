"""Waivers: bounds that a bundle may break until a day, because somebody said so and why.

Only a number that was measured and breaks its bound can be waived. A number that is missing or impossible, or that was measured
in another unit, says that something is wrong with the measurement, and no reason makes up for that.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from qleap_edge.core.errors import UsageError
from qleap_edge.core.grades import Grade
from qleap_edge.core.records import Part
from qleap_edge.core.toml_documents import read_toml
from qleap_edge.gates.thresholds import Thresholds

PREFIX = "regression."
"""Before the name of a gate: its comparison with an earlier bundle."""
LONGEST = timedelta(days=366)
"""A waiver that lasts longer is a bound that nobody wants: change the thresholds."""


class Waiver(Part):
    """One bound that may be broken for a while."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    measurement: Annotated[str, StringConstraints(min_length=1)]
    """Name of the gate, or ``regression.`` and its name, with an earlier bundle."""
    reason: Annotated[str, StringConstraints(min_length=10, strip_whitespace=True)]
    """Why the bundle may ship all the same."""
    by: Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
    """Who decided it."""
    until: date
    """Last day on which it holds."""

    def holds_on(self, today: date) -> bool:
        """Return whether it has not ended."""
        return today <= self.until


class Waivers(BaseModel):
    """The whole file; an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_name: Literal["qleap.waivers"] = Field(alias="schema")
    schema_version: Literal[1]
    waiver: tuple[Waiver, ...] = ()

    @field_validator("waiver")
    @classmethod
    def _each_once(cls, waivers: tuple[Waiver, ...]) -> tuple[Waiver, ...]:
        names = [one.measurement for one in waivers]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two waivers of {name!r}")
        return waivers


def load_waivers(path: Path, thresholds: Thresholds, grade: Grade, today: date) -> dict[str, Waiver]:
    """Read a file of waivers, by the gate that each is of.

    Args:
        path: the file, TOML.
        thresholds: every waiver must be of one of their gates.
        grade: of the gates.
        today: the day on which the bundle is judged.

    Raises:
        UsageError: missing, not TOML, a key is wrong, a gate does not exist, or a waiver lasts longer than a year.
    """
    found = read_toml(Waivers, path, what="the waivers", error=UsageError)
    gates = {gate.measurement for gate in thresholds.of_grade(grade)}
    others = {gate.measurement: gate.grades for gate in thresholds.gate}
    for number, one in enumerate(found.waiver):
        name = one.measurement.removeprefix(PREFIX)
        if name in others and name not in gates:
            raise UsageError(
                "a waiver of a gate of another grade",
                where=f"{path}, key 'waiver.{number}.measurement'",
                expected=f"a gate of grade {grade}",
                got=f"{one.measurement}, of grade {', '.join(others[name])}",
                next_step="take it out: this bundle is not judged by that gate",
            )
        if name not in gates:
            raise UsageError(
                "a waiver of no gate",
                where=f"{path}, key 'waiver.{number}.measurement'",
                expected=f"a gate of grade {grade}",
                got=one.measurement,
                next_step="`qleap gate BUNDLE` prints their names",
            )
        if one.until - today > LONGEST:
            raise UsageError(
                "a waiver that does not end soon",
                where=f"{path}, key 'waiver.{number}.until'",
                expected=f"at most a year from {today.isoformat()}",
                got=one.until.isoformat(),
                next_step="waive it for a shorter time, or change the thresholds",
            )
    return {one.measurement: one for one in found.waiver}
