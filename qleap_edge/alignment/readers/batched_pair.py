"""What an app writes from CMBatchedSensorManager: two files without a header, ``seconds since boot, x, y, z``.

One holds the rotation rate (rad/s, about 200 Hz), the other the total acceleration (g, Apple's sign, about 800 Hz). The faster
one is the acceleration; where both have one rate the file names must say which is which.
"""

from collections.abc import Sequence

import numpy as np

from qleap_edge.alignment.conventions import specific_force_from_total
from qleap_edge.alignment.readers.pairing import Series, at_stamps_of
from qleap_edge.alignment.readers.source import SourceFile, digest
from qleap_edge.alignment.readers.table import parse_table
from qleap_edge.alignment.recording import Recording
from qleap_edge.core.errors import InputDataError

FORMAT = "batched-pair"
DESCRIPTION = (
    "a folder or zip with the two headerless files of CMBatchedSensorManager (t, x, y, z: rotation, acceleration)"
)

COLUMNS = ("t", "x", "y", "z")
_FASTER = 1.5  # 800 against 200 Hz; the same sensor never differs so much from itself


def read_folder(files: Sequence[SourceFile], where: str) -> Recording:
    """Return the recording of two files; the acceleration is taken at the stamps of the rotation rate.

    Raises:
        InputDataError: not two files, it cannot be seen which is which, or a cell is not a number.
    """
    if len(files) != 2:
        raise InputDataError(
            "a recording of CMBatchedSensorManager has two files without a header",
            where=where,
            expected="one with the rotation rate, one with the acceleration",
            got=", ".join(str(file.name) for file in files[:6]),
            next_step="put the two files of one recording into a folder of their own and give that",
        )
    one, two = (_series(file) for file in files)
    names = [file.name.name.lower() for file in files]
    if two.rate_hz > _FASTER * one.rate_hz > 0:
        gyroscope, acceleration = one, two
    elif one.rate_hz > _FASTER * two.rate_hz > 0:
        gyroscope, acceleration = two, one
    elif "acc" in names[1] and "acc" not in names[0]:
        gyroscope, acceleration = one, two
    elif "acc" in names[0] and "acc" not in names[1]:
        gyroscope, acceleration = two, one
    else:
        raise InputDataError(
            "it cannot be seen which of the two files holds the acceleration",
            where=where,
            expected="a faster one (800 Hz), or 'acc' in the name of one",
            got=", ".join(names),
            next_step="rename the file with the acceleration so that its name contains 'acc'",
        )
    time_s, total_g, rate = at_stamps_of(gyroscope, acceleration)
    return Recording(
        format=FORMAT,
        path=where,
        sha256=digest(*(file.data() for file in files)),
        time_s=time_s,
        specific_force=specific_force_from_total(total_g),
        angular_velocity=rate,
        notes=(f"{acceleration.where} ({acceleration.rate_hz:.0f} Hz) brought to the stamps of {gyroscope.where}",),
    )


def half_alone(file: SourceFile) -> InputDataError:
    """Return the refusal of one such file without the other."""
    return InputDataError(
        "this file has no header and four columns of numbers: one of two files of CMBatchedSensorManager?",
        where=file.where,
        expected="the folder with the rotation rate and the acceleration",
        got="one file",
        next_step="give the folder that holds both; for another logger, put the columns' names into the first line",
    )


def _series(file: SourceFile) -> Series:
    table = parse_table(file.data(), file.where, COLUMNS)
    stamps = table.numbers(["t"], limit=1e10)[:, 0]
    return Series(file.where, np.asarray(stamps), table.numbers(list(COLUMNS[1:])))
