"""Sensor Logger on the watch: ``WristMotion.csv`` with 15 columns (older apps) or 18 (pitch, roll, yaw added).

``acceleration*`` is CoreMotion's userAcceleration, ``gravity*`` its gravity, both in g, unless the app's "standardise"
switch was on: then both are in m/s² with physical sign (gravity +z when face-up).

``RecordingWriter`` of the Swift package writes the same columns and, behind them, ``wrist`` and ``crown`` in every row.

Source: Sensor Logger user guide and its "Units & calibration" page (github.com/tszheichoi/awesome-sensor-logger).
"""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from jaxtyping import Int64

from qleap_edge.alignment.readers.core_motion import core_motion_recording, named, require_sensors
from qleap_edge.alignment.readers.source import SourceFile
from qleap_edge.alignment.readers.table import Table, parse_table
from qleap_edge.alignment.recording import Recording
from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.core.errors import InputDataError

FORMAT = "sensor-logger"
DESCRIPTION = "Sensor Logger watch recording (WristMotion.csv with time, rotationRate*, gravity*, acceleration*)"
METADATA_FILE = "Metadata.csv"
WRIST, CROWN = "wrist", "crown"

TIME = "time"
COLUMNS = named(("rotationRate", "gravity", "acceleration", "quaternion"))
ROTATION_RATE, GRAVITY, ACCELERATION, QUATERNION = (
    COLUMNS.rotation_rate, COLUMNS.gravity, COLUMNS.acceleration, COLUMNS.quaternion,
)  # fmt: skip

_LAST_STAMP_NS = 2**62  # the year 2116; a difference of two such stamps cannot overflow


def matches(header: tuple[str, ...]) -> bool:
    """Return whether a header is of this format, complete or with a sensor missing."""
    names = set(header)
    return "seconds_elapsed" in names and bool(names & {ROTATION_RATE[0], GRAVITY[0], ACCELERATION[0]})


def read(file: SourceFile, table: Table) -> Recording:
    """Return the recording of one ``WristMotion.csv``.

    Raises:
        InputDataError: a sensor is missing, a cell is not a number, gravity has neither norm 1 nor 9.8, the norm
            contradicts the metadata, or wrist or crown is not one side throughout.
    """
    require_sensors(table, COLUMNS, "switch the watch's wrist motion sensor on and record again")
    stamps = _stamps(table)
    time_s = (stamps - stamps[0]) * 1e-9  # subtracted as integers: a double cannot hold nanoseconds since 1970
    read = core_motion_recording(file, table, COLUMNS, time_s, name=FORMAT, standardised=_metadata_flag(file))
    started = datetime.fromtimestamp(int(stamps[0]) // 10**9, UTC)
    wear = Wear(_side(table, WRIST), _side(table, CROWN)) if table.has(WRIST, CROWN) else None
    return replace(read, started_at=started.isoformat().replace("+00:00", "Z"), wear=wear)


def _stamps(table: Table) -> Int64[np.ndarray, " n"]:
    """Return the stamps in nanoseconds since 1970, and refuse numbers that cannot be such stamps."""
    stamps = table.integers(TIME)
    if (bad := (stamps <= 0) | (stamps > _LAST_STAMP_NS)).any():
        row = int(np.argmax(bad))
        raise InputDataError(
            "the stamp is not a time",
            where=f"{table.where}, row {table.line_number(row)}, column {TIME!r}",
            expected=f"nanoseconds since 1970, above 0 and at most {_LAST_STAMP_NS}",
            got=str(stamps[row]),
            next_step="export the recording again, or cut the broken rows out and split the file there",
        )
    return stamps


def _side(table: Table, name: str) -> Side:
    """Return the one side that a column holds in every row."""
    column = table.header.index(name)
    first: str | None = None
    for row, cells in enumerate(table.text_rows()):
        text = cells[column].strip().strip('"')
        if text not in set(Side) or text != (first := first or text):
            raise InputDataError(
                f"the column {name!r} does not say one side throughout",
                where=f"{table.where}, row {table.line_number(row)}, column {name!r}",
                expected="left or right" if first is None else f"{first}, as in the rows above",
                got=repr(text[:40]),
                next_step="split the recording where the watch was put on the other way, or leave both columns out",
            )
    return Side(first or "")


def _metadata_flag(file: SourceFile) -> bool | None:
    """Return the ``standardisation`` entry of Metadata.csv, ``None`` when there is no such file or entry."""
    beside = file.sibling(METADATA_FILE)
    if beside is None:
        return None
    table = parse_table(beside.data(), beside.where)
    if not table.has("standardisation"):
        return None
    for cells in table.text_rows():
        text = cells[table.header.index("standardisation")].strip().lower()
        if text in ("true", "false"):
            return text == "true"
        if text:
            raise InputDataError(
                "the metadata holds an unknown switch",
                where=f"{METADATA_FILE} beside {file.where}, key 'standardisation'",
                expected="true or false",
                got=repr(text),
                next_step="export the recording again",
            )
    return None
