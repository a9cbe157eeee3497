"""Captures that an app sent from watch to phone packet by packet (WatchConnectivity): refused, because gravity is missing.

``ax, ay, az`` is CoreMotion's user acceleration, from which gravity has been taken out. The specific force that the model needs
is their sum, and it cannot be rebuilt.
"""

from qleap_edge.alignment.readers.source import SourceFile
from qleap_edge.alignment.readers.table import Table
from qleap_edge.alignment.recording import Recording
from qleap_edge.core.errors import InputDataError

DESCRIPTION = "WatchConnectivity bridge (sequence, watch_sent_at, ts, ax, rx): cannot be used, gravity is missing"


def matches(header: tuple[str, ...]) -> bool:
    """Return whether a header is of this format."""
    return {"sequence", "watch_sent_at", "ts", "rx"} <= set(header)


def read(file: SourceFile, table: Table) -> Recording:
    """Refuse the capture.

    Raises:
        InputDataError: always.
    """
    raise InputDataError(
        "a WatchConnectivity capture holds user acceleration only: gravity is missing, and without it the specific force "
        "cannot be rebuilt",
        where=f"{file.where}, row {table.header_line}",
        expected="gravity beside user acceleration, or the total acceleration",
        got=", ".join(table.header)[:200],
        next_step="let the app write CMDeviceMotion.gravity too, on the watch, and send the file with transferFile",
    )
