"""Real motion with ideal wrist sensors: one ``.npz`` of optical motion capture, checked before it is used.

The file holds joint positions of a person, the signals of an ideal sensor on each wrist, and a label for each sample that a
human gave. It is used for evaluation only, never for training.
"""

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int64
from scipy.spatial.transform import Rotation

from qleap_edge.core.errors import InputDataError
from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.core.manifest import sha256_file
from qleap_edge.core.skeleton import JOINT_COUNT, JOINT_INDEX, JOINT_NAMES

SIDES = ("left", "right")
MAX_BYTES = 2**30  # unpacked: a small archive must not fill the memory
_SENSOR_SHAPES = {"specific_force": (3,), "angular_velocity": (3,), "orientation_wxyz": (4,)}
_REAL = {"time": (), "joints": (JOINT_COUNT, 3)} | {
    f"{side}_{name}": shape for side in SIDES for name, shape in _SENSOR_SHAPES.items()
}
KEYS = ("joint_names", *_REAL, "action", "action_names")

_THIGH_M = (0.25, 0.65)  # of any adult, with a margin; positions in millimetres or body heights lie outside
_GRAVITY_SLACK = (
    0.05  # of the mean vertical specific force: a person who stays on the floor cannot exceed it in seconds
)
_TURN_SLACK = 0.1  # of the slope between the gyroscope and the turn of the orientation


@dataclass(frozen=True)
class MotionCapture:
    """One trial at its own rate."""

    path: Path
    sha256: str
    time_s: Float[np.ndarray, " time"]
    joints: Float[np.ndarray, "time 17 3"]
    """World frame, z up, m."""
    imu: Mapping[str, Float[np.ndarray, "time 6"]]
    """Side → specific force (m/s²) and angular velocity (rad/s) in frame C of that wrist; a right arm is not mirrored."""
    action: Int64[np.ndarray, " time"]
    action_names: tuple[str, ...]

    def labelled(self, name: str) -> Bool[np.ndarray, " time"]:
        """Return which samples have a label.

        Raises:
            InputDataError: there is no such label, or no sample has it.
        """
        if name not in self.action_names:
            raise InputDataError(
                f"no action is called {name!r}",
                where=f"{self.path}, key 'action_names'",
                expected=f"one of {', '.join(self.action_names)}",
            )
        found = self.action == self.action_names.index(name)
        if not found.any():
            raise InputDataError(
                f"no sample is labelled {name!r}",
                where=f"{self.path}, key 'action'",
                next_step="choose a trial that holds this action",
            )
        return np.asarray(found)


def read_motion_capture(path: Path) -> MotionCapture:
    """Read and check one trial; nothing in the file is ever unpickled.

    The checks include three identities: a thigh's length is that of an adult in metres, the specific force in the world frame
    averages to gravity pointing up, and the orientation turns at the rate of the gyroscope.

    Raises:
        InputDataError: the file cannot be read, a key is missing, of the wrong shape or kind, a value is not finite, or an
            identity fails; the message names file, key and row.
    """
    arrays = _read_arrays(path)
    _check_names(path, arrays["joint_names"])
    count = len(arrays["time"]) if arrays["time"].ndim == 1 else -1
    for key, shape in _REAL.items():
        arrays[key] = _real(path, key, arrays[key], (count, *shape))
    _check_time(path, arrays["time"])
    _check_thighs(path, arrays["joints"])
    for side in SIDES:
        _check_wrist(path, side, arrays)
    names = _action_names(path, arrays["action_names"])
    return MotionCapture(
        path=path,
        sha256=sha256_file(path),
        time_s=arrays["time"],
        joints=arrays["joints"],
        imu={side: np.hstack([arrays[f"{side}_specific_force"], arrays[f"{side}_angular_velocity"]]) for side in SIDES},
        action=_actions(path, arrays["action"], count, len(names)),
        action_names=names,
    )


def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(item.file_size for item in archive.infolist())
        if size > MAX_BYTES:
            raise InputDataError(
                "the file is too large", where=path, expected=f"at most {MAX_BYTES} bytes unpacked", got=f"{size} bytes"
            )
        with np.load(path, allow_pickle=False) as stored:
            missing = [key for key in KEYS if key not in stored.files]
            if missing:
                raise _wrong(path, missing[0], "the key is missing", expected=", ".join(KEYS))
            return {key: _member(path, stored, key) for key in KEYS}
    except (OSError, zipfile.BadZipFile) as problem:
        raise InputDataError(
            "cannot read the motion capture",
            where=path,
            expected="an .npz archive",
            got=str(problem),
            next_step="restore the file from its source",
        ) from problem


def _member(path: Path, stored: Mapping[str, np.ndarray], key: str) -> np.ndarray:
    try:
        found: object = stored[key]  # bytes, if the member is no array
    except (ValueError, EOFError, KeyError, OSError, zipfile.BadZipFile, zlib.error) as problem:
        raise _wrong(path, key, "cannot read the array", expected="a plain array", got=str(problem)) from problem
    if not isinstance(found, np.ndarray):
        raise _wrong(path, key, "cannot read the array", expected="a plain array", got=type(found).__name__)
    return found


