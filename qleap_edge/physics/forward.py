"""Forward simulation: the body driven by joint torques on a floor with friction, with an unactuated root.

The prescribed motion is the reference. Every hinge has a servo (stiffness and damping) and a feedforward torque from inverse
dynamics, less the ground reaction mapped through the feet's Jacobians. Recorded and labelled is the simulated motion, which
deviates from the reference and may slip or fall.
"""

from dataclasses import dataclass

import mujoco
import numpy as np
from jaxtyping import Bool, Float, Float32
from mujoco import rollout
from scipy.signal import upfirdn

from qleap_edge.alignment.resample import lowpass_taps
from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.physics import rotations as rot
from qleap_edge.physics.body import HINGES, SIDES
from qleap_edge.physics.dynamics import InverseDynamics, SimulatedMotion, StateTrajectory, prescribed_dynamics
from qleap_edge.physics.exercises.protocol import FeasibilityLimits
from qleap_edge.physics.feasibility import FootContact, foot_contact
from qleap_edge.physics.mjcf import DAMPING_TIME_S, BodyModel

SUBSTEPS = 5
"""Steps of simulation a sample of the device: 2 ms at 100 Hz. With larger steps contacts chatter in the acceleration."""
WARM_UP = 6
"""Samples simulated before a sequence begins, for contacts and servos to settle: they need two."""

MAX_FALL_M = 0.10
MAX_SLIP_M = 0.015
MAX_PELVIS_ERROR_M = 0.02
MAX_JOINT_RMSE_RAD = float(np.radians(1.0))

SUPPORTED_SHARE = 0.99
"""Of the samples, whose centre of pressure must lie inside the support polygon by the exercise's margin."""

_LEG_HINGES = [
    [index for index, name in enumerate(HINGES) if name.startswith((f"{side}_thigh", f"{side}_shank", f"{side}_foot"))]
    for side, _ in SIDES
]
# MuJoCo writes a warning into a file of the working folder when a body falls; the outcome reports the fall.
mujoco.set_mju_user_warning(lambda message: None)

_PRESS_IN_M = 1.5e-4  # penetration at which the soft floor carries the body's weight


@dataclass(frozen=True)
class Outcome:
    """A simulated sequence and its deviation from the reference."""

    simulated: SimulatedMotion
    contact: FootContact
    pelvis_error_m: float
    """Largest error of the pelvis's height."""
    joint_rmse_rad: float
    """Over all hinges and samples."""


def forward_dynamics(
    kinematic: BodyModel,
    body_model: BodyModel,
    states: StateTrajectory,
    reference: SimulatedMotion,
    inverse: InverseDynamics,
    contact_mask: Bool[np.ndarray, "time 4"],
    step_s: float,
    friction: float,
) -> Outcome | None:
    """Simulate one sequence; the first :data:`WARM_UP` samples are thrown away. Return None when the body fell.

    Args:
        kinematic: a prescribed body model with the subject set.
        body_model: a forward body model with the same subject set.
        states: configuration, velocity and acceleration at the device's samples.
        reference: the same motion as prescribed.
        inverse: its inverse dynamics without a floor.
        contact_mask: heels and balls that should stand.
        step_s: interval of the samples.
        friction: of the floor.
    """
    qpos, qvel, _ = states
    model = body_model.model
    model.opt.timestep = step_s / SUBSTEPS
    model.geom_friction[:, 0] = friction
    torque = feedforward_torques(kinematic.model, states, reference, inverse)
    stiffness = -model.actuator_biasprm[:, 1]
    control = torque + stiffness * (qpos[:, 7:] + DAMPING_TIME_S * qvel[:, 6:])
    clock, went, speed = _rollout(body_model, qpos[0], qvel[0], _interpolated_control(control))
    wanted, followed = qpos[WARM_UP:], went[WARM_UP * SUBSTEPS :: SUBSTEPS]
    pelvis_error = float(np.abs(followed[:, 2] - wanted[:, 2]).max())
    # A diverged rollout repeats its last state: its clock stands still. A pelvis error that is NaN counts as a fall, too.
    if not (pelvis_error < MAX_FALL_M and clock[-1] > clock[-2]):
        return None
    simulated = _at_device_samples(kinematic, followed, speed, model.opt.timestep)
    return Outcome(
        simulated=simulated,
        contact=foot_contact(simulated, contact_mask[WARM_UP:]),
        pelvis_error_m=pelvis_error,
        joint_rmse_rad=float(np.sqrt(np.mean((followed[:, 7:] - wanted[:, 7:]) ** 2))),
    )


def forward_infeasibility(outcome: Outcome, body_model: BodyModel, limits: FeasibilityLimits) -> str | None:
    """Return why a simulated sequence that did not fall is not kept, or None.

    The reasons, in the order of the checks: ``slip``, ``pelvis_height``, ``joint_error``, ``joint_limit``, ``lift_off``,
    ``support``.
    """
    simulated = outcome.simulated
    if outcome.contact.slide.max() > MAX_SLIP_M:
        return "slip"
    if outcome.pelvis_error_m > MAX_PELVIS_ERROR_M:
        return "pelvis_height"
    if outcome.joint_rmse_rad > MAX_JOINT_RMSE_RAD:
        return "joint_error"
    lowest, highest = body_model.joint_limits.T
    if (simulated.qpos[:, 7:] < lowest).any() or (simulated.qpos[:, 7:] > highest).any():
        return "joint_limit"
    if (simulated.ground.force[:, 2] <= 0.0).any():
        return "lift_off"
    if limits.support_margin_m is None:
        return None
    inside = outcome.contact.margin >= limits.support_margin_m
    return None if inside.mean() >= SUPPORTED_SHARE else "support"


