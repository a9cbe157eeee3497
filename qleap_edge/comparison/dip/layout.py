"""The folder of DIP-IMU: subjects, recordings, sensors, and which files of the test subjects are there.

Source: the data set's description and its authors' answers (dip.is.tue.mpg.de, eth-ait/dip18 issue 16); lengths from the
labels published with jyf588/transformer-inertial-poser.
"""

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from qleap_edge.alignment.wear import Side
from qleap_edge.core.errors import InputDataError

ADDRESS = "https://dip.is.tue.mpg.de"
RATE_HZ = 60.0
MAX_BYTES = 256 * 2**20
"""Of a file, and of what an archive unpacks to. The longest recording of the test subjects has about 10 MB of each key."""

SENSORS = (
    "head", "spine2", "belly", "lchest", "rchest", "lshoulder", "rshoulder", "lelbow", "relbow", "lhip", "rhip", "lknee",
    "rknee", "lwrist", "rwrist", "lankle", "rankle",
)  # fmt: skip
"""Sensor order. A name is the upper joint of the bone that carries the sensor; the published list prints ``lwrist`` twice,
and entry 14 is the right wrist. Entries 7 and 8 lie on the forearm, where a watch is worn; 13 and 14 lie on the hand."""

WRIST_SENSOR = {Side.LEFT: SENSORS.index("lelbow"), Side.RIGHT: SENSORS.index("relbow")}
TEST_FRAMES: dict[str, dict[str, int]] = {
    "s_09": {
        "01_a": 4756, "01_b": 2640, "01_c": 2135, "02_a": 2766, "02_b": 2558, "03_a": 2906, "03_b": 3014, "04": 1187,
        "05": 4538,
    },
    "s_10": {
        "01_a": 5608, "01_b": 3329, "01_c": 2283, "02": 3618, "03_a": 3037, "03_b": 3750, "04_a": 864, "04_b": 1510,
        "04_c": 2050, "05": 5426,
    },
}  # fmt: skip
"""Subject → recording → frames at 60 Hz of the two subjects on whom all papers test."""

_NAME = re.compile(r"(\d\d(?:_[a-z])?)\.(pkl|npz)")
_NORMALISED = ("imu_own_training.npz", "imu_own_test.npz", "imu_own_validation.npz")
_TREE = "s_09/01_a.pkl … s_09/05.pkl and s_10/01_a.pkl … s_10/05.pkl"
_GET = f"register at {ADDRESS}, download the raw (not normalised) DIP-IMU, and give its folder DIP_IMU"


@dataclass(frozen=True)
class RecordingFile:
    """One recording of a test subject."""

    subject: str
    name: str
    path: Path

    @property
    def key(self) -> str:
        """Subject and recording, as in ``s_09/01_a``."""
        return f"{self.subject}/{self.name}"

    @property
    def expected_frames(self) -> int | None:
        """Length of this recording in the published data; None for one that is not in the list."""
        return TEST_FRAMES.get(self.subject, {}).get(self.name)


@dataclass(frozen=True)
class Recordings:
    """The recordings of the test subjects that a folder has."""

    files: tuple[RecordingFile, ...]
    missing: tuple[str, ...]
    """Keys of published recordings that are not there."""


def find_recordings(data: Path, *, allow_partial: bool = False) -> Recordings:
    """List the recordings of the test subjects s_09 and s_10; no file is opened.

    Args:
        data: the folder that holds s_09 and s_10.
        allow_partial: go on although published recordings are missing.

    Raises:
        InputDataError: there is no such folder, it holds no recording, a name is not one of the data set, a recording is
            there twice, or recordings are missing.
    """
    top = _names(data)
    found: list[RecordingFile] = []
    for subject in TEST_FRAMES:
        if subject in top:
            found += _of_subject(data / subject, subject)
    if not found:
        normalised = [name for name in _NORMALISED if name in top]
        raise InputDataError(
            "no recording of a test subject",
            where=data,
            expected=_TREE,
            got=f"{normalised[0]}, which is the root-normalised form with 5 sensors" if normalised else _some(top),
            next_step=f"give the folder {data / 'DIP_IMU'}" if "DIP_IMU" in top else _GET,
        )
    there = {file.key for file in found}
    wanted = [f"{subject}/{name}" for subject, names in TEST_FRAMES.items() for name in names]
    missing = tuple(key for key in wanted if key not in there)
    if missing and not allow_partial:
        raise InputDataError(
            f"{len(missing)} of {len(wanted)} published recordings of the test subjects are missing",
            where=data,
            expected=_TREE,
            got=f"without {', '.join(missing)}",
            next_step="add them, or give --allow-partial: the result then says what is missing",
        )
    return Recordings(tuple(found), missing)


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a regular file that is not too large; a link is not followed, and a pipe is not waited for.

    Raises:
        InputDataError: it cannot be read, is no regular file, is empty, or is larger than :data:`MAX_BYTES`.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as problem:
        link = path.is_symlink()
        raise InputDataError(
            "a recording must be a regular file" if link else f"cannot read the file ({problem.strerror})",
            where=path,
            expected="a regular file",
            got="a symbolic link" if link else "none that can be opened",
            next_step="copy the file to this place" if link else "check the file and its permissions",
        ) from problem
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise InputDataError(
                "a recording must be a regular file",
                where=path,
                expected="a regular file",
                got="a folder" if stat.S_ISDIR(found.st_mode) else "a pipe, socket or device",
                next_step="copy the recording to this place",
            )
        if not 0 < found.st_size <= MAX_BYTES:
            raise InputDataError(
                "the file is empty" if not found.st_size else "the file is too large",
                where=path,
                expected=f"1 to {MAX_BYTES:,} bytes",
                got=f"{found.st_size:,} bytes",
                next_step="download the file again",
            )
        with os.fdopen(descriptor, "rb", closefd=False) as handle:
            return handle.read(MAX_BYTES)
    finally:
        os.close(descriptor)


def _of_subject(folder: Path, subject: str) -> list[RecordingFile]:
    found: dict[str, RecordingFile] = {}
    for entry in sorted(_names(folder)):
        if entry.startswith("."):
            continue
        match = _NAME.fullmatch(entry)
        if match is None:
            raise InputDataError(
                "this is not the name of a recording",
                where=folder / entry,
                expected="two digits, perhaps a letter, .pkl or .npz, as in 01_a.pkl",
                got=entry,
                next_step="move what is not part of DIP-IMU out of this folder",
            )
        name = match.group(1)
        if name in found:
            raise InputDataError(
                "the same recording is there twice",
                where=folder / entry,
                expected="one file a recording",
                got=f"{found[name].path.name} and {entry}",
                next_step="keep one of the two files",
            )
        found[name] = RecordingFile(subject, name, folder / entry)
    return list(found.values())


def _names(folder: Path) -> set[str]:
    try:
        return {entry.name for entry in folder.iterdir()}
    except OSError as problem:
        raise InputDataError(
            f"cannot read the folder ({problem.strerror})",
            where=folder,
            expected=f"a folder with {_TREE}",
            got="a file" if folder.is_file() else "no such folder",
            next_step=_GET,
        ) from problem


def _some(names: set[str]) -> str:
    shown = sorted(names)[:5]
    return "an empty folder" if not shown else ", ".join(shown) + (" …" if len(names) > len(shown) else "")
