"""phyphox: one CSV with acceleration and gyroscope, or a folder with a CSV a sensor.

m/s² with physical sign (the app has turned Apple's sign) and rad/s, seconds since the start. "Acceleration (without g)" and
"Linear Acceleration" lack gravity and cannot be used. The app runs on phones: the axes are the phone's.

Source: phyphox.org, "Supported sensors" and "Export formats".
"""

import re
from collections.abc import Callable, Sequence

from qleap_edge.alignment.readers.pairing import Series, at_stamps_of
from qleap_edge.alignment.readers.source import SourceFile, digest
from qleap_edge.alignment.readers.table import Table, parse_table
from qleap_edge.alignment.recording import Recording
from qleap_edge.core.errors import InputDataError

FORMAT = "phyphox"
DESCRIPTION = 'phyphox export ("Time (s)", "Acceleration x (m/s^2)", "Gyroscope x (rad/s)"; a file or a folder)'

TIME = "Time (s)"
_AXIS = re.compile(
    r"(?:(?P<sensor>acceleration|linear acceleration|gyroscope)\s+)?(?P<axis>[xyz])\s*\((?P<unit>[^()]*)\)"
)
_NOTE = "phyphox records a phone: its axes are taken as the axes of a watch"

File = tuple[SourceFile, tuple[str, ...]]
"""A file and the names in its header."""


def _axes(header: tuple[str, ...], unit: str) -> tuple[str, ...]:
    """Return the columns x, y, z of a unit, without those of the linear acceleration."""
    found = {}
    for name in header:
        match = _AXIS.fullmatch(name.lower().replace("²", "^2"))
        if match and match["unit"] == unit and not (match["sensor"] or "").startswith("linear"):
            found[match["axis"]] = name
    return tuple(found[axis] for axis in "xyz") if len(found) == 3 else ()


def _rotation(header: tuple[str, ...]) -> tuple[str, ...]:
    return _axes(header, "rad/s")


def _acceleration(header: tuple[str, ...]) -> tuple[str, ...]:
    return _axes(header, "m/s^2")


def matches(header: tuple[str, ...]) -> bool:
    """Return whether a header is of this format, complete or with a sensor missing."""
    lowered = {name.lower().replace("²", "^2") for name in header}
    return TIME in header and any(
        match and match["unit"] in ("rad/s", "m/s^2") for match in map(_AXIS.fullmatch, lowered)
    )


def read(file: SourceFile, table: Table) -> Recording:
    """Return the recording of one CSV that holds both sensors.

    Raises:
        InputDataError: a sensor is missing or a cell is not a number.
    """
    rotation, acceleration = _rotation(table.header), _acceleration(table.header)
    if not rotation or not acceleration:
        raise _missing(file.where, table.header, "the gyroscope" if not rotation else "the acceleration with gravity")
    values = table.numbers([*acceleration, *rotation])
    return Recording(
        format=FORMAT,
        path=file.where,
        sha256=digest(file.data()),
        time_s=table.seconds(TIME, "s"),
        specific_force=values[:, :3],
        angular_velocity=values[:, 3:],
        notes=(_NOTE,),
    )


def read_folder(files: Sequence[File], where: str) -> Recording:
    """Return the recording of a folder with a CSV a sensor; the acceleration is taken at the gyroscope's stamps.

    Raises:
        InputDataError: a sensor is missing or there several times, or a cell is not a number.
    """
    gyroscope = [file for file, header in files if _rotation(header)]
    force = [file for file, header in files if _acceleration(header) and "linear" not in file.name.name.lower()]
    for found, sensor in ((gyroscope, "the gyroscope"), (force, "the acceleration with gravity")):
        if len(found) != 1:
            names = tuple(str(file.name) for file, _ in files)
            raise _missing(where, names, sensor) if not found else _several(where, found, sensor)
    series = [_series(gyroscope[0], _rotation), _series(force[0], _acceleration)]
    time_s, specific_force, rate = at_stamps_of(*series)
    return Recording(
        format=FORMAT,
        path=where,
        sha256=digest(gyroscope[0].data(), force[0].data()),
        time_s=time_s,
        specific_force=specific_force,
        angular_velocity=rate,
        notes=(_NOTE, f"{force[0].name} brought to the stamps of {gyroscope[0].name}"),
    )


def _series(file: SourceFile, columns: Callable[[tuple[str, ...]], tuple[str, ...]]) -> Series:
    table = parse_table(file.data(), file.where)
    names = columns(table.header)
    stamps = table.numbers([TIME])[:, 0]
    return Series(file.where, stamps, table.numbers(list(names)))


def _missing(where: str, got: tuple[str, ...], sensor: str) -> InputDataError:
    return InputDataError(
        f"the phyphox export lacks {sensor}",
        where=where,
        expected='"Acceleration (with g)" and "Gyroscope", in one file or in one folder',
        got=", ".join(got)[:200],
        next_step="record both sensors in one phyphox experiment, and give the whole exported folder or zip",
    )


def _several(where: str, found: list[SourceFile], sensor: str) -> InputDataError:
    return InputDataError(
        f"several files hold {sensor}",
        where=where,
        expected="the files of one recording",
        got=", ".join(str(file.name) for file in found[:6]),
        next_step="give the folder of one recording",
    )
