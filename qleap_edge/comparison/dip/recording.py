"""One recording of DIP-IMU: read without executing anything, and every array checked.

Two forms are read. ``.pkl`` is the published one, a Python 2 pickle of a dictionary. ``.npz`` holds the same arrays under the
same keys, for users who convert the data once.
"""

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from qleap_edge.comparison.dip.layout import MAX_BYTES, RATE_HZ, SENSORS, RecordingFile, read_bytes
from qleap_edge.comparison.dip.plain_pickle import read_plain_pickle
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.manifest import sha256_bytes

SMPL_JOINTS = 24
TRIM_FRAMES = 6
"""Frames that are dropped at each end of a recording, as TransPose, PIP, IMUPoser and MobilePoser do."""

MIN_FRAMES = 252  # one window of four seconds between the trimmed ends
_SHAPES: dict[str, tuple[int, ...]] = {
    "imu_ori": (len(SENSORS), 3, 3),
    "imu_acc": (len(SENSORS), 3),
    "gt": (3 * SMPL_JOINTS,),
}
KEYS = tuple(_SHAPES)
_MAX_TURN_RAD = 15.0  # an axis-angle in degrees exceeds it at once; one in radians of a fitted body never does
_MAX_ACCELERATION = 500.0  # m/s²; the sensors of the data set end at 160
_RESTORE = "download the file again, or restore it from your copy"


@dataclass(frozen=True)
class DipRecording:
    """One recording at 60 Hz, with the gaps that it has."""

    file: RecordingFile
    sha256: str
    orientation: Float64[np.ndarray, "t 17 3 3"]
    """Bone to the global frame of SMPL: x to the left, y up, z ahead of the body in its T-pose. NaN in gaps."""
    acceleration: Float64[np.ndarray, "t 17 3"]
    """m/s², global frame, gravity removed. NaN in gaps."""
    pose: Float64[np.ndarray, "t 24 3"]
    """Rotation vectors (rad) of the 24 joints of SMPL, each in its parent's frame; the root's in the global frame."""

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.pose)


def read_recording(file: RecordingFile) -> DipRecording:
    """Read and check one recording.

    Raises:
        InputDataError: the file cannot be read, is damaged, holds more than plain arrays, or a key is missing, or of another
            shape, kind or unit; the message names file and key.
    """
    data = read_bytes(file.path)
    stored = _from_npz(file, data) if file.path.suffix == ".npz" else _from_pickle(file, data)
    for key in KEYS:
        if key not in stored:
            raise _wrong(file, key, "the key is missing", ", ".join(KEYS), ", ".join(map(str, stored)) or "no key")
    arrays = {key: _array(file, key, stored[key]) for key in KEYS}
    for key in ("imu_acc", "gt"):
        if len(arrays[key]) != len(arrays["imu_ori"]):
            raise _wrong(
                file, key, "the arrays have different lengths", f"{len(arrays['imu_ori'])} frames", len(arrays[key])
            )
    _check_rate(file, stored)
    _check_units(file, arrays)
    return DipRecording(
        file=file,
        sha256=sha256_bytes(data),
        orientation=arrays["imu_ori"],
        acceleration=arrays["imu_acc"],
        pose=arrays["gt"].reshape(-1, SMPL_JOINTS, 3),
    )


def _from_pickle(file: RecordingFile, data: bytes) -> Mapping[object, object]:
    found = read_plain_pickle(data, file.path)
    if not isinstance(found, dict):
        raise InputDataError(
            "the pickle holds no dictionary",
            where=file.path,
            expected=f"a dictionary with {', '.join(KEYS)}",
            got=type(found).__name__,
            next_step=_RESTORE,
        )
    return found


def _from_npz(file: RecordingFile, data: bytes) -> Mapping[object, object]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(item.file_size for item in archive.infolist())
        if size > MAX_BYTES:
            raise InputDataError(
                "the archive is too large",
                where=file.path,
                expected=f"at most {MAX_BYTES:,} bytes unpacked",
                got=f"{size:,} bytes",
                next_step=_RESTORE,
            )
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            return {key: stored[key] for key in stored.files}
    except (ValueError, EOFError, KeyError, OSError, MemoryError, zipfile.BadZipFile, zlib.error) as problem:
        raise InputDataError(
            "the archive is damaged, or holds objects",
            where=file.path,
            expected=f"an .npz archive with the arrays {', '.join(KEYS)}",
            got=str(problem)[:120],
            next_step=_RESTORE,
        ) from None


def _array(file: RecordingFile, key: str, value: object) -> Float64[np.ndarray, "..."]:
    if not isinstance(value, np.ndarray):
        raise _wrong(file, key, "this is no array", "a NumPy array", type(value).__name__)
    if value.dtype.kind != "f" or value.dtype.itemsize < 4:
        raise _wrong(file, key, "wrong kind of number", "float32 or float64", value.dtype)
    shape = _SHAPES[key]
    if value.shape[1:] != shape:
        hint = ""
        if key != "gt" and value.ndim == len(shape) + 1 and value.shape[2:] == shape[1:]:
            hint = f", {value.shape[1]} sensors: the normalised form is not read"
        expected = f"(frames, {', '.join(map(str, shape))})"
        raise _wrong(file, key, "wrong shape", expected, f"{value.shape}{hint}")
    if len(value) < MIN_FRAMES:
        raise _wrong(file, key, "the recording is shorter than one window", f"at least {MIN_FRAMES} frames", len(value))
    if np.isinf(value).any():
        row = int(np.argwhere(np.isinf(value))[0][0])
        raise _wrong(file, key, f"an infinite number in frame {row}", "finite numbers, or NaN in gaps", "infinity")
    if np.isnan(value).all():
        raise _wrong(file, key, "there is no number at all", "numbers, and NaN in gaps only", "NaN everywhere")
    return value.astype(np.float64)


def _check_rate(file: RecordingFile, stored: Mapping[object, object]) -> None:
    """Refuse another rate where the file says one; most files of the data set do not."""
    if "frame_rate" not in stored:
        return
    try:
        rate = float(np.asarray(stored["frame_rate"], dtype=np.float64).reshape(()))
    except (TypeError, ValueError):
        raise _wrong(file, "frame_rate", "this is no rate", f"{RATE_HZ:g}", "no single number") from None
    if rate != RATE_HZ:
        raise _wrong(file, "frame_rate", "wrong rate", f"{RATE_HZ:g} Hz", f"{rate:g}")


def _check_units(file: RecordingFile, arrays: Mapping[str, Float64[np.ndarray, "..."]]) -> None:
    turn = float(np.nanmax(np.linalg.norm(arrays["gt"].reshape(-1, SMPL_JOINTS, 3), axis=-1)))
    if turn > _MAX_TURN_RAD:
        raise _wrong(
            file, "gt", "these are no rotation vectors in radians", f"at most {_MAX_TURN_RAD:g}", f"{turn:.1f}"
        )
    fast = float(np.nanmax(np.abs(arrays["imu_acc"])))
    if fast > _MAX_ACCELERATION:
        raise _wrong(
            file, "imu_acc", "these are no accelerations in m/s²", f"at most {_MAX_ACCELERATION:g}", f"{fast:.0f}"
        )


def _wrong(file: RecordingFile, key: str, what: str, expected: str, got: object) -> InputDataError:
    return InputDataError(
        what, where=f"{file.path}, key {key!r}", expected=expected, got=str(got)[:200], next_step=_RESTORE
    )
