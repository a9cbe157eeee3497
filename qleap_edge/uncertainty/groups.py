"""Groups of frames that a phone can tell apart: named exercise, posture of the forearm, and whether the wrist rises or sinks.

They show where coverage fails behind a good average. Conformal radii of their own (Mondrian) would need about 200 sequences in
each group: of 24 groups with 50 sequences none has 100, so all share one radius.
"""

import numpy as np
from jaxtyping import Float, Int

from qleap_edge.core.exercises import EXERCISES, in_words
from qleap_edge.core.frames import MODEL_RATE_HZ
from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.metrics.pose import pelvis_height

POSTURES = ("hangs", "points down", "points up", "is raised")
"""The forearm, by how far the direction from elbow to hand lies above the horizontal: below -45, 0, 45 degrees, and above."""
PHASES = ("sinks", "rests", "rises")
_EDGES_DEG = (-45.0, 0.0, 45.0)
_MOVES = 0.06  # body heights a second: 0.1 m/s, as the analysis of repetitions has it
_WRIST = JOINT_INDEX["left_wrist"]


def frame_groups(
    exercise: Int[np.ndarray, " n"], imu: Float[np.ndarray, "n 200 6"], pose: Float[np.ndarray, "n 200 17 3"]
) -> Int[np.ndarray, "n 200"]:
    """Return the group of every frame.

    Args:
        exercise: that the network names, of each window.
        imu: the input; the mean specific force of a window shows where up is.
        pose: that the network infers, a left arm with the watch, in body heights.
    """
    force = imu[..., :3].mean(axis=1)
    elevation = np.degrees(np.arcsin(np.clip(force[:, 0] / np.linalg.norm(force, axis=1), -1.0, 1.0)))
    posture = np.digitize(elevation, _EDGES_DEG)
    velocity = np.gradient(pose[:, :, _WRIST, 2] + pelvis_height(pose), axis=1) * MODEL_RATE_HZ
    phase = np.where(velocity > _MOVES, 2, np.where(velocity < -_MOVES, 0, 1))
    return np.asarray((exercise * len(POSTURES) + posture)[:, None] * len(PHASES) + phase)


def group_name(group: int) -> str:
    """Return a group in words."""
    window, phase = divmod(group, len(PHASES))
    exercise, posture = divmod(window, len(POSTURES))
    return f"{in_words(EXERCISES[exercise])}, forearm {POSTURES[posture]}, wrist {PHASES[phase]}"
