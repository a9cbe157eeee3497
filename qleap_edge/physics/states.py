"""From angles over time to MuJoCo's configuration, velocity and acceleration."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from qleap_edge.physics import rotations as rot
from qleap_edge.physics.body import DOF_COUNT, HINGES, QPOS
from qleap_edge.physics.kinematics import Angles, Pelvis
from qleap_edge.physics.trajectory import derivative

PAD = 4
"""Extra samples at each end of a simulated batch: two five-point derivatives eat them."""


@dataclass(frozen=True)
class States:
    """Configuration, velocity and acceleration of a batch, in MuJoCo's order and frames."""

    qpos: Float[np.ndarray, "batch time nq"]
    qvel: Float[np.ndarray, "batch time nv"]
    qacc: Float[np.ndarray, "batch time nv"]


def differentiate(pelvis: Pelvis, angles: Angles, step_s: Float[np.ndarray, " batch"]) -> States:
    """Assemble ``qpos`` and its derivatives; :data:`PAD` samples are lost at each end.

    The root's angular velocity is 2 q* ⊗ dq/dt in its own frame, which is MuJoCo's convention for a free joint; its
    linear velocity is in the world frame.
    """
    batch, time = pelvis.yaw.shape
    qpos = np.zeros((batch, time, 1 + DOF_COUNT))
    qpos[..., :3] = np.moveaxis(pelvis.position, 0, -1)
    qpos[..., 3:7] = np.moveaxis(rot.quaternion_zyx(pelvis.yaw, pelvis.pitch, pelvis.roll), 0, -1)
    for name in HINGES:
        if name in angles:
            qpos[..., QPOS[name]] = angles[name]
    rate = derivative(qpos, step_s)
    qvel = np.empty((batch, time - 4, DOF_COUNT))
    qvel[..., :3] = rate[..., :3]
    qvel[..., 3:6] = _local_angular_velocity(qpos[:, 2:-2, 3:7], rate[..., 3:7])
    qvel[..., 6:] = rate[..., 7:]
    return States(qpos[:, PAD:-PAD], qvel[:, 2:-2], derivative(qvel, step_s))


def _local_angular_velocity(
    quaternion: Float[np.ndarray, "batch time 4"], rate: Float[np.ndarray, "batch time 4"]
) -> Float[np.ndarray, "batch time 3"]:
    w, v = quaternion[..., :1], quaternion[..., 1:]
    return np.asarray(2.0 * (w * rate[..., 1:] - rate[..., :1] * v - np.cross(v, rate[..., 1:])))
