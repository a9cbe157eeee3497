"""Inverse dynamics: what the body's joints, its wrists and the floor feel when it moves as prescribed."""

from dataclasses import dataclass

import mujoco
import numpy as np
from jaxtyping import Bool, Float

from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.physics.body import FOOT_POINTS, SENSORS, joint_limits
from qleap_edge.physics.exercises.protocol import Gate

MAX_SLIDE_M = 1e-6
"""A planted point that moves further in one sample slides; closed-form kinematics stays below 1e-13."""


@dataclass(frozen=True)
class Simulated:
    """One sequence as MuJoCo sees it, at the device's samples; world frame unless said otherwise."""

    qpos: Float[np.ndarray, "time nq"]
    sensors: Float[np.ndarray, "time 92"]
    """Rows of ``sensordata``; :data:`qleap_edge.physics.body.SENSORS` says where each quantity lies."""
    root_force: Float[np.ndarray, "time 6"]
    """Force (N, world) and torque (N m, pelvis frame) that the pelvis would need if the floor gave nothing."""

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


def inverse_dynamics(
    model: mujoco.MjModel,
    qpos: Float[np.ndarray, "time nq"],
    qvel: Float[np.ndarray, "time nv"],
    qacc: Float[np.ndarray, "time nv"],
) -> Simulated:
    """Run ``mj_inverse`` on every sample.

    At rest an accelerometer reads 9.80665 m/s² upwards; in free fall it reads zero.
    """
    data = mujoco.MjData(model)
    sensors, force = np.empty((len(qpos), SENSORS.width)), np.empty((len(qpos), 6))
    position, velocity, acceleration = data.qpos, data.qvel, data.qacc
    reading, needed, run = data.sensordata, data.qfrc_inverse, mujoco.mj_inverse
    for index in range(len(qpos)):
        position[:] = qpos[index]
        velocity[:] = qvel[index]
        acceleration[:] = qacc[index]
        run(model, data)
        sensors[index] = reading
        force[index] = needed[:6]
    return Simulated(np.ascontiguousarray(qpos), sensors, force)


@dataclass(frozen=True)
class GroundReaction:
    """What the floor must push with, world frame."""

    force: Float[np.ndarray, "time 3"]
    pressure_centre: Float[np.ndarray, "time 2"]
    """x and y on the floor, m."""


def ground_reaction(simulated: Simulated) -> GroundReaction:
    """Move the root wrench to the floor: the point where it has no horizontal torque is the centre of pressure."""
    force = simulated.root_force[:, :3]
    w, x, y, z = simulated.qpos[:, 3:7].T
    local = simulated.root_force[:, 3:]
    # First two rows of the pelvis's rotation matrix: only the horizontal torque is needed.
    torque_x = (
        (1 - 2 * (y * y + z * z)) * local[:, 0] + 2 * (x * y - w * z) * local[:, 1] + 2 * (x * z + w * y) * local[:, 2]
    )
    torque_y = (
        2 * (x * y + w * z) * local[:, 0] + (1 - 2 * (x * x + z * z)) * local[:, 1] + 2 * (y * z - w * x) * local[:, 2]
    )
    at = simulated.qpos[:, :3]
    torque_x = torque_x + at[:, 1] * force[:, 2] - at[:, 2] * force[:, 1]
    torque_y = torque_y + at[:, 2] * force[:, 0] - at[:, 0] * force[:, 2]
    vertical = np.where(np.abs(force[:, 2]) < 1.0, 1.0, force[:, 2])  # below 1 N the gate has failed anyway
    return GroundReaction(force, np.stack([-torque_y / vertical, torque_x / vertical], axis=1))


def inside_support(simulated: Simulated, reaction: GroundReaction, margin_m: float) -> Bool[np.ndarray, " time"]:
    """Tell at which samples the centre of pressure lies between the feet, heel to toe tip, for feet flat and level.

    The hull is taken as the feet's common fore-aft extent by their common width, plus the half-width of a foot.
    """
    points = simulated.foot_points
    ball_to_toe, half_foot = 0.05, 0.035
    x_low, x_high = points[:, (0, 2), 0].mean(axis=1), points[:, (1, 3), 0].mean(axis=1) + ball_to_toe
    y_low, y_high = points[:, 2, 1] - half_foot, points[:, 0, 1] + half_foot
    x, y = reaction.pressure_centre.T
    return np.asarray(
        (x >= x_low + margin_m) & (x <= x_high - margin_m) & (y >= y_low + margin_m) & (y <= y_high - margin_m)
    )


def foot_slide(simulated: Simulated, pinned: Bool[np.ndarray, "time 4"]) -> float:
    """Return how far any heel or ball moved between two samples at both of which it must not, m."""
    steps = np.linalg.norm(np.diff(simulated.foot_points, axis=0), axis=-1)
    return float((steps * (pinned[1:] & pinned[:-1])).max(initial=0.0))


def refusal(
    model: mujoco.MjModel,
    simulated: Simulated,
    reachable: Bool[np.ndarray, " time"],
    pinned: Bool[np.ndarray, "time 4"],
    gate: Gate,
) -> str | None:
    """Return why a motion is infeasible, or None when a body could make it.

    The reasons, in the order they are tried: ``reach``, ``slide``, ``joint_limit``, ``lift_off``, ``peak_force``,
    ``friction``, ``support``.
    """
    if not reachable.all():
        return "reach"
    if foot_slide(simulated, pinned) > MAX_SLIDE_M:
        return "slide"
    limits = joint_limits(model)
    angles = simulated.qpos[:, 7:]
    if (angles < limits[:, 0]).any() or (angles > limits[:, 1]).any():
        return "joint_limit"
    reaction = ground_reaction(simulated)
    vertical = reaction.force[:, 2]
    if (vertical <= 0.0).any():
        return "lift_off"
    if vertical.max() > gate.peak_force * float(model.body_mass.sum()) * STANDARD_GRAVITY:
        return "peak_force"
    if (np.hypot(reaction.force[:, 0], reaction.force[:, 1]) > gate.friction * vertical).any():
        return "friction"
    if gate.support and not inside_support(simulated, reaction, gate.support_margin_m).all():
        return "support"
    return None
