"""Sensor Logger's merged export: one CSV for all sensors on a common clock, ``secondsElapsed`` and ``wristMotion_*``.

The app writes a row for every step of its clock. Where the watch had not sent anything yet the cells are empty, and where
nothing came any more it repeats the last values: both kinds of rows are no readings and are dropped here.

Source: Sensor Logger user guide (github.com/tszheichoi/awesome-sensor-logger), "merged CSV"; real exports.
"""

from dataclasses import replace

import numpy as np
from jaxtyping import Bool

from qleap_edge.alignment.readers.core_motion import core_motion_recording, named, require_sensors
from qleap_edge.alignment.readers.source import SourceFile
from qleap_edge.alignment.readers.table import Table
from qleap_edge.alignment.recording import Recording

FORMAT = "sensor-logger-merged"
DESCRIPTION = "Sensor Logger merged export (secondsElapsed, wristMotion_rotationRate*, wristMotion_gravity*, ...)"

TIME = "secondsElapsed"
COLUMNS = named(
    (
        "wristMotion_rotationRate",
        "wristMotion_gravity",
        "wristMotion_acceleration",
        "wristMotion_quaternion",
    )
)
MAX_REPEATS = 3  # a slower watch on the app's clock repeats single rows; noise never repeats a whole row four times


def matches(header: tuple[str, ...]) -> bool:
    """Return whether a header is of this format, complete or with a sensor missing."""
    return TIME in header and any(name.startswith("wristMotion_") for name in header)


def read(file: SourceFile, table: Table) -> Recording:
    """Return the recording of one merged CSV.

    Raises:
        InputDataError: a sensor is missing, a row has only some of its values, or a cell is not a number.
    """
    require_sensors(table, COLUMNS, "export again with the watch's wrist motion sensor switched on")
    table, empty = table.without_empty_rows(COLUMNS.required())
    time_s = table.seconds(TIME, "s")
    recording = core_motion_recording(file, table, COLUMNS, time_s, name=FORMAT)
    recording = replace(recording, origin_s=float(table.numbers([TIME])[0, 0]))
    held = held_rows(recording)
    notes = list(recording.notes)
    if empty:
        notes.append(f"{empty} rows without a reading of the watch dropped")
    if held.any():
        warning = f"{int(held.sum())} rows that only repeat the last reading of the watch dropped: nothing came from it"
        recording = recording.take(~held).with_messages(warnings=(warning,))
    return recording.with_messages(notes=tuple(notes))


def held_rows(recording: Recording) -> Bool[np.ndarray, " n"]:
    """Mark the rows that repeat the row before them, where more than three do so in a run."""
    same = np.concatenate([[False], (np.diff(recording.imu, axis=0) == 0).all(axis=1)])
    edges = np.flatnonzero(np.diff(np.concatenate([[0], same.astype(np.int8), [0]])))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if end - start <= MAX_REPEATS:
            same[start:end] = False
    return same