def feedforward_torques(
    model: mujoco.MjModel, states: StateTrajectory, reference: SimulatedMotion, inverse: InverseDynamics
) -> Float[np.ndarray, "time hinges"]:
    """Return the hinge torques of the motion on the floor, N m.

    Inverse dynamics without a floor puts the whole ground reaction on the root. It is distributed between the feet by the
    centre of pressure, and each foot's part is subtracted from that leg's hinges: a force f at c exerts the torque
    a · ((c - p) × f) on a hinge with axis a through p.
    """
    _, qvel, qacc = states
    torque = (inverse.generalized_force + model.dof_armature * qacc + model.dof_damping * qvel)[:, 6:]
    ankles = [reference.joints[:, JOINT_INDEX[f"{side}_ankle"]] for side, _ in SIDES]
    left, right = ankles[0][:, 1], ankles[1][:, 1]
    centre = reference.ground.pressure_centre
    on_right = np.clip((centre[:, 1] - left) / (right - left), 0.0, 1.0)
    for leg, ankle, share in zip(_LEG_HINGES, ankles, (1.0 - on_right, on_right), strict=True):
        at = np.stack([centre[:, 0], ankle[:, 1], np.zeros(len(centre))])
        joints = [1 + hinge for hinge in leg]  # the root's free joint is number 0
        lever = at[:, :, None] - np.moveaxis(inverse.anchors[:, joints], -1, 0)
        force = np.broadcast_to((share * reference.ground.force.T)[:, :, None], lever.shape)
        torque[:, leg] -= rot.dot(np.moveaxis(inverse.axes[:, joints], -1, 0), rot.cross(lever, force))
    return torque


def _interpolated_control(control: Float[np.ndarray, "time hinges"]) -> Float[np.ndarray, "steps hinges"]:
    """Return the control at every step from the first sample to the last, on straight lines between them."""
    share = (np.arange(SUBSTEPS) / SUBSTEPS)[None, :, None]
    steps = control[:-1, None] * (1.0 - share) + control[1:, None] * share
    return np.asarray(steps.reshape(-1, control.shape[1]))


def _rollout(
    body_model: BodyModel,
    qpos: Float[np.ndarray, " nq"],
    qvel: Float[np.ndarray, " nv"],
    control: Float[np.ndarray, "steps hinges"],
) -> tuple[Float[np.ndarray, " states"], Float[np.ndarray, "states nq"], Float[np.ndarray, "states nv"]]:
    """Return time (s), configuration and velocity at the start and after every step."""
    model, data = body_model.model, body_model.data
    mujoco.mj_resetData(model, data)
    data.qpos[:], data.qvel[:] = qpos, qvel
    data.qpos[2] -= _PRESS_IN_M
    mujoco.mj_forward(model, data)
    start = np.empty(mujoco.mj_stateSize(model, mujoco.mjtState.mjSTATE_FULLPHYSICS))
    mujoco.mj_getState(model, data, start, mujoco.mjtState.mjSTATE_FULLPHYSICS)
    after, _ = rollout.rollout(model, data, start[None], control[None])
    states = np.concatenate([start[None], after[0]])
    return states[:, 0], states[:, 1 : 1 + model.nq], states[:, 1 + model.nq : 1 + model.nq + model.nv]


def _at_device_samples(
    kinematic: BodyModel, qpos: Float[np.ndarray, "time nq"], qvel: Float[np.ndarray, "states nv"], step_s: float
) -> SimulatedMotion:
    """Return sensor readings at the device's samples from the simulated configurations there and the velocities at every step.

    The acceleration is the derivative of the velocity. MuJoCo's accelerometer is not used: an implicit integrator damps a
    step after the acceleration was computed, which on an arm with a stiff servo is a sixth too large.
    """
    changes = np.hstack([qvel, np.gradient(qvel, step_s, axis=0)]).astype(
        np.float32
    )  # float32 halves the filter's time
    velocity, acceleration = np.hsplit(_lowpassed(changes)[WARM_UP:].astype(np.float64), 2)
    return prescribed_dynamics(kinematic, qpos, velocity, acceleration)


def _lowpassed(values: Float32[np.ndarray, "steps channels"]) -> Float32[np.ndarray, "samples channels"]:
    """Return every :data:`SUBSTEPS`-th row after a low-pass at 45 % of the device's rate, as a real sensor does."""
    taps = lowpass_taps(float(SUBSTEPS), 1.0).astype(np.float32)
    half = len(taps) // 2
    padded = np.pad(values, ((half, half), (0, 0)), mode="reflect", reflect_type="odd")
    filtered = upfirdn(taps, padded, down=SUBSTEPS, axis=0)  # half is a multiple of SUBSTEPS
    return np.asarray(filtered[2 * half // SUBSTEPS :][: -(-len(values) // SUBSTEPS)])
