"""Forward simulation: a floor that carries and can be slipped on, no hand that holds the body, and honest labels."""

import mujoco
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.physics.anthropometry import draw_subject
from qleap_edge.physics.dynamics import PAD, InverseDynamics, configurations, differentiate, prescribed_dynamics
from qleap_edge.physics.exercises.catalogue import CATALOGUE, exercise_model
from qleap_edge.physics.feasibility import floor_infeasibility, foot_contact, posture_infeasibility
from qleap_edge.physics.forward import (
    MAX_JOINT_RMSE_RAD,
    MAX_PELVIS_ERROR_M,
    MAX_SLIP_M,
    WARM_UP,
    feedforward_torques,
    forward_dynamics,
    forward_infeasibility,
)
from qleap_edge.physics.kinematics import BodyBatch
from qleap_edge.physics.load import Load
from qleap_edge.physics.mjcf import BodyModel
from qleap_edge.physics.motion_targets import solve_leg_ik
from qleap_edge.physics.randomize import RELEASE, for_regime

STEP, COUNT = 0.01, 6
STANDING = sorted(name for name, model in CATALOGUE.items() if model.forward)


@pytest.fixture(scope="module")
def bodies() -> tuple[BodyModel, BodyModel]:
    return BodyModel("prescribed"), BodyModel("forward")


def references(name: str):
    """Yield feasible references: (subject, load, states of one row, contact_mask, (the prescribed simulation, its inverse))."""
    kind, distributions = exercise_model(name), for_regime(RELEASE, "forward")
    subjects = [draw_subject(index, distributions, np.random.default_rng(index)) for index in range(COUNT)]
    plans = [
        kind.draw(one, 4.0, distributions, np.random.default_rng([3, index])) for index, one in enumerate(subjects)
    ]
    early = PAD + WARM_UP
    time = np.tile((np.arange(401 + early + PAD) - early) * STEP, (COUNT, 1))
    body = BodyBatch.stack(subjects, [plan.load for plan in plans])
    motion = solve_leg_ik(body, kind.targets(plans, body, time))
    qpos = configurations(motion.pelvis, motion.angles)
    body_model = BodyModel("prescribed")
    for row, subject in enumerate(subjects):
        body_model.set_subject(subject, plans[row].load)
        state = differentiate(qpos[:, row], STEP)
        inverse = InverseDynamics.allocate(body_model, len(state[0]))
        simulated = prescribed_dynamics(body_model, *state, inverse)
        contact_mask = motion.contact_mask[row, PAD:-PAD]
        no_body = posture_infeasibility(state[0][:, 7:].T, body_model.joint_limits, motion.reachable[row, PAD:-PAD])
        if (
            no_body or floor_infeasibility(simulated, foot_contact(simulated, contact_mask), kind.feasibility_limits)
        ) is None:
            yield subject, plans[row].load, state, contact_mask, (simulated, inverse)


@pytest.mark.parametrize("name", STANDING)
def test_who_could_stand_stays_upright_and_does_not_slip(name, bodies):
    kinematic, free = bodies
    limits, outcomes = exercise_model(name).feasibility_limits, []
    for subject, load, state, contact_mask, known in references(name):
        kinematic.set_subject(subject, load)
        free.set_subject(subject, load)
        outcome = forward_dynamics(kinematic, free, state, *known, contact_mask, STEP, 0.8)
        outcomes.append("fell" if outcome is None else forward_infeasibility(outcome, free, limits))
        if outcomes[-1] is None:
            assert outcome.contact.slide.max() <= MAX_SLIP_M
            assert outcome.pelvis_error_m <= MAX_PELVIS_ERROR_M
            assert outcome.joint_rmse_rad <= MAX_JOINT_RMSE_RAD
            force = outcome.simulated.ground.force[:, 2]
            assert (force > 0.0).all()
            assert force.mean() / outcome.simulated.weight == pytest.approx(1.0, abs=0.02)
    assert len(outcomes) >= 3
    assert outcomes.count(None) >= len(outcomes) - 1, outcomes


def test_nothing_holds_the_root(bodies):
    free = bodies[1]
    joints = {int(joint) for joint in free.model.actuator_trnid[:, 0]}
    assert joints == set(range(1, free.model.njnt)), "every hinge has a servo, the free joint has none"
    assert not free.data.xfrc_applied.any()


