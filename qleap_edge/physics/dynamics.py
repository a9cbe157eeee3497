"""Prescribed dynamics: from joint angles over time to velocities, accelerations, sensor readings and ground reaction.

The motion is imposed; the ground reaction is what Newton's laws then require of the floor. Whether a floor could supply it is
checked in :mod:`qleap_edge.physics.feasibility`.
"""

from dataclasses import dataclass

import mujoco
import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.physics import rotations as rot
from qleap_edge.physics.body import DOF_COUNT, HINGES, QPOS
from qleap_edge.physics.kinematics import Angles, Pelvis
from qleap_edge.physics.mjcf import FOOT_POINTS, SENSORS, BodyModel
from qleap_edge.physics.trajectory import derivative

StateTrajectory = tuple[Float[np.ndarray, "time nq"], Float[np.ndarray, "time nv"], Float[np.ndarray, "time nv"]]
"""Configuration, velocity and acceleration of one sequence, in MuJoCo's order and frames."""

PAD = 4
"""Extra samples at each end of a sequence, which two five-point derivatives use up."""

_AIRBORNE_SHARE = 0.06  # of the weight: below it the ground reaction has no defined centre of pressure


def configurations(pelvis: Pelvis, angles: Angles) -> Float[np.ndarray, "nq batch time"]:
    """Return ``qpos`` of a batch, coordinates first; a hinge without an angle stays at zero."""
    qpos = np.zeros((1 + DOF_COUNT, *pelvis.yaw.shape))
    qpos[:3] = pelvis.position
    qpos[3:7] = rot.quaternion_zyx(pelvis.yaw, pelvis.pitch, pelvis.roll)
    for name in HINGES:
        if name in angles:
            qpos[QPOS[name]] = angles[name]
    return qpos


def differentiate(qpos: Float[np.ndarray, "nq padded"], step_s: float) -> StateTrajectory:
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


@dataclass(frozen=True)
class GroundReaction:
    """Force of the floor on the body, world frame."""

    force: Float[np.ndarray, "time 3"]
    """N."""
    pressure_centre: Float[np.ndarray, "time 2"]
    """x and y on the floor, m; below the centre of mass while the body is in the air."""


@dataclass(frozen=True)
class SimulatedMotion:
    """State and sensor readings of one sequence at the device's samples; world frame unless said otherwise."""

    qpos: Float[np.ndarray, "time nq"]
    sensors: Float[np.ndarray, "time 92"]
    """Rows of ``sensordata``; :data:`qleap_edge.physics.mjcf.SENSORS` says where each quantity lies."""
    ground: GroundReaction
    weight: float
    """Of body and load, N."""

    @property
    def joints(self) -> Float[np.ndarray, "time 17 3"]:
        """The 17 joint points, m."""
        return self.sensors[:, SENSORS.joints].reshape(-1, 17, 3)

    @property
    def foot_points(self) -> Float[np.ndarray, "time 4 3"]:
        """Heel and ball of the left, then of the right foot, m."""
        return self.sensors[:, SENSORS.foot_points].reshape(-1, len(FOOT_POINTS), 3)

    @property
    def centre_of_mass(self) -> Float[np.ndarray, "time 3"]:
        """Whole body, m."""
        return self.sensors[:, SENSORS.centre_of_mass]

    def watch(self, side: str) -> Float[np.ndarray, "time 6"]:
        """Return specific force (m/s²) and angular velocity (rad/s) of one wrist in its own frame C."""
        start = 0 if side == "left" else 3
        force = self.sensors[:, SENSORS.specific_force][:, start : start + 3]
        return np.hstack([force, self.sensors[:, SENSORS.angular_velocity][:, start : start + 3]])

    def watch_orientation(self, side: str) -> Float[np.ndarray, "time 4"]:
        """Return the quaternion (w, x, y, z) from frame C of one wrist to the world."""
        start = 0 if side == "left" else 4
        return self.sensors[:, SENSORS.orientation][:, start : start + 4]


