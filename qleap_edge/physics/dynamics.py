"""What joints, wrists and floor feel when a body moves as prescribed: kinematics in, sensors and ground reaction out."""

from dataclasses import dataclass
from itertools import repeat

import mujoco
import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.physics.mjcf import FOOT_POINTS, SENSORS, Mannequin

Course = tuple[Float[np.ndarray, "time nq"], Float[np.ndarray, "time nv"], Float[np.ndarray, "time nv"]]
"""Configuration, velocity and acceleration of one sequence, in MuJoCo's order and frames."""

_AIRBORNE_SHARE = 0.06  # of the weight: below it the floor's push has no point of attack


@dataclass(frozen=True)
class GroundReaction:
    """What the floor pushes with, world frame."""

    force: Float[np.ndarray, "time 3"]
    """N."""
    pressure_centre: Float[np.ndarray, "time 2"]
    """x and y on the floor, m; below the centre of mass while the body is in the air."""


@dataclass(frozen=True)
class Simulated:
    """One sequence as MuJoCo sees it, at the device's samples; world frame unless said otherwise."""

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
class Hinges:
    """What a motion asks of its hinges, before the floor's share is taken off; filled in while the motion is run."""

    needed: Float[np.ndarray, "time nv"]
    """Generalised forces of the rigid bodies alone: no armature, no damping."""
    axes: Float[np.ndarray, "time joints 3"]
    anchors: Float[np.ndarray, "time joints 3"]
    """World directions and places of the joints; the root is joint 0."""

    @classmethod
    def room_for(cls, mannequin: Mannequin, count: int) -> "Hinges":
        """Return empty arrays for a motion of ``count`` samples."""
        joints = mannequin.model.njnt
        return cls(np.empty((count, mannequin.model.nv)), np.empty((count, joints, 3)), np.empty((count, joints, 3)))


def prescribed_dynamics(
    mannequin: Mannequin,
    qpos: Float[np.ndarray, "time nq"],
    qvel: Float[np.ndarray, "time nv"],
    qacc: Float[np.ndarray, "time nv"],
    hinges: Hinges | None = None,
) -> Simulated:
    """Run the part of ``mj_inverse`` that sensors and floor need; it gives the same numbers in half the time.

    At rest an accelerometer reads 9.80665 m/s² upwards; in free fall it reads zero. The floor's wrench is what the root
    needs from outside: ``cfrc_int`` of the pelvis, torque about the whole body's centre of mass, then force. ``hinges`` is
    filled in if given.
    """
    model, data = mannequin.model, mannequin.data
    sensors, wrench = np.empty((len(qpos), SENSORS.width)), np.empty((len(qpos), 6))
    position, velocity, acceleration = data.qpos, data.qvel, data.qacc
    reading, root = data.sensordata, data.cfrc_int[1]
    if hinges is None:
        needed = axes = anchors = repeat(None)
    else:
        needed, axes, anchors = hinges.needed, hinges.axes, hinges.anchors
    # Looked up once: this loop runs for every sample of a dataset.
    kinematics, positions, velocities = mujoco.mj_kinematics, mujoco.mj_comPos, mujoco.mj_comVel
    accelerations, inverse = mujoco.mj_rnePostConstraint, mujoco.mj_rne
    sense_positions, sense_velocities, sense_accelerations = mujoco.mj_sensorPos, mujoco.mj_sensorVel, mujoco.mj_sensorAcc
    for place, speed, change, sensor_row, wrench_row, needed_row, axes_row, anchors_row in zip(
        qpos, qvel, qacc, sensors, wrench, needed, axes, anchors, strict=False
    ):
        position[:] = place
        velocity[:] = speed
        acceleration[:] = change
        kinematics(model, data)
        positions(model, data)
        velocities(model, data)
        accelerations(model, data)
        sense_positions(model, data)
        sense_velocities(model, data)
        sense_accelerations(model, data)
        sensor_row[:] = reading
        wrench_row[:] = root
        if needed_row is not None:
            inverse(model, data, 1, needed_row)
            axes_row[:], anchors_row[:] = data.xaxis, data.xanchor
    weight = float(model.body_subtreemass[1]) * STANDARD_GRAVITY
    ground = reaction_at_floor(wrench, sensors[:, SENSORS.centre_of_mass], weight)
    return Simulated(np.ascontiguousarray(qpos), sensors, ground, weight)


def reaction_at_floor(
    wrench: Float[np.ndarray, "time 6"], about: Float[np.ndarray, "time 3"], weight: float
) -> GroundReaction:
    """Move a wrench (torque, force) to the point of the floor where it has no horizontal torque: the centre of pressure."""
    torque, force = wrench[:, :3], wrench[:, 3:]
    airborne = np.abs(force[:, 2]) < _AIRBORNE_SHARE * weight
    vertical = np.where(airborne, 1.0, force[:, 2])
    x = about[:, 0] - np.where(airborne, 0.0, (torque[:, 1] + about[:, 2] * force[:, 0]) / vertical)
    y = about[:, 1] + np.where(airborne, 0.0, (torque[:, 0] - about[:, 2] * force[:, 1]) / vertical)
    return GroundReaction(force, np.stack([x, y], axis=1))


def airborne(simulated: Simulated) -> Bool[np.ndarray, " time"]:
    """Tell at which samples the floor carries next to nothing."""
    return np.asarray(simulated.ground.force[:, 2] < _AIRBORNE_SHARE * simulated.weight)
