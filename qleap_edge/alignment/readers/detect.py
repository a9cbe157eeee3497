"""Read a recording in the format that the names in its header show; position and file name do not matter."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from qleap_edge.alignment.readers import (
    batched_pair,
    connectivity_bridge,
    hemi_physio,
    mapping,
    pads,
    phyphox,
    seglearn,
    sensor_log,
    sensor_logger,
    sensor_logger_merged,
    sp_sw_har,
)
from qleap_edge.alignment.readers.mapping_proposal import propose, summary
from qleap_edge.alignment.readers.source import Source, SourceFile, listed, open_source
from qleap_edge.alignment.readers.table import Table, header_names, parse_table
from qleap_edge.alignment.recording import Recording
from qleap_edge.core.errors import InputDataError, UsageError

_FEWEST_COLUMNS = 6  # three axes of two sensors: the only table of a folder with as many may be a recording
_OTHER_DEVICE = "Headphone"  # Sensor Logger writes the headphones' motion with the same names


class UnknownFormatError(InputDataError):
    """A table whose header no reader has; ``proposal`` is the text of a mapping file for it, to be completed."""

    def __init__(self, table: Table) -> None:
        self.proposal = propose(table)
        super().__init__(
            "not a recording in a known format",
            where=f"{table.where}, row {table.header_line}",
            expected=f"a file of {'; '.join(KNOWN)}",
            got=", ".join(table.header)[:200],
            next_step=(
                f'write `qleap watch mapping {table.where} > mapping.toml`, replace each "?" in it, and run the command again '
                f"with --mapping mapping.toml (proposed from the header: {summary(self.proposal)})"
            ),
        )


@dataclass(frozen=True)
class TableReader:
    """A format of one CSV file."""

    description: str
    matches: Callable[[tuple[str, ...]], bool]
    read: Callable[[SourceFile, Table], Recording]


TABLE_READERS = tuple(
    TableReader(reader.DESCRIPTION, reader.matches, reader.read)
    for reader in (
        sensor_logger,
        sensor_logger_merged,
        sensor_log,
        hemi_physio,
        sp_sw_har,
        phyphox,
        connectivity_bridge,
    )
)
"""Formats with stamps; a header that fits two of them is read by the first."""

DESCRIPTIONS = (
    *(reader.description for reader in TABLE_READERS if reader.read is not connectivity_bridge.read),
    seglearn.DESCRIPTION,
    batched_pair.DESCRIPTION,
    pads.DESCRIPTION,
)


KNOWN = tuple(description.split(" (")[0] for description in DESCRIPTIONS)
"""The formats without the names of their columns, which docs/recordings.md lists."""


def read_recording(path: Path, rate_hz: float | None = None, mapping_file: Path | None = None) -> Recording:
    """Read a watch recording: one file, or a folder or zip with the files of one recording.

    Args:
        path: file, folder or zip; gzip is unpacked.
        rate_hz: sample rate for a format without stamps.
        mapping_file: mapping TOML for a CSV of any other logger.

    Raises:
        InputDataError: nothing there, an unknown format, a missing sensor, or a cell that is no number.
        UsageError: ``rate_hz`` for a format that has its own stamps, or a mapping that cannot be used.
    """
    if rate_hz is not None and not (math.isfinite(rate_hz) and rate_hz > 0):
        raise UsageError("the sample rate is not usable", expected="a rate above 0 Hz", got=f"{rate_hz!r}")
    columns = None if mapping_file is None else mapping.read_mapping(mapping_file)
    source = open_source(path)
    if source.kind == "file" or columns is not None:
        file = _only_file(source)
        return _read_mapped(file, columns, rate_hz) if columns is not None else _read_file(file, rate_hz)
    return _read_many(source, rate_hz)


def proposed_mapping(path: Path) -> str:
    """Return the text of a mapping file for one CSV, filled in as far as its header and first rows tell.

    Raises:
        InputDataError: nothing there, several files, or no table with a header.
    """
    file = _only_file(open_source(path))
    table = parse_table(file.data(), file.where)
    if header_names(file.head()) is None:
        raise _without_header(file)
    return propose(table)


def _read_file(file: SourceFile, rate_hz: float | None) -> Recording:
    """Read one file by its header, or by its first bytes where it has none."""
    head = file.head()
    if head.lstrip()[:1] in (b"{", b"["):
        return _without_rate(file, rate_hz, partial(pads.read_observation, file))
    table = parse_table(file.data(), file.where)
    if header_names(head) is None:
        if len(table.header) == len(batched_pair.COLUMNS):
            raise batched_pair.half_alone(file)
        if len(table.header) == len(pads.CHANNELS):
            return _without_rate(file, rate_hz, partial(pads.read_series, file))
        raise _without_header(file)
    if seglearn.matches(table.header):
        return seglearn.read(file, table, rate_hz)
    for reader in TABLE_READERS:
        if reader.matches(table.header):
            return _without_rate(file, rate_hz, partial(reader.read, file, table))
    if {"seconds_elapsed", "x", "y", "z"} <= set(table.header):
        raise InputDataError(
            "this is one sensor of a Sensor Logger recording",
            where=f"{file.where}, row {table.header_line}",
            expected="WristMotion.csv, which holds gyroscope, gravity and acceleration of the watch together",
            got=", ".join(table.header)[:200],
            next_step="give the whole folder or zip, or its WristMotion.csv",
        )
    raise UnknownFormatError(table)


def _read_mapped(file: SourceFile, columns: mapping.Mapping, rate_hz: float | None) -> Recording:
    """Read one file with a mapping."""
    if rate_hz is not None:
        raise UsageError(
            "the mapping says how time is measured",
            where=file.where,
            got=f"a sample rate of {rate_hz:g} Hz beside it",
            next_step="leave the rate out, or write rate_hz into the mapping in place of [time]",
        )
    return mapping.read(file, parse_table(file.data(), file.where), columns)


def _read_many(source: Source, rate_hz: float | None) -> Recording:
    """Read a folder or a zip: the one recording in it."""
    files = [(file, header_names(file.head())) for file in source.files if file.name.suffix != ".json"]
    named = [(file, header) for file, header in files if header is not None]
    found = [
        file for file, header in named if not file.name.name.startswith(_OTHER_DEVICE) and _is_whole_recording(header)
    ]
    if len(found) == 1:
        return _read_file(found[0], rate_hz)
    if len(found) > 1:
        raise InputDataError(
            f"several watch recordings inside: {len(found)}",
            where=source.where,
            expected="the files of one recording",
            got=listed([str(file.name) for file in found]),
            next_step="give one of them",
        )
    if parts := [(file, header) for file, header in named if phyphox.matches(header)]:
        return _without_rate(source, rate_hz, partial(phyphox.read_folder, parts, source.where))
    descriptions = [file for file in source.files if pads.is_observation(file.head())]
    if len(descriptions) == 1:
        return _without_rate(source, rate_hz, partial(pads.read_observation, descriptions[0]))
    halves = [file for file, header in files if header is None and _cells(file) == len(batched_pair.COLUMNS)]
    if halves:
        return _without_rate(source, rate_hz, partial(batched_pair.read_folder, halves, source.where))
    if len(named) == 1 and len(named[0][1]) >= _FEWEST_COLUMNS:
        return _read_file(named[0][0], rate_hz)
    raise _nothing_inside(source, [file for file, header in named if "seconds_elapsed" in header])


def _is_whole_recording(header: tuple[str, ...]) -> bool:
    """Return whether one file with this header is a recording by itself, perhaps with a sensor missing."""
    if phyphox.matches(header):
        return any("rad/s" in name for name in header) and any("m/s" in name for name in header)
    return seglearn.matches(header) or any(reader.matches(header) for reader in TABLE_READERS)


def _cells(file: SourceFile) -> int:
    """Return how many cells the first row of a file has; 0 when it is no text."""
    try:
        return len(parse_table(file.head(), file.where).header)
    except InputDataError:
        return 0


def _only_file(source: Source) -> SourceFile:
    """Return the one file; refuse a folder or zip with several, because a mapping is for one table."""
    if len(source.files) != 1:
        raise InputDataError(
            "a mapping is for one CSV file",
            where=source.where,
            expected="a file",
            got=f"a {source.kind} with {source.listing()}",
            next_step="give one of the files in it",
        )
    return source.files[0]


def _without_rate(place: Source | SourceFile, rate_hz: float | None, read: Callable[[], Recording]) -> Recording:
    """Read a format with stamps; refuse a sample rate beside them."""
    if rate_hz is not None:
        raise UsageError(
            "this recording carries its own stamps",
            where=place.where,
            got=f"a sample rate of {rate_hz:g} Hz",
            next_step="leave the rate out",
        )
    return read()


def _without_header(file: SourceFile) -> InputDataError:
    return InputDataError(
        "the first line is no header: it has no names of columns",
        where=file.where,
        expected="one line with the names of the columns, then the rows",
        got=f"{_cells(file)} cells, all numbers",
        next_step="put the columns' names into the first line, then run `qleap watch mapping` on the file",
    )


def _nothing_inside(source: Source, phone: list[SourceFile]) -> InputDataError:
    """Return the refusal of a folder or zip without a recording; it says what is in there."""
    if phone:
        what = f"the {source.kind} holds no motion of a watch, only sensors of a phone"
        step = "switch 'Wrist Motion' on in Sensor Logger, with the watch app open, and record again"
    else:
        what = f"the {source.kind} holds no watch motion file"
        step = "give the folder, zip or CSV that the logger app exported"
    return InputDataError(
        what,
        where=source.where,
        expected=f"a file of {'; '.join(KNOWN)}",
        got=source.listing(),
        next_step=step,
    )
