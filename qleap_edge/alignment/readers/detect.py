"""Read a recording in the format that the names in its header show; position and file name do not matter."""

from pathlib import Path

from qleap_edge.alignment.readers import seglearn, sensor_logger
from qleap_edge.alignment.readers.source import open_source
from qleap_edge.alignment.readers.table import parse_table
from qleap_edge.alignment.recording import Recording
from qleap_edge.core.errors import InputDataError, UsageError


def read_recording(path: Path, rate_hz: float | None = None) -> Recording:
    """Read a watch recording: a CSV, or a folder or zip with a ``WristMotion.csv`` in it.

    Args:
        path: file or folder.
        rate_hz: sample rate for a format without stamps.

    Raises:
        InputDataError: nothing there, an unknown format, a missing sensor, or a cell that is no number.
        UsageError: ``rate_hz`` for a format that has its own stamps.
    """
    source = open_source(path)
    table = parse_table(source.data, source.where)
    if seglearn.matches(table.header):
        return seglearn.read(source, table, rate_hz)
    if sensor_logger.matches(table.header):
        if rate_hz is not None:
            raise UsageError(
                "this recording carries its own stamps",
                where=source.where,
                got=f"a sample rate of {rate_hz:g} Hz",
                next_step="leave the rate out",
            )
        return sensor_logger.read(source, table)
    raise InputDataError(
        "not a recording in a known format",
        where=f"{source.where}, row {table.header_line}",
        expected=f"one of: {sensor_logger.DESCRIPTION}; {seglearn.DESCRIPTION}",
        got=", ".join(table.header)[:120],
        next_step="export the recording in one of these formats",
    )
