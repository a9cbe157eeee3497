"""The vertical acceleration of the wrist at the recording's own rate, and its velocity and height between rests.

A watch measures specific force. Its component along the vertical, less gravity, is the vertical acceleration; it needs the
tilt only, never the heading. Integrated twice it drifts, so the drift is removed between zero-velocity points.

Source: zero-velocity updates, Foxlin 2005, IEEE Computer Graphics and Applications 25(6), 38-46; VQF, Laidig and Seel 2023,
Information Fusion 91, 187-204.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from jaxtyping import Float
from scipy.integrate import cumulative_trapezoid
from scipy.spatial.transform import Rotation

from qleap_edge.alignment.clock import Stretch
from qleap_edge.alignment.identities import gravity_turn
from qleap_edge.alignment.recording import Recording
from qleap_edge.core.frames import STANDARD_GRAVITY

TILT_SD_RAD = float(np.deg2rad(0.6))
"""Root mean square difference between VQF and CoreMotion's gravity on gym recordings: 0.4 to 0.9 degrees."""

_GRAVITY_NORM_TOLERANCE = 1e-3  # CoreMotion's gravity has norm 1 within 3e-7
_TURN_SLOPE = (0.95, 1.05)  # of dg/dt against -(w x g): 1.0028 and 1.0045 on real recordings
_TURN_CORRELATION = 0.95  # 0.9989 and 0.9995 on real recordings; the best wrong axis order reaches 0.59
_ROWS_TO_CHECK = 30_000  # five minutes at 100 Hz: the identity is a property of the recording

Tilt = Literal["core-motion", "vqf"]


@dataclass(frozen=True)
class VerticalMotion:
    """The wrist's motion along the vertical in one stretch without gaps, all at the recording's own rate."""

    time_s: Float[np.ndarray, " n"]
    """Since the first row of the recording."""
    rate_hz: float
    up: Float[np.ndarray, "n 3"]
    """Unit vector up, device axes."""
    acceleration: Float[np.ndarray, " n"]
    """Vertical kinematic acceleration, m/s², positive upwards; 0 at rest."""
    horizontal: Float[np.ndarray, " n"]
    """Norm of the horizontal kinematic acceleration, m/s²."""
    turn_rate: Float[np.ndarray, " n"]
    """Norm of the angular velocity, rad/s."""
    tilt: Tilt
    """Where the tilt comes from."""

    def at(self, time_s: float) -> int:
        """Return the row nearest to a stamp."""
        after = int(np.searchsorted(self.time_s, time_s))
        around = [row for row in (after - 1, after) if 0 <= row < len(self.time_s)]
        return min(around, key=lambda row: abs(float(self.time_s[row]) - time_s))

    def between(self, start_s: float, end_s: float) -> "VerticalMotion":
        """Return the rows between two stamps, both included, and one more on either side if there is one."""
        first = max(0, int(np.searchsorted(self.time_s, start_s, "right")) - 1)
        rows = slice(first, int(np.searchsorted(self.time_s, end_s)) + 1)
        return replace(
            self,
            time_s=self.time_s[rows],
            up=self.up[rows],
            acceleration=self.acceleration[rows],
            horizontal=self.horizontal[rows],
            turn_rate=self.turn_rate[rows],
        )

    def followed_by(self, others: Sequence["VerticalMotion"]) -> "VerticalMotion":
        """Return these rows and those of further pieces of the same stretch."""
        pieces = (self, *others)
        return replace(
            self,
            time_s=np.concatenate([piece.time_s for piece in pieces]),
            up=np.concatenate([piece.up for piece in pieces]),
            acceleration=np.concatenate([piece.acceleration for piece in pieces]),
            horizontal=np.concatenate([piece.horizontal for piece in pieces]),
            turn_rate=np.concatenate([piece.turn_rate for piece in pieces]),
        )


