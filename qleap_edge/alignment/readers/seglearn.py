"""The watch series of the seglearn package as text: ``ax,ay,az,wx,wy,wz``, no stamps.

Total acceleration in g with Apple's sign, angular velocity in rad/s, device axes, about 50 Hz. Without stamps gaps,
repeats and clock errors cannot be detected; the caller gives the rate.

Source: Burns et al., "Shoulder physiotherapy exercise recognition", Physiological Measurement 39 (2018);
arXiv:1802.01489.
"""

import numpy as np

from qleap_edge.alignment.conventions import specific_force_from_total
from qleap_edge.alignment.readers.source import SourceFile, digest
from qleap_edge.alignment.readers.table import Table
from qleap_edge.alignment.recording import Recording
from qleap_edge.core.errors import InputDataError

FORMAT = "seglearn"
DESCRIPTION = "seglearn watch series (exactly ax, ay, az, wx, wy, wz)"
DEFAULT_RATE_HZ = 50.0

ACCELERATION = ("ax", "ay", "az")
ROTATION_RATE = ("wx", "wy", "wz")


def matches(header: tuple[str, ...]) -> bool:
    """Return whether a header is of this format, complete or without its gyroscope."""
    return set(ACCELERATION) <= set(header) <= {*ACCELERATION, *ROTATION_RATE}


def read(file: SourceFile, table: Table, rate_hz: float | None = None) -> Recording:
    """Return the recording; ``rate_hz`` is its sample rate, 50 Hz when not given.

    Raises:
        InputDataError: the gyroscope is missing or a cell is not a number.
    """
    if not table.has(*ROTATION_RATE):
        raise InputDataError(
            "the recording has no wx, wy, wz: the gyroscope is missing",
            where=f"{table.where}, row {table.header_line}",
            expected=", ".join((*ACCELERATION, *ROTATION_RATE)),
            got=", ".join(table.header),
            next_step="export the angular velocity too; acceleration alone is not enough for the model",
        )
    rate = DEFAULT_RATE_HZ if rate_hz is None else rate_hz
    values = table.numbers([*ACCELERATION, *ROTATION_RATE])
    warning = () if rate_hz is not None else (f"no stamps in the file: {DEFAULT_RATE_HZ:g} Hz assumed",)
    return Recording(
        format=FORMAT,
        path=file.where,
        sha256=digest(file.data()),
        time_s=np.arange(len(values), dtype=np.float64) / rate,
        specific_force=specific_force_from_total(values[:, :3]),
        angular_velocity=values[:, 3:],
        stamped=False,
        notes=("no stamps: gaps, repeats and clock errors cannot be seen",),
        warnings=warning,
    )
