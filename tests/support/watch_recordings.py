"""Recordings for tests: the real files, and synthetic ones whose motion is known in closed form."""

from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from qleap_edge.alignment.conventions import core_motion_from_specific_force
from qleap_edge.alignment.readers.sensor_logger import ACCELERATION, GRAVITY, QUATERNION, ROTATION_RATE
from qleap_edge.alignment.recording import Recording
from qleap_edge.core.frames import STANDARD_GRAVITY

FIXTURES = Path(__file__).parents[1] / "fixtures" / "watch"
WRIST_MOTION = FIXTURES / "ucancme_mit" / "WristMotion.csv"
PENDULUM_LEFT = FIXTURES / "seglearn_bsd3" / "subj3_PEN_L.csv"
PENDULUM_RIGHT = FIXTURES / "seglearn_bsd3" / "subj7_PEN_R.csv"
GYM_SET = FIXTURES / "gym_cc_by_sa" / "231124_SAOCTE_037.csv.gz"
EVERYDAY = FIXTURES / "sp_sw_har_cc_by" / "s13_05_sw.csv.gz"
COLUMNS = ("time", "seconds_elapsed", *ROTATION_RATE, *GRAVITY, *ACCELERATION, *QUATERNION)


def swinging_arm(
    time_s: np.ndarray, lever_m: tuple[float, float, float] = (0.45, 0.0, 0.02), jitter_s: np.ndarray | None = None
) -> Recording:
    """Return a stiff arm that swings about a fixed shoulder, watch at ``lever_m``; every channel is exact.

    The attitude is Rz(a)·Ry(b)·Rx(c) with sines of time; angular velocity and acceleration are differentiated
    numerically on a grid a thousand times finer than any sampling used here.
    """
    step = 1e-4
    lever = np.array(lever_m)

    def attitude(at: np.ndarray) -> Rotation:
        angles = np.stack([0.9 * np.sin(1.9 * at), 1.1 * np.sin(2.3 * at + 0.4), 0.6 * np.sin(1.3 * at + 1.0)], axis=1)
        return Rotation.from_euler("ZYX", angles)

    here, after, before = attitude(time_s), attitude(time_s + step), attitude(time_s - step)
    rate = (before.inv() * after).as_rotvec() / (2 * step)
    acceleration = (after.apply(lever) - 2 * here.apply(lever) + before.apply(lever)) / step**2
    specific_force = here.inv().apply(acceleration + np.array([0.0, 0.0, STANDARD_GRAVITY]))
    gravity, user = core_motion_from_specific_force(specific_force, here.inv().apply([0.0, 0.0, -1.0]))
    return Recording(
        format="synthetic",
        path="synthetic",
        sha256="0" * 64,
        time_s=time_s if jitter_s is None else time_s + jitter_s,
        specific_force=specific_force,
        angular_velocity=rate,
        gravity=gravity,
        user_acceleration=user,
        quaternion=here.as_quat(scalar_first=True),
    )


def sensor_logger_rows(recording: Recording) -> list[list[str]]:
    """Return a recording as the cells of a ``WristMotion.csv``, header first."""
    start_ns = 1_700_000_000_000_000_000
    values = np.hstack(
        [recording.angular_velocity, recording.gravity, recording.user_acceleration, recording.quaternion]
    )
    rows = [list(COLUMNS)]
    for time_s, row in zip(recording.time_s, values, strict=True):
        stamp = start_ns + round(float(time_s) * 1e9)
        rows.append([str(stamp), repr(float(time_s)), *(repr(float(value)) for value in row)])
    return rows


def write_csv(path: Path, rows: list[list[str]], delimiter: str = ",") -> Path:
    """Write cells as they are."""
    path.write_text("\n".join(delimiter.join(row) for row in rows) + "\n", encoding="utf-8")
    return path