def test_a_body_off_its_reference_falls_and_is_refused(bodies):
    kinematic, free = bodies
    subject, load, (qpos, qvel, qacc), contact_mask, known = next(references("idle"))
    kinematic.set_subject(subject, load)
    free.set_subject(subject, load)
    leaning = qpos.copy()
    turn = Rotation.from_euler("y", 35, degrees=True)
    leaning[:, 3:7] = (turn * Rotation.from_quat(qpos[:, 3:7], scalar_first=True)).as_quat(scalar_first=True)
    assert forward_dynamics(kinematic, free, (leaning, qvel, qacc), *known, contact_mask, STEP, 0.8) is None


def test_on_ice_the_feet_slip_and_the_sequence_is_refused(bodies):
    """Everybody slides a centimetre farther than on rubber; one who goes straight down and up may stay within the limit."""
    kinematic, free = bodies
    refused = []
    for subject, load, state, contact_mask, known in references("squat"):
        kinematic.set_subject(subject, load)
        free.set_subject(subject, load)
        ice, rubber = (
            forward_dynamics(kinematic, free, state, *known, contact_mask, STEP, friction) for friction in (1e-5, 0.8)
        )
        refused.append(
            "fell" if ice is None else forward_infeasibility(ice, free, exercise_model("squat").feasibility_limits)
        )
        assert ice is None or ice.contact.slide.max() > 0.01 + rubber.contact.slide.max()
    assert refused.count(None) <= 1 and {"slip", "fell"} & set(refused)


def test_feed_forward_torques_hold_the_motion_on_the_floor(bodies):
    """Inverse dynamics with both feet's forces applied as external wrenches must ask the same of every hinge."""
    kinematic = bodies[0]
    subject, load, (qpos, qvel, qacc), _, known = next(references("squat"))
    simulated, inverse = known
    kinematic.set_subject(subject, load)
    torque = feedforward_torques(kinematic.model, (qpos, qvel, qacc), simulated, inverse)
    model, data = kinematic.model, kinematic.data
    for row in range(0, len(qpos), 40):
        data.qpos[:], data.qvel[:], data.qacc[:] = qpos[row], qvel[row], qacc[row]
        mujoco.mj_inverse(model, data)
        feet = [model.body(f"{side}_foot").id for side in ("left", "right")]
        left, right = data.xpos[feet, 1]
        centre, force = simulated.ground.pressure_centre[row], simulated.ground.force[row]
        on_right = np.clip((centre[1] - left) / (right - left), 0.0, 1.0)
        borne = np.zeros(model.nv)
        for foot, share in zip(feet, (1.0 - on_right, on_right), strict=True):
            point = np.array([centre[0], data.xpos[foot, 1], 0.0])
            mujoco.mj_applyFT(model, data, share * force, np.zeros(3), point, foot, borne)
        np.testing.assert_allclose(torque[row], (data.qfrc_inverse - borne)[6:], atol=1e-6)


def test_what_is_felt_is_the_second_derivative_of_where_the_wrist_is(bodies):
    """The simulated accelerometer against the simulated watch's own path: labels and signal are of one motion."""
    kinematic, free = bodies
    subject, load, state, contact_mask, known = next(references("squat"))
    kinematic.set_subject(subject, load)
    free.set_subject(subject, load)
    simulated = forward_dynamics(kinematic, free, state, *known, contact_mask, STEP, 0.8).simulated
    truth = Rotation.from_quat(simulated.watch_orientation("left"), scalar_first=True)
    world = truth.apply(simulated.watch("left")[:, :3]) - np.array([0.0, 0.0, STANDARD_GRAVITY])
    joints, out = simulated.joints, truth.as_matrix()[:, :, 2]
    along = joints[:, 12] - joints[:, 13]
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    watch = joints[:, 13] + subject.watch_to_wrist_m * along + subject.watch_height_m * out
    second = (watch[2:] - 2.0 * watch[1:-1] + watch[:-2]) / STEP**2
    smooth = np.ones(5) / 5.0  # contacts ring between the samples: compare below 10 Hz
    for axis in range(3):
        sensed, moved = np.convolve(world[1:-1, axis], smooth, "valid"), np.convolve(second[:, axis], smooth, "valid")
        assert np.sqrt(np.mean((sensed - moved) ** 2)) < 0.12


def test_the_load_is_carried(bodies):
    free = bodies[1]
    subject = draw_subject(1, RELEASE, np.random.default_rng(1))
    free.set_subject(subject, Load(bar_kg=50.0, bar_ahead_m=-0.08))
    assert free.model.body_subtreemass[1] == pytest.approx(subject.mass_kg + 50.0)