def vertical_motion(stretch: Stretch) -> VerticalMotion:
    """Return the vertical motion of one stretch; tilt from CoreMotion where its identities hold, else from VQF.

    Identity: at rest the acceleration is 0.
    """
    core_motion = _core_motion_up(stretch)
    up = _vqf_up(stretch.imu[:, :3], stretch.imu[:, 3:], stretch.rate_hz) if core_motion is None else core_motion
    return motion_from_up(
        stretch.time_s, stretch.rate_hz, stretch.imu, up, "vqf" if core_motion is None else "core-motion"
    )


def motion_from_up(
    time_s: Float[np.ndarray, " n"],
    rate_hz: float,
    imu: Float[np.ndarray, "n 6"],
    up: Float[np.ndarray, "n 3"],
    tilt: Tilt,
) -> VerticalMotion:
    """Return the vertical motion for a known direction of the vertical; each row depends on itself only."""
    force = imu[:, :3]
    along = np.einsum("ij,ij->i", force, up)
    return VerticalMotion(
        time_s=time_s,
        rate_hz=rate_hz,
        up=up,
        acceleration=along - STANDARD_GRAVITY,
        horizontal=np.linalg.norm(force - along[:, None] * up, axis=1),
        turn_rate=np.linalg.norm(imu[:, 3:], axis=1),
        tilt=tilt,
    )


def gravity_holds(recording: Recording) -> bool:
    """Tell whether the gravity column can be trusted: norm 1, and it turns as the gyroscope says.

    A recording that hardly turns is judged by the norm alone.
    """
    gravity = recording.gravity
    if gravity is None or not bool(np.isfinite(gravity).all()):
        return False
    if float(np.abs(np.linalg.norm(gravity, axis=1) - 1.0).max()) > _GRAVITY_NORM_TOLERANCE:
        return False
    turn = gravity_turn([recording.take(slice(0, _ROWS_TO_CHECK))])
    return turn is None or (_TURN_SLOPE[0] <= turn.slope <= _TURN_SLOPE[1] and turn.correlation >= _TURN_CORRELATION)


def between_rests(
    motion: VerticalMotion, first: int, last: int
) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, " k"]]:
    """Return velocity (m/s) and height (m) from one zero-velocity point to the next, drift removed.

    A constant error of the acceleration makes the velocity drift linearly; the line through both ends is subtracted.

    Args:
        motion: the wrist's motion.
        first: row at which the vertical velocity is zero; the height starts at 0 there.
        last: the next such row.

    Identity: the velocity is 0 at both ends, whatever constant is added to the acceleration.
    """
    time_s = motion.time_s[first : last + 1]
    velocity = cumulative_trapezoid(motion.acceleration[first : last + 1], time_s, initial=0)
    velocity = velocity - velocity[-1] * (time_s - time_s[0]) / max(float(time_s[-1] - time_s[0]), 1e-9)
    return velocity, cumulative_trapezoid(velocity, time_s, initial=0)


def _core_motion_up(stretch: Stretch) -> Float[np.ndarray, "n 3"] | None:
    """Return minus CoreMotion's gravity at the stretch's stamps, or ``None`` if it is missing or wrong."""
    measured = stretch.recording
    if measured.gravity is None or not gravity_holds(measured):
        return None
    columns = [np.interp(stretch.time_s, measured.time_s, column) for column in -measured.gravity.T]
    up = np.stack(columns, axis=1)
    return up / np.linalg.norm(up, axis=1, keepdims=True)


def _vqf_up(
    force: Float[np.ndarray, "n 3"], rate: Float[np.ndarray, "n 3"], rate_hz: float
) -> Float[np.ndarray, "n 3"]:
    """Return the up direction by VQF run forwards and backwards, so that a start in motion costs nothing."""
    from vqf import offlineVQF

    found = offlineVQF(np.ascontiguousarray(rate), np.ascontiguousarray(force), None, 1.0 / rate_hz)
    to_world = Rotation.from_quat(found["quat6D"], scalar_first=True)
    return np.asarray(to_world.inv().apply([0.0, 0.0, 1.0]))
