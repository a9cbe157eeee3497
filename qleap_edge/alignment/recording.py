"""A recording as every reader returns it: one clock, device axes, SI units, with CoreMotion's own columns."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from qleap_edge.alignment.wear import Wear

Rows = Int[np.ndarray, " rows"] | Bool[np.ndarray, " n"]


@dataclass(frozen=True)
class Recording:
    """Rows of one watch, in file order, nothing dropped or repaired yet.

    Device axes are fixed to the case: +x to the crown side, +y to 12 o'clock, +z out of the glass.
    """

    format: str
    """The reader's name for the file format, e.g. ``"sensor-logger"``."""
    path: str
    sha256: str
    """Of the bytes that were parsed (for a folder or a zip: of the motion file inside it)."""
    time_s: Float[np.ndarray, " n"]
    """Seconds since the first row of the file."""
    specific_force: Float[np.ndarray, "n 3"]
    """m/s², device axes; points up with norm 9.80665 at rest."""
    angular_velocity: Float[np.ndarray, "n 3"]
    """rad/s, device axes, right-handed."""
    gravity: Float[np.ndarray, "n 3"] | None = None
    """CoreMotion's gravity: unit vector DOWN in device axes, in g."""
    user_acceleration: Float[np.ndarray, "n 3"] | None = None
    """CoreMotion's userAcceleration in g: minus the kinematic acceleration."""
    quaternion: Float[np.ndarray, "n 4"] | None = None
    """w, x, y, z; device to reference (z up)."""
    origin_s: float = 0.0
    """What the file's own column of seconds since the start says at the first row; 0 if it has no such column."""
    stamped: bool = True
    """False when the file has no time column and the stamps were made from a given rate."""
    started_at: str | None = None
    """Date and time (UTC, ISO 8601) of the first row; ``None`` where the file does not tell."""
    wear: Wear | None = None
    """How the watch was worn; ``None`` where the file does not tell."""
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.time_s)

    @property
    def imu(self) -> Float[np.ndarray, "n 6"]:
        """Specific force (m/s²) and angular velocity (rad/s) side by side, device axes."""
        return np.hstack([self.specific_force, self.angular_velocity])

    def with_messages(self, *, notes: tuple[str, ...] | None = None, warnings: tuple[str, ...] = ()) -> "Recording":
        """Return the recording with these notes in place of its own, and these warnings added."""
        return replace(self, notes=self.notes if notes is None else notes, warnings=(*self.warnings, *warnings))

    def take(self, rows: Rows | slice) -> "Recording":
        """Return the chosen rows, in the order asked for."""

        def chosen(array: Float[np.ndarray, "n c"] | None) -> Float[np.ndarray, "rows c"] | None:
            return None if array is None else array[rows]

        return replace(
            self,
            time_s=self.time_s[rows],
            specific_force=self.specific_force[rows],
            angular_velocity=self.angular_velocity[rows],
            gravity=chosen(self.gravity),
            user_acceleration=chosen(self.user_acceleration),
            quaternion=chosen(self.quaternion),
        )
