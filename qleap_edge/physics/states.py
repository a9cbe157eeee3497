"""From angles over time to MuJoCo's configuration, velocity and acceleration."""

import numpy as np
from jaxtyping import Float

from qleap_edge.physics import rotations as rot
from qleap_edge.physics.body import DOF_COUNT, HINGES, QPOS
from qleap_edge.physics.dynamics import Course
from qleap_edge.physics.kinematics import Angles, Pelvis
from qleap_edge.physics.trajectory import derivative

PAD = 4
"""Extra samples at each end of a simulated batch: two five-point derivatives eat them."""


def configurations(pelvis: Pelvis, angles: Angles) -> Float[np.ndarray, "nq batch time"]:
    """Return ``qpos`` of a batch, coordinates first; a hinge without an angle stays at zero."""
    qpos = np.zeros((1 + DOF_COUNT, *pelvis.yaw.shape))
    qpos[:3] = pelvis.position
    qpos[3:7] = rot.quaternion_zyx(pelvis.yaw, pelvis.pitch, pelvis.roll)
    for name in HINGES:
        if name in angles:
            qpos[QPOS[name]] = angles[name]
    return qpos


def differentiate(qpos: Float[np.ndarray, "nq padded"], step_s: float) -> Course:
    """Return configuration, velocity and acceleration of one sequence; :data:`PAD` samples are lost at each end.

    The root's angular velocity is 2 q* ⊗ dq/dt in its own frame, which is MuJoCo's convention for a free joint; its
    linear velocity is in the world frame.
    """
    rows = np.ascontiguousarray(qpos.T)
    rate = derivative(rows, step_s)
    qvel = np.empty((len(rate), DOF_COUNT))
    qvel[:, :3] = rate[:, :3]
    qvel[:, 3:6] = _local_angular_velocity(qpos[3:7, 2:-2], rate[:, 3:7].T).T
    qvel[:, 6:] = rate[:, 7:]
    return rows[PAD:-PAD], qvel[2:-2], derivative(qvel, step_s)


def _local_angular_velocity(
    quaternion: Float[np.ndarray, "4 time"], rate: Float[np.ndarray, "4 time"]
) -> Float[np.ndarray, "3 time"]:
    w, v = quaternion[0], quaternion[1:]
    return np.asarray(2.0 * (w * rate[1:] - rate[0] * v - rot.cross(v, rate[1:])))
