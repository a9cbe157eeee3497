"""Sensor Logger on the watch: ``WristMotion.csv`` with 15 columns (older apps) or 18 (pitch, roll, yaw added).

``acceleration*`` is CoreMotion's userAcceleration, ``gravity*`` its gravity, both in g, unless the app's "standardise"
switch was on: then both are in m/s² with physical sign (gravity +z when face-up).

Source: Sensor Logger user guide and its "Units & calibration" page (github.com/tszheichoi/awesome-sensor-logger).
"""

import hashlib

import numpy as np
from jaxtyping import Float, Int64

from qleap_edge.alignment.conventions import core_motion_from_physical, specific_force_from_core_motion
from qleap_edge.alignment.readers.source import METADATA_FILE, Source
from qleap_edge.alignment.readers.table import Table, parse_table
from qleap_edge.alignment.recording import Recording
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.frames import STANDARD_GRAVITY

FORMAT = "sensor-logger"
DESCRIPTION = "Sensor Logger watch recording (WristMotion.csv with time, rotationRate*, gravity*, acceleration*)"

TIME = "time"
ROTATION_RATE = ("rotationRateX", "rotationRateY", "rotationRateZ")
GRAVITY = ("gravityX", "gravityY", "gravityZ")
ACCELERATION = ("accelerationX", "accelerationY", "accelerationZ")
QUATERNION = ("quaternionW", "quaternionX", "quaternionY", "quaternionZ")

_LAST_STAMP_NS = 2**62  # the year 2116; a difference of two such stamps cannot overflow
_NORM_TOLERANCE = 0.05  # relative: gravity's norm only has to distinguish 1 from 9.8


def matches(header: tuple[str, ...]) -> bool:
    """Return whether a header is of this format, complete or with a sensor missing."""
    names = set(header)
    return "seconds_elapsed" in names and bool(names & {ROTATION_RATE[0], GRAVITY[0], ACCELERATION[0]})


def read(source: Source, table: Table) -> Recording:
    """Return the recording of one ``WristMotion.csv``.

    Raises:
        InputDataError: a sensor is missing, a cell is not a number, gravity has neither norm 1 nor 9.8, or the norm
            contradicts the metadata.
    """
    _require(table, ROTATION_RATE, "the gyroscope")
    _require(table, GRAVITY, "gravity (without it the specific force cannot be rebuilt)")
    _require(table, ACCELERATION, "the acceleration")
    quaternion_columns = QUATERNION if table.has(*QUATERNION) else ()
    values = table.numbers([*ROTATION_RATE, *GRAVITY, *ACCELERATION, *quaternion_columns])
    stamps = _stamps(table)
    standardised = _standardised(values[:, 3:6], source)
    gravity, acceleration = values[:, 3:6], values[:, 6:9]
    if standardised:
        gravity, acceleration = core_motion_from_physical(gravity, acceleration)
    return Recording(
        format=FORMAT,
        path=source.where,
        sha256=hashlib.sha256(source.data).hexdigest(),
        time_s=(stamps - stamps[0]) * 1e-9,  # subtracted as integers: a double cannot hold nanoseconds since 1970
        specific_force=specific_force_from_core_motion(gravity, acceleration),
        angular_velocity=values[:, :3],
        gravity=gravity,
        user_acceleration=acceleration,
        quaternion=_quaternion(values[:, 9:], table) if quaternion_columns else None,
        notes=("standardised export: m/s² with physical sign",) if standardised else (),
    )


def _require(table: Table, names: tuple[str, ...], sensor: str) -> None:
    missing = [name for name in names if not table.has(name)]
    if missing:
        raise InputDataError(
            f"the recording has no {', '.join(missing)}: {sensor} is missing",
            where=f"{table.where}, row {table.header_line}",
            expected=", ".join(names),
            got=", ".join(table.header),
            next_step="switch the watch's wrist motion sensor on and record again",
        )


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


def _quaternion(values: Float[np.ndarray, "n 4"], table: Table) -> Float[np.ndarray, "n 4"]:
    norms = np.linalg.norm(values, axis=1)
    if (bad := np.abs(norms - 1.0) > 0.01).any():
        row = int(np.argmax(bad))
        raise InputDataError(
            "the attitude quaternion is not a unit quaternion",
            where=f"{table.where}, row {table.line_number(row)}, column {QUATERNION[0]!r}",
            expected="norm 1",
            got=f"norm {norms[row]:.4g}",
            next_step="export the recording again, or leave the quaternion columns out",
        )
    return values


def _standardised(gravity: Float[np.ndarray, "n 3"], source: Source) -> bool:
    """Decide by gravity's own norm whether the export is in m/s²; the metadata must not contradict it."""
    norm = float(np.median(np.linalg.norm(gravity, axis=1)))
    declared = _metadata_flag(source)
    for unit, standardised in ((1.0, False), (STANDARD_GRAVITY, True)):
        if abs(norm / unit - 1.0) <= _NORM_TOLERANCE:
            if declared is not None and declared != standardised:
                raise InputDataError(
                    "the metadata and the gravity column contradict each other",
                    where=f"{source.where}, column {GRAVITY[0]!r}; {METADATA_FILE}, key 'standardisation'",
                    expected=f"gravity of norm {STANDARD_GRAVITY if declared else 1.0:g} (standardisation {declared})",
                    got=f"{norm:.4g}",
                    next_step="give the motion file together with its own Metadata.csv",
                )
            return standardised
    raise InputDataError(
        "the gravity column has no known unit",
        where=f"{source.where}, column {GRAVITY[0]!r}",
        expected="median norm 1 (g) or 9.8 (m/s², standardised export)",
        got=f"{norm:.4g}",
        next_step="check which app and unit wrote the file",
    )


def _metadata_flag(source: Source) -> bool | None:
    """Return the ``standardisation`` entry of Metadata.csv, ``None`` when there is no such file or entry."""
    data = source.companions.get(METADATA_FILE)
    if data is None:
        return None
    table = parse_table(data, METADATA_FILE)
    if not table.has("standardisation"):
        return None
    for cells in table.text_rows():
        text = cells[table.header.index("standardisation")].strip().lower()
        if text in ("true", "false"):
            return text == "true"
        if text:
            raise InputDataError(
                "the metadata holds an unknown switch",
                where=f"{METADATA_FILE} beside {source.where}, key 'standardisation'",
                expected="true or false",
                got=repr(text),
                next_step="export the recording again",
            )
    return None
