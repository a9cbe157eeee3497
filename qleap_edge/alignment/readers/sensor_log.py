"""SensorLog (Bernd Thomas) on the watch: one wide CSV, 45 to 59 columns by the sensors that were switched on.

Columns are found by name, with their unit in brackets or without. ``motion*`` is CoreMotion's device motion; the file holds
a row for every event of any sensor, so the same motion reading is repeated until the next one. ``null`` and -9999 mean "no
reading".

Source: SensorLog documentation (sensorlog.berndthomas.net); real exports.
"""

import re
from datetime import datetime

import numpy as np
from jaxtyping import Float

from qleap_edge.alignment.readers.core_motion import core_motion_recording, named, require_sensors
from qleap_edge.alignment.readers.source import SourceFile
from qleap_edge.alignment.readers.table import Table
from qleap_edge.alignment.recording import Recording
from qleap_edge.core.errors import InputDataError

FORMAT = "sensor-log"
DESCRIPTION = "SensorLog watch recording (motionRotationRateX, motionGravityX, motionUserAccelerationX, ...)"

TIME = "motionTimestamp_sinceReboot"
WALL_TIME = "loggingTime"
COLUMNS = named(("motionRotationRate", "motionGravity", "motionUserAcceleration", "motionQuaternion"))


def without_units(header: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names without a unit in brackets at their end."""
    return tuple(re.sub(r"\([^()]*\)$", "", name).strip() for name in header)


def matches(header: tuple[str, ...]) -> bool:
    """Return whether a header is of this format, complete or with a sensor missing."""
    names = set(without_units(header))
    return bool(names & {TIME, "motionRotationRateX", "motionUserAccelerationX"}) or (
        WALL_TIME in names and any(name.startswith("accelerometerAcceleration") for name in names)
    )


def read(file: SourceFile, table: Table) -> Recording:
    """Return the recording of one SensorLog CSV.

    Raises:
        InputDataError: a sensor is missing, a row has only some of its values, or a cell is not a number.
    """
    table = table.renamed(without_units(table.header))
    require_sensors(table, COLUMNS, "switch 'Device Motion' on in SensorLog, at 50 Hz or more, and record again")
    table, empty = table.without_empty_rows(COLUMNS.required())
    notes = [f"{empty} rows without a motion reading dropped"] if empty else []
    if table.has(TIME):
        time_s = table.seconds(TIME, "s")
    else:
        time_s = _wall_seconds(table)
        notes.append(f"no {TIME}: the wall clock {WALL_TIME} is used")
    recording = core_motion_recording(file, table, COLUMNS, time_s, name=FORMAT)
    repeated = np.concatenate([[False], (np.diff(recording.time_s) == 0) & ~np.diff(recording.imu, axis=0).any(axis=1)])
    if repeated.any():
        notes.append(f"{int(repeated.sum())} rows that repeat a motion reading dropped")
    return recording.take(~repeated).with_messages(notes=tuple(notes))


def _wall_seconds(table: Table) -> Float[np.ndarray, " n"]:
    """Return the wall-clock column, ISO 8601 with offset, as seconds since the first row."""
    column = table.header.index(WALL_TIME) if table.has(WALL_TIME) else None
    if column is None:
        raise InputDataError(
            "the recording has no stamps",
            where=f"{table.where}, row {table.header_line}",
            expected=f"{TIME} or {WALL_TIME}",
            got=", ".join(table.header)[:200],
            next_step="export the recording with its time columns",
        )
    stamps = []
    for row, cells in enumerate(table.text_rows()):
        text = re.sub(r"\s+(?=[+-]\d\d:?\d\d$)", "", cells[column].strip().strip('"'))
        try:
            stamps.append(datetime.fromisoformat(text).timestamp())
        except (ValueError, OverflowError, OSError):
            raise InputDataError(
                "the stamp is not a time",
                where=f"{table.where}, row {table.line_number(row)}, column {WALL_TIME!r}",
                expected="date and time, ISO 8601",
                got=repr(text[:40]),
                next_step="export the recording again, or cut the broken rows out and split the file there",
            ) from None
    return np.array(stamps) - stamps[0]
