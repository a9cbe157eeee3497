"""The CSV of the sp-sw-har data set (Android watch): ``x_acc,y_acc,z_acc,x_gyro,y_gyro,z_gyro,timestamp,label``.

Total acceleration in m/s² with physical sign (about +9.81 up at rest), angular velocity in rad/s, milliseconds since 1970.

Source: Matey-Sanz, Casteleyn & Granell, "Dataset of inertial measurements of smartphones and smartwatches for human activity
recognition", Data in Brief 51 (2023), 10.1016/j.dib.2023.109809.
"""

from qleap_edge.alignment.readers.source import SourceFile, digest
from qleap_edge.alignment.readers.table import Table
from qleap_edge.alignment.recording import Recording
from qleap_edge.core.errors import InputDataError

FORMAT = "sp-sw-har"
DESCRIPTION = "sp-sw-har CSV (x_acc, y_acc, z_acc, x_gyro, y_gyro, z_gyro, timestamp)"

ACCELERATION = ("x_acc", "y_acc", "z_acc")
ROTATION_RATE = ("x_gyro", "y_gyro", "z_gyro")
TIME = "timestamp"


def matches(header: tuple[str, ...]) -> bool:
    """Return whether a header is of this format, complete or without its gyroscope."""
    return {*ACCELERATION, TIME} <= set(header)


def read(file: SourceFile, table: Table) -> Recording:
    """Return the recording.

    Raises:
        InputDataError: the gyroscope is missing or a cell is not a number.
    """
    if not table.has(*ROTATION_RATE):
        raise InputDataError(
            "the recording has no x_gyro, y_gyro, z_gyro: the gyroscope is missing",
            where=f"{table.where}, row {table.header_line}",
            expected=", ".join(ROTATION_RATE),
            got=", ".join(table.header)[:200],
            next_step="export the angular velocity too; acceleration alone is not enough for the model",
        )
    values = table.numbers([*ACCELERATION, *ROTATION_RATE])
    return Recording(
        format=FORMAT,
        path=file.where,
        sha256=digest(file.data()),
        time_s=table.seconds(TIME, "ms"),
        specific_force=values[:, :3],
        angular_velocity=values[:, 3:],
    )
