"""The HemiPhysio export of CoreMotion's device motion: ``TimeStamp``, ``DMRot*``, ``DMGrv*``, ``DMUAccel*``, ``DMQuat*``.

g with Apple's sign, rad/s, seconds. The public data set has 20 Hz, which is below what the model needs; files of 100 Hz exist.
"""

from qleap_edge.alignment.readers.core_motion import core_motion_recording, named, require_sensors
from qleap_edge.alignment.readers.source import SourceFile
from qleap_edge.alignment.readers.table import Table
from qleap_edge.alignment.recording import Recording

FORMAT = "hemi-physio"
DESCRIPTION = "HemiPhysio export (TimeStamp, DMRotX, DMGrvX, DMUAccelX, ...)"

TIME = "TimeStamp"
COLUMNS = named(("DMRot", "DMGrv", "DMUAccel", "DMQuat"))


def matches(header: tuple[str, ...]) -> bool:
    """Return whether a header is of this format, complete or with a sensor missing."""
    return TIME in header and any(name in header for name in ("DMRotX", "DMGrvX", "DMUAccelX"))


def read(file: SourceFile, table: Table) -> Recording:
    """Return the recording.

    Raises:
        InputDataError: a sensor is missing or a cell is not a number.
    """
    require_sensors(table, COLUMNS, "export gyroscope, gravity and user acceleration")
    notes = []
    for column in ("Wrist", "Side"):
        if table.has(column):
            said = table.text_rows()[0][table.header.index(column)].strip()
            notes.append(f"the file says {column} = {said[:20]}")
    return core_motion_recording(file, table, COLUMNS, table.seconds(TIME, "s"), name=FORMAT, notes=tuple(notes))