@dataclass(frozen=True)
class InverseDynamics:
    """Inverse dynamics of a motion without a floor; :func:`prescribed_dynamics` fills the arrays in."""

    generalized_force: Float[np.ndarray, "time nv"]
    """Generalised forces of the rigid bodies alone: no armature, no damping."""
    axes: Float[np.ndarray, "time joints 3"]
    anchors: Float[np.ndarray, "time joints 3"]
    """World directions and places of the joints; the root is joint 0."""

    @classmethod
    def allocate(cls, body_model: BodyModel, count: int) -> "InverseDynamics":
        """Return empty arrays for a motion of ``count`` samples."""
        joints = body_model.model.njnt
        return cls(np.empty((count, body_model.model.nv)), np.empty((count, joints, 3)), np.empty((count, joints, 3)))


def prescribed_dynamics(
    body_model: BodyModel,
    qpos: Float[np.ndarray, "time nq"],
    qvel: Float[np.ndarray, "time nv"],
    qacc: Float[np.ndarray, "time nv"],
    inverse: InverseDynamics | None = None,
) -> SimulatedMotion:
    """Run the part of ``mj_inverse`` that sensors and floor need; it gives the same numbers in half the time.

    At rest an accelerometer reads 9.80665 m/s² upwards; in free fall it reads zero. The ground reaction is the wrench that
    the root needs from outside: ``cfrc_int`` of the pelvis, torque about the whole body's centre of mass, then force.
    ``inverse`` is filled in if given.
    """
    model, data = body_model.model, body_model.data
    sensors, wrench = np.empty((len(qpos), SENSORS.width)), np.empty((len(qpos), 6))
    position, velocity, acceleration = data.qpos, data.qvel, data.qacc
    reading, root = data.sensordata, data.cfrc_int[1]
    # Looked up once, because this loop runs for every sample of a dataset.
    kinematics, com_position, com_velocity = mujoco.mj_kinematics, mujoco.mj_comPos, mujoco.mj_comVel
    accelerations, newton_euler = mujoco.mj_rnePostConstraint, mujoco.mj_rne
    position_sensors, velocity_sensors, acceleration_sensors = (
        mujoco.mj_sensorPos,
        mujoco.mj_sensorVel,
        mujoco.mj_sensorAcc,
    )
    for index, (row_qpos, row_qvel, row_qacc, row_sensors, row_wrench) in enumerate(
        zip(qpos, qvel, qacc, sensors, wrench, strict=True)
    ):
        position[:] = row_qpos
        velocity[:] = row_qvel
        acceleration[:] = row_qacc
        kinematics(model, data)
        com_position(model, data)
        com_velocity(model, data)
        accelerations(model, data)
        position_sensors(model, data)
        velocity_sensors(model, data)
        acceleration_sensors(model, data)
        row_sensors[:] = reading
        row_wrench[:] = root
        if inverse is not None:
            newton_euler(model, data, 1, inverse.generalized_force[index])
            inverse.axes[index], inverse.anchors[index] = data.xaxis, data.xanchor
    weight = float(model.body_subtreemass[1]) * STANDARD_GRAVITY
    ground = reaction_at_floor(wrench, sensors[:, SENSORS.centre_of_mass], weight)
    return SimulatedMotion(np.ascontiguousarray(qpos), sensors, ground, weight)


def reaction_at_floor(
    wrench: Float[np.ndarray, "time 6"], about: Float[np.ndarray, "time 3"], weight: float
) -> GroundReaction:
    """Return a wrench (torque, force) at the centre of pressure, the point of the floor where it has no horizontal torque."""
    torque, force = wrench[:, :3], wrench[:, 3:]
    airborne = np.abs(force[:, 2]) < _AIRBORNE_SHARE * weight
    vertical = np.where(airborne, 1.0, force[:, 2])
    x = about[:, 0] - np.where(airborne, 0.0, (torque[:, 1] + about[:, 2] * force[:, 0]) / vertical)
    y = about[:, 1] + np.where(airborne, 0.0, (torque[:, 0] - about[:, 2] * force[:, 1]) / vertical)
    return GroundReaction(force, np.stack([x, y], axis=1))


def airborne(simulated: SimulatedMotion) -> Bool[np.ndarray, " time"]:
    """Return at which samples the vertical ground reaction is below 6 % of the weight."""
    return np.asarray(simulated.ground.force[:, 2] < _AIRBORNE_SHARE * simulated.weight)