def _wrong(
    path: Path, key: str, what: str, *, row: int | None = None, expected: str | None = None, got: str | None = None
) -> InputDataError:
    place = f"{path}, key {key!r}" + ("" if row is None else f", row {row}")
    return InputDataError(what, where=place, expected=expected, got=got, next_step="restore the file from its source")


def _check_names(path: Path, names: np.ndarray) -> None:
    if names.shape != (JOINT_COUNT,) or names.dtype.kind != "U":
        raise _wrong(
            path,
            "joint_names",
            "wrong shape or kind",
            expected=f"{JOINT_COUNT} names",
            got=f"{names.dtype} {names.shape}",
        )
    for row, (wanted, got) in enumerate(zip(JOINT_NAMES, names, strict=True)):
        if wanted != got:
            raise _wrong(path, "joint_names", "another joint order", row=row, expected=repr(wanted), got=repr(str(got)))


def _real(path: Path, key: str, values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    if values.shape != shape or values.dtype.kind != "f" or shape[0] < 2:
        wanted = f"floating point {shape}" if shape[0] >= 2 else "floating point, one row a sample, two rows at least"
        raise _wrong(path, key, "wrong shape or kind", expected=wanted, got=f"{values.dtype} {values.shape}")
    bad = ~np.isfinite(values)
    if bad.any():
        raise _wrong(path, key, "a value is not a number", row=int(np.argwhere(bad)[0][0]), expected="finite values")
    return values.astype(np.float64)


def _check_time(path: Path, time_s: Float[np.ndarray, " time"]) -> None:
    late = np.diff(time_s) > 0
    if not late.all():
        row = int(np.argmin(late)) + 1
        raise _wrong(
            path,
            "time",
            "the stamps do not increase",
            row=row,
            expected=f"more than {time_s[row - 1]:g} s",
            got=f"{time_s[row]:g} s",
        )


def _check_thighs(path: Path, joints: Float[np.ndarray, "time 17 3"]) -> None:
    low, high = _THIGH_M
    for side in SIDES:
        length = np.linalg.norm(joints[:, JOINT_INDEX[f"{side}_hip"]] - joints[:, JOINT_INDEX[f"{side}_knee"]], axis=1)
        wrong = (length < low) | (length > high)
        if wrong.any():
            row = int(np.argmax(wrong))
            raise _wrong(
                path,
                "joints",
                f"the {side} thigh's length is not that of an adult in metres",
                row=row,
                expected=f"{low:g} to {high:g} m",
                got=f"{length[row]:.4g}",
            )


def _check_wrist(path: Path, side: str, arrays: Mapping[str, np.ndarray]) -> None:
    """Check that a wrist's three signals agree: unit quaternions, gravity up, and the turn of the gyroscope."""
    key = f"{side}_orientation_wxyz"
    norm = np.linalg.norm(arrays[key], axis=1)
    off = np.abs(norm - 1.0) > 1e-3
    if off.any():
        row = int(np.argmax(off))
        raise _wrong(path, key, "not a unit quaternion", row=row, expected="norm 1", got=f"norm {norm[row]:.4g}")
    turn = Rotation.from_quat(arrays[key], scalar_first=True)
    up = float(turn.apply(arrays[f"{side}_specific_force"])[:, 2].mean())
    if abs(up / STANDARD_GRAVITY - 1.0) > _GRAVITY_SLACK:
        raise _wrong(
            path,
            f"{side}_specific_force",
            "in the world frame it does not average to gravity pointing up: wrong unit, sign or frame",
            expected=f"{STANDARD_GRAVITY:.2f} m/s² within {_GRAVITY_SLACK:.0%}",
            got=f"{up:.4g}",
        )
    rate = arrays[f"{side}_angular_velocity"]
    measured = (turn[:-1].inv() * turn[1:]).as_rotvec() / np.diff(arrays["time"])[:, None]
    felt = 0.5 * (rate[:-1] + rate[1:])
    slope = float((measured * felt).sum() / max(float((felt * felt).sum()), 1e-12))
    if abs(slope - 1.0) > _TURN_SLACK:
        raise _wrong(
            path,
            f"{side}_angular_velocity",
            "the orientation does not turn at this rate: wrong unit or frame",
            expected=f"slope 1 within {_TURN_SLACK:.0%}",
            got=f"{slope:.4g}",
        )


def _action_names(path: Path, names: np.ndarray) -> tuple[str, ...]:
    if names.ndim != 1 or names.dtype.kind != "U":
        raise _wrong(
            path, "action_names", "wrong shape or kind", expected="a list of names", got=f"{names.dtype} {names.shape}"
        )
    return tuple(str(name) for name in names)


def _actions(path: Path, action: np.ndarray, count: int, names: int) -> Int64[np.ndarray, " time"]:
    if action.shape != (count,) or action.dtype.kind not in "iu":
        raise _wrong(
            path, "action", "wrong shape or kind", expected=f"integers ({count},)", got=f"{action.dtype} {action.shape}"
        )
    unknown = (action < 0) | (action >= names)
    if unknown.any():
        row = int(np.argmax(unknown))
        raise _wrong(
            path, "action", "an action without a name", row=row, expected=f"0 to {names - 1}", got=str(action[row])
        )
    return action.astype(np.int64)
