"""Any other CSV, read with a mapping file that says which column is what, in which unit and with which sign.

The columns of each sensor are given in the order of the watch's case: x to the crown side, y to 12 o'clock, z out of the glass.
"""

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from jaxtyping import Float
from pydantic import Field, model_validator

from qleap_edge.alignment.conventions import specific_force_from_core_motion
from qleap_edge.alignment.readers.source import SourceFile, digest
from qleap_edge.alignment.readers.table import Table, TimeUnit
from qleap_edge.alignment.recording import Recording
from qleap_edge.core.errors import UsageError
from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.core.toml_documents import Positive, TomlTable, read_toml

FORMAT = "mapped-csv"
SCHEMA, SCHEMA_VERSION = "qleap.recording_mapping", 1

AccelerationUnit = Literal["g", "mg", "m/s^2"]
Sign = Literal["apple", "physical"]
Columns = Annotated[tuple[str, str, str], Field(description="Names of the columns x, y, z.")]

_IN_G: dict[AccelerationUnit, float] = {"g": 1.0, "mg": 1e-3, "m/s^2": 1.0 / STANDARD_GRAVITY}


class TimeTable(TomlTable):
    """The column with the stamps."""

    column: str
    unit: TimeUnit


class AccelerationTable(TomlTable):
    """The accelerometer."""

    columns: Columns
    unit: AccelerationUnit
    sign: Sign
    """``physical``: points up at rest (Android, most sensors); ``apple``: points down at rest (CoreMotion)."""
    contains_gravity: bool
    """False: gravity was taken out (user or linear acceleration); then a table ``gravity`` is needed."""


class GravityTable(TomlTable):
    """Gravity as the device estimated it, with the same sign convention as the acceleration."""

    columns: Columns
    unit: AccelerationUnit


class GyroscopeTable(TomlTable):
    """The gyroscope."""

    columns: Columns
    unit: Literal["rad/s", "deg/s"]


class Mapping(TomlTable):
    """A whole mapping file."""

    schema_name: Literal["qleap.recording_mapping"] = Field(alias="schema")
    schema_version: Literal[1]
    time: TimeTable | None = None
    rate_hz: Positive | None = None
    """Sample rate of a file without stamps."""
    acceleration: AccelerationTable
    gyroscope: GyroscopeTable
    gravity: GravityTable | None = None

    @model_validator(mode="after")
    def _complete(self) -> "Mapping":
        if (self.time is None) == (self.rate_hz is None):
            raise ValueError("give either the table 'time' or the key 'rate_hz'")
        if not self.acceleration.contains_gravity and self.gravity is None:
            raise ValueError(
                "the acceleration contains no gravity and there is no table 'gravity': the specific force cannot be rebuilt"
            )
        return self


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Raises:
        UsageError: it cannot be read, or a key is unknown, missing or not usable.
    """
    return read_toml(Mapping, path, what="the mapping", error=UsageError)


def read(file: SourceFile, table: Table, mapping: Mapping) -> Recording:
    """Return the recording of a table, read as the mapping says.

    Raises:
        UsageError: the mapping names a column that the table does not have.
        InputDataError: a cell is not a number.
    """
    sensors = [mapping.acceleration.columns, mapping.gyroscope.columns]
    if mapping.gravity is not None:
        sensors.append(mapping.gravity.columns)
    names = [name for columns in sensors for name in columns]
    wanted = [*names, mapping.time.column] if mapping.time else names
    if missing := [name for name in wanted if not table.has(name)]:
        raise UsageError(
            f"the mapping names columns that the file does not have: {', '.join(missing)}",
            where=f"{table.where}, row {table.header_line}",
            expected=f"among {', '.join(table.header)[:200]}",
            next_step="correct the names in the mapping; they are compared letter by letter",
        )
    table, empty = table.without_empty_rows(names)
    values = table.numbers(names)
    gyro_scale = 1.0 if mapping.gyroscope.unit == "rad/s" else float(np.pi / 180.0)
    time_s = (
        table.seconds(mapping.time.column, mapping.time.unit)
        if mapping.time is not None
        else np.arange(len(values), dtype=np.float64) / (mapping.rate_hz or 1.0)
    )
    gravity, user = _core_motion(values, mapping)
    return Recording(
        format=FORMAT,
        path=file.where,
        sha256=digest(file.data()),
        time_s=time_s,
        specific_force=specific_force_from_core_motion(np.zeros_like(user) if gravity is None else gravity, user),
        angular_velocity=gyro_scale * values[:, 3:6],
        gravity=gravity,
        user_acceleration=None if gravity is None else user,
        stamped=mapping.time is not None,
        notes=(f"{empty} rows without a reading dropped",) if empty else (),
    )


def _core_motion(
    values: Float[np.ndarray, "n c"], mapping: Mapping
) -> tuple[Float[np.ndarray, "n 3"] | None, Float[np.ndarray, "n 3"]]:
    """Return gravity (or ``None``) and the rest of the acceleration in g with Apple's sign."""
    sign = 1.0 if mapping.acceleration.sign == "apple" else -1.0
    acceleration = sign * _IN_G[mapping.acceleration.unit] * values[:, :3]
    if mapping.gravity is None:
        return None, acceleration
    gravity = sign * _IN_G[mapping.gravity.unit] * values[:, 6:9]
    return gravity, acceleration - gravity if mapping.acceleration.contains_gravity else acceleration
