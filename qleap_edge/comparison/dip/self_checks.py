"""Does a recording mean what the published description says? Sensor order, sides, units, gravity and the global frame."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from qleap_edge.alignment.wear import Side
from qleap_edge.comparison.dip.gaps import MIRRORED_AXES, ORTHONORMAL_SLACK
from qleap_edge.comparison.dip.layout import SENSORS, WRIST_SENSOR, RecordingFile
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.frames import STANDARD_GRAVITY

FOREARM_JOINT = {Side.LEFT: 18, Side.RIGHT: 19}
"""Joint of SMPL that turns the forearm."""

_OTHERS = {18: "left forearm", 19: "right forearm", 4: "left shank", 5: "right shank", 16: "left upper arm",
           17: "right upper arm"}  # fmt: skip
_MAX_ANGLE_DEG = 45.0  # between a calibrated forearm and the fitted one, mean of a recording
_CLEAR_DEG = 5.0  # by which another bone must fit better before the order of the sensors is doubted
_FITS_DEG = 15.0  # a forearm that fits this well is not doubted
_MAX_MEAN_ACCELERATION = 3.0  # m/s²; without translation a mean of seconds is near 0, and gravity is 9.8
_FORCE = (0.85 * STANDARD_GRAVITY, 1.25 * STANDARD_GRAVITY)
_LEAST_UP = 0.3
"""Median of the root's y axis on the vertical: 1 upright, 0 lying, and 0 in a frame whose z points up."""

_ORDER = "check the order of the sensors, their sides, and that matrices turn from bone to global; use the raw DIP-IMU"


@dataclass(frozen=True)
class WristChecks:
    """What the checks measured of one forearm sensor."""

    forearm_angle_deg: float
    """Mean angle between the sensor's orientation and the fitted forearm."""
    mean_acceleration: float
    """Norm of the mean, m/s²."""
    median_force: float
    """Median norm of the specific force, m/s²; 9.8 for a person who is mostly at rest."""


def check_rotations(file: RecordingFile, side: Side, off: float) -> None:
    """Check that the matrices of one forearm sensor are rotations.

    Args:
        file: named in messages.
        side: wrist.
        off: how far the stored matrices were from rotations.

    Raises:
        InputDataError: they are none.
    """
    if off > ORTHONORMAL_SLACK:
        raise _wrong(
            file, "imu_ori", WRIST_SENSOR[side], "these are no rotation matrices",
            f"RᵀR - 1 below {ORTHONORMAL_SLACK:g}", "mirrored axes" if off >= MIRRORED_AXES else f"{off:.2g}",
        )  # fmt: skip


def check_wrist(
    file: RecordingFile,
    side: Side,
    orientation: Float64[np.ndarray, "t 3 3"],
    acceleration: Float64[np.ndarray, "t 3"],
    force: Float64[np.ndarray, "t 3"],
    turned: Float64[np.ndarray, "t 24 3 3"],
) -> WristChecks:
    """Check one forearm sensor of a recording.

    Args:
        file: named in messages.
        side: wrist.
        orientation: of the sensor, bone to global.
        acceleration: m/s², global frame, gravity removed.
        force: specific force of the sensor, m/s².
        turned: global rotations of the 24 joints of SMPL in the ground truth.

    Raises:
        InputDataError: gravity is still in the acceleration, or another bone fits the sensor better than the forearm.
    """
    sensor = WRIST_SENSOR[side]
    mean = float(np.linalg.norm(acceleration.mean(axis=0)))
    if mean > _MAX_MEAN_ACCELERATION:
        raise _wrong(
            file, "imu_acc", sensor, "the mean acceleration is not near zero",
            f"gravity removed, a mean below {_MAX_MEAN_ACCELERATION:g} m/s²",
            f"{mean:.2f} m/s²" + (", as with gravity left in" if abs(mean - STANDARD_GRAVITY) < 2.0 else ""),
        )  # fmt: skip
    median = float(np.median(np.linalg.norm(force, axis=1)))
    if not _FORCE[0] <= median <= _FORCE[1]:
        raise _wrong(
            file, "imu_acc", sensor, "the median specific force is not that of a person on earth",
            f"{_FORCE[0]:.1f} to {_FORCE[1]:.1f} m/s²", f"{median:.2f} m/s²",
        )  # fmt: skip
    angles = {joint: _mean_angle_deg(orientation, turned[:, joint]) for joint in _OTHERS}
    own = angles[FOREARM_JOINT[side]]
    best = min(angles, key=lambda joint: angles[joint])
    if own > _FITS_DEG and (own > _MAX_ANGLE_DEG or angles[best] + _CLEAR_DEG < own):
        fits = f"; it fits the {_OTHERS[best]} with {angles[best]:.0f}°" if best != FOREARM_JOINT[side] else ""
        raise _wrong(
            file, "imu_ori", sensor, f"the sensor does not turn with the {side.value} forearm of the ground truth",
            f"a mean angle below {_MAX_ANGLE_DEG:g}°", f"{own:.0f}°{fits}", _ORDER,
        )  # fmt: skip
    return WristChecks(own, mean, median)


def check_upright(file: RecordingFile, turned: Float64[np.ndarray, "t 24 3 3"]) -> None:
    """Check that the ground truth's global frame has y up.

    Raises:
        InputDataError: the body's vertical axis does not point along y for most of the recording.
    """
    up = float(np.median(turned[:, 0, 1, 1]))
    if up < _LEAST_UP:
        raise InputDataError(
            "the body is not upright in a frame whose y points up",
            where=f"{file.path}, key 'gt'",
            expected=f"a median of at least {_LEAST_UP:g} of the root's y axis along y",
            got=f"{up:.2f}",
            next_step="check that the global frame is SMPL's: x to the left, y up, z ahead",
        )


def _mean_angle_deg(one: Float64[np.ndarray, "t 3 3"], other: Float64[np.ndarray, "t 3 3"]) -> float:
    """Return the mean angle of the rotation between two orientations."""
    cosine = 0.5 * (np.einsum("tij,tij->t", one, other) - 1.0)
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))).mean())


def _wrong(
    file: RecordingFile, key: str, sensor: int, what: str, expected: str, got: str, next_step: str | None = None
) -> InputDataError:
    return InputDataError(
        what,
        where=f"{file.path}, key {key!r}, sensor {sensor} ({SENSORS[sensor]})",
        expected=expected,
        got=got,
        next_step=next_step or "check that this is the raw DIP-IMU, and download it again",
    )
