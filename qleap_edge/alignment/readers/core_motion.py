"""What the formats with CoreMotion's columns have in common: gyroscope, gravity, user acceleration and perhaps an attitude.

Gravity and user acceleration are in g with Apple's sign, unless the app converted them to m/s² with physical sign; gravity's
own norm shows which, because it is 1 or 9.8.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from qleap_edge.alignment.conventions import core_motion_from_physical, specific_force_from_core_motion
from qleap_edge.alignment.readers.source import SourceFile, digest
from qleap_edge.alignment.readers.table import Table
from qleap_edge.alignment.recording import Recording
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.frames import STANDARD_GRAVITY

Triple = tuple[str, str, str]
NORM_TOLERANCE = 0.05  # relative: gravity's norm only has to distinguish 1 from 9.8
STANDARDISED_NOTE = "converted from m/s² with physical sign to Apple's g"


@dataclass(frozen=True)
class CoreMotionColumns:
    """Names of the columns of one format."""

    rotation_rate: Triple
    gravity: Triple
    acceleration: Triple
    quaternion: tuple[str, str, str, str]
    """w, x, y, z."""

    def required(self) -> tuple[str, ...]:
        """Return the names without which nothing can be done."""
        return (*self.rotation_rate, *self.gravity, *self.acceleration)


def named(prefixes: tuple[str, str, str, str], suffix: str = "") -> CoreMotionColumns:
    """Return the columns whose names are a prefix for gyroscope, gravity, acceleration and attitude, and an axis."""
    rate, gravity, acceleration, attitude = (tuple(f"{prefix}{axis}" for axis in "WXYZ") for prefix in prefixes)
    return CoreMotionColumns(
        (rate[1], rate[2], rate[3]),
        (gravity[1], gravity[2], gravity[3]),
        (acceleration[1], acceleration[2], acceleration[3]),
        (attitude[0], attitude[1], attitude[2], attitude[3]),
    )


def require_sensors(table: Table, columns: CoreMotionColumns, next_step: str) -> None:
    """Refuse a table without one of the sensors.

    Raises:
        InputDataError: with the names that are missing.
    """
    for names, sensor in (
        (columns.rotation_rate, "the gyroscope"),
        (columns.gravity, "gravity (without it the specific force cannot be rebuilt)"),
        (columns.acceleration, "the acceleration"),
    ):
        missing = [name for name in names if not table.has(name)]
        if missing:
            raise InputDataError(
                f"the recording has no {', '.join(missing)}: {sensor} is missing",
                where=f"{table.where}, row {table.header_line}",
                expected=", ".join(names),
                got=", ".join(table.header)[:200],
                next_step=next_step,
            )


def core_motion_recording(
    file: SourceFile,
    table: Table,
    columns: CoreMotionColumns,
    time_s: Float[np.ndarray, " n"],
    *,
    name: str,
    standardised: bool | None = None,
    notes: tuple[str, ...] = (),
    warnings: tuple[str, ...] = (),
) -> Recording:
    """Return the recording of a table with CoreMotion's columns.

    Args:
        file: where the bytes come from.
        table: the rows that are used.
        columns: names of the columns.
        time_s: seconds since the first row.
        name: of the format.
        standardised: whether the app says that it wrote m/s² with physical sign; ``None``: it says nothing.
        notes: what the reader converted.
        warnings: what the reader noticed and the user should know.

    Raises:
        InputDataError: a cell is not a number, gravity has neither norm 1 nor 9.8 or contradicts ``standardised``, or an
            attitude is no unit quaternion.
    """
    attitude = columns.quaternion if table.has(*columns.quaternion) else ()
    values = table.numbers([*columns.required(), *attitude])
    gravity, acceleration = values[:, 3:6], values[:, 6:9]
    if _in_si(gravity, standardised, file, columns.gravity[0]):
        gravity, acceleration = core_motion_from_physical(gravity, acceleration)
        notes = (*notes, STANDARDISED_NOTE)
    return Recording(
        format=name,
        path=file.where,
        sha256=digest(file.data()),
        time_s=time_s,
        specific_force=specific_force_from_core_motion(gravity, acceleration),
        angular_velocity=values[:, :3],
        gravity=gravity,
        user_acceleration=acceleration,
        quaternion=_unit_quaternion(values[:, 9:], table, columns.quaternion[0]) if attitude else None,
        notes=notes,
        warnings=warnings,
    )


def _in_si(gravity: Float[np.ndarray, "n 3"], declared: bool | None, file: SourceFile, column: str) -> bool:
    """Decide by gravity's own norm whether the export is in m/s²; what the app declares must not contradict it."""
    norm = float(np.median(np.linalg.norm(gravity, axis=1)))
    for unit, standardised in ((1.0, False), (STANDARD_GRAVITY, True)):
        if abs(norm / unit - 1.0) <= NORM_TOLERANCE:
            if declared is not None and declared != standardised:
                raise InputDataError(
                    "the metadata and the gravity column contradict each other",
                    where=f"{file.where}, column {column!r}; Metadata.csv, key 'standardisation'",
                    expected=f"gravity of norm {STANDARD_GRAVITY if declared else 1.0:g} (standardisation {declared})",
                    got=f"{norm:.4g}",
                    next_step="give the motion file together with its own Metadata.csv",
                )
            return standardised
    raise InputDataError(
        "the gravity column has no known unit",
        where=f"{file.where}, column {column!r}",
        expected="median norm 1 (g) or 9.8 (m/s²)",
        got=f"{norm:.4g}",
        next_step="check which app and unit wrote the file",
    )


def _unit_quaternion(values: Float[np.ndarray, "n 4"], table: Table, column: str) -> Float[np.ndarray, "n 4"]:
    norms = np.linalg.norm(values, axis=1)
    if (bad := np.abs(norms - 1.0) > 0.01).any():
        row = int(np.argmax(bad))
        raise InputDataError(
            "the attitude quaternion is not a unit quaternion",
            where=f"{table.where}, row {table.line_number(row)}, column {column!r}",
            expected="norm 1",
            got=f"norm {norms[row]:.4g}",
            next_step="export the recording again, or leave the quaternion columns out",
        )
    return values
