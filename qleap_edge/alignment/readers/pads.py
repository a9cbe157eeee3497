"""PADS (PhysioNet, Parkinson's disease smart watch data set): text without a header, described by an ``observation_NNN.json``.

Apple Watch, 100 Hz, one file a task and a wrist of 10 to 20 s. The description names the columns and units; the acceleration
contains gravity and is taken with Apple's sign, which the publication does not state.

Source: Varghese et al., "Machine Learning in the Parkinson's disease smartwatch (PADS) dataset", npj Parkinson's Disease 10
(2024); physionet.org/content/parkinsons-disease-smartwatch.
"""

import json
import re
from typing import Any

from qleap_edge.alignment.conventions import specific_force_from_total
from qleap_edge.alignment.readers.source import SourceFile, digest, listed
from qleap_edge.alignment.readers.table import parse_table
from qleap_edge.alignment.recording import Recording
from qleap_edge.core.errors import InputDataError

FORMAT = "pads"
DESCRIPTION = "PADS (observation_NNN.json, or one timeseries/NNN_Task_Wrist.txt beside it)"

CHANNELS = (
    "Time",
    "Accelerometer_X",
    "Accelerometer_Y",
    "Accelerometer_Z",
    "Gyroscope_X",
    "Gyroscope_Y",
    "Gyroscope_Z",
)
UNITS = ("s", "g", "g", "g", "rad/s", "rad/s", "rad/s")


def is_observation(head: bytes) -> bool:
    """Return whether a file's first bytes are those of such a description."""
    return head.lstrip()[:1] == b"{" and re.search(rb'"study_id"\s*:\s*"PADS"', head) is not None


def read_observation(file: SourceFile) -> Recording:
    """Return the recording that a description names, where it names one.

    Raises:
        InputDataError: no or several recordings, or the description is not as published.
    """
    records = _records(file)
    there = [(_beside(file, _name(record)), record) for record in records]
    found = [(series, record) for series, record in there if series is not None]
    if len(found) != 1:
        names = [_name(record) for _, record in found or there]
        raise InputDataError(
            "the description names several recordings" if found else "none of the described recordings is there",
            where=file.where,
            expected="one recording",
            got=listed(names) or "none",
            next_step=f"give one of these files: {listed(names)}" if names else "give the data set's folder structure",
        )
    ((series, record),) = found
    return _read(series, record, file)


def read_series(file: SourceFile) -> Recording:
    """Return the recording of one text file, with its description beside it or in the folder above.

    Raises:
        InputDataError: no description, or it does not name this file.
    """
    number = re.match(r"\d+", file.name.name)
    for place in (f"observation_{number[0]}.json", f"../observation_{number[0]}.json") if number else ():
        description = file.sibling(place)
        if description is None:
            continue
        for record in _records(description):
            if _name(record).endswith(file.name.name):
                return _read(file, record, description)
    raise InputDataError(
        "this file has no header and seven columns of numbers: a series of PADS without its description?",
        where=file.where,
        expected="observation_NNN.json beside it or in the folder above",
        got="none that names this file",
        next_step="put the description beside it; for another logger, put the columns' names into the first line",
    )


def _read(file: SourceFile, record: dict[str, Any], description: SourceFile) -> Recording:
    channels, units = record.get("channels"), record.get("units")
    if not isinstance(channels, list) or sorted(map(str, channels)) != sorted(CHANNELS):
        raise _unexpected(description, "channels", ", ".join(CHANNELS), channels)
    wanted = dict(zip(CHANNELS, UNITS, strict=True))
    if not isinstance(units, list) or [wanted[str(name)] for name in channels] != [str(unit) for unit in units]:
        raise _unexpected(description, "units", ", ".join(wanted[str(name)] for name in channels), units)
    table = parse_table(file.data(), file.where, tuple(map(str, channels)))
    values = table.numbers(CHANNELS)
    return Recording(
        format=FORMAT,
        path=file.where,
        sha256=digest(file.data()),
        time_s=values[:, 0] - values[0, 0],
        specific_force=specific_force_from_total(values[:, 1:4]),
        angular_velocity=values[:, 4:],
        notes=(f"the description says {str(record.get('device_location'))[:40]}", "Apple's sign is assumed"),
    )


def _records(file: SourceFile) -> list[dict[str, Any]]:
    try:
        document = json.loads(file.data())
    except (ValueError, RecursionError) as problem:
        raise InputDataError(
            "this is not a JSON file", where=file.where, got=str(problem)[:120], next_step="copy the file again"
        ) from problem
    if not isinstance(document, dict) or document.get("study_id") != "PADS":
        raise InputDataError(
            "this JSON file is not a recording",
            where=file.where,
            expected="the description of a PADS recording (study_id = PADS)",
            got="another document",
            next_step="give the CSV that the logger app exported",
        )
    sessions = document.get("session")
    records = [
        record
        for session in (sessions if isinstance(sessions, list) else [])
        if isinstance(session, dict) and isinstance(session.get("records"), list)
        for record in session["records"]
        if isinstance(record, dict)
    ]
    if not records:
        raise _unexpected(file, "session", "a list of sessions with records", sessions)
    return records


def _name(record: dict[str, Any]) -> str:
    return str(record.get("file_name", ""))


def _beside(description: SourceFile, name: str) -> SourceFile | None:
    """Return the file that a description names; a name that leads out of the folder counts as missing."""
    safe = name and not name.startswith(("/", "\\")) and ".." not in name.split("/") and "\0" not in name
    return description.sibling(name) if safe else None


def _unexpected(file: SourceFile, key: str, expected: str, got: object) -> InputDataError:
    return InputDataError(
        "the description is not as published",
        where=f"{file.where}, key {key!r}",
        expected=expected,
        got=repr(got)[:120],
        next_step="use the data set as PhysioNet distributes it",
    )
