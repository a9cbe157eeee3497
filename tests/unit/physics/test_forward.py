"""Forward simulation: a floor that carries and can be slipped on, no hand that holds the body, and honest labels."""

import mujoco
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from qleap_edge.core.frames import STANDARD_GRAVITY
from qleap_edge.physics.anthropometry import draw_subject
from qleap_edge.physics.carriage import on_legs
from qleap_edge.physics.dynamics import Hinges, prescribed_dynamics
from qleap_edge.physics.exercises.catalogue import CATALOGUE, exercise_model
from qleap_edge.physics.feasibility import contact, floor_refusal, posture_refusal
from qleap_edge.physics.forward import (
    MAX_JOINT_RMSE_RAD,
    MAX_PELVIS_ERROR_M,
    MAX_SLIP_M,
    WARM_UP,
    failure,
    feed_forward,
    forward_dynamics,
)
from qleap_edge.physics.kinematics import BodyBatch
from qleap_edge.physics.load import Load
from qleap_edge.physics.mjcf import Mannequin
from qleap_edge.physics.randomize import RELEASE, for_regime
from qleap_edge.physics.states import PAD, differentiate

STEP, COUNT = 0.01, 6
STANDING = sorted(name for name, model in CATALOGUE.items() if model.forward)


@pytest.fixture(scope="module")
def bodies() -> tuple[Mannequin, Mannequin]:
    return Mannequin("prescribed"), Mannequin("forward")


def references(name: str):
    """Yield feasible references: (subject, load, states of one row, pinned, (the prescribed simulation, its hinges))."""
    kind, laws = exercise_model(name), for_regime(RELEASE, "forward")
    subjects = [draw_subject(index, laws, np.random.default_rng(index)) for index in range(COUNT)]
    plans = [kind.draw(one, 4.0, laws, np.random.default_rng([3, index])) for index, one in enumerate(subjects)]
    early = PAD + WARM_UP
    time = np.tile((np.arange(401 + early + PAD) - early) * STEP, (COUNT, 1))
    body = BodyBatch.stack(subjects, [plan.load for plan in plans])
    motion = on_legs(body, kind.carriage(plans, body, time))
    states = differentiate(motion.pelvis, motion.angles, np.full(COUNT, STEP))
    mannequin = Mannequin("prescribed")
    for row, subject in enumerate(subjects):
        mannequin.dress(subject, plans[row].load)
        state = (states.qpos[row], states.qvel[row], states.qacc[row])
        hinges = Hinges.room_for(mannequin, len(state[0]))
        simulated = prescribed_dynamics(mannequin, *state, hinges)
        pinned = motion.pinned[row, PAD:-PAD]
        no_body = posture_refusal(state[0], mannequin.limits, motion.reachable[row, PAD:-PAD])
        if (no_body or floor_refusal(simulated, contact(simulated, pinned), kind.gate)) is None:
            yield subject, plans[row].load, state, pinned, (simulated, hinges)


@pytest.mark.parametrize("name", STANDING)
def test_who_could_stand_stays_upright_and_does_not_slip(name, bodies):
    kinematic, free = bodies
    gate, outcomes = exercise_model(name).gate, []
    for subject, load, state, pinned, known in references(name):
        kinematic.dress(subject, load)
        free.dress(subject, load)
        outcome = forward_dynamics(kinematic, free, state, *known, pinned, STEP, 0.8)
        outcomes.append("fell" if outcome is None else failure(outcome, free, gate))
        if outcomes[-1] is None:
            assert outcome.stood.slide.max() <= MAX_SLIP_M
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
    subject, load, (qpos, qvel, qacc), pinned, known = next(references("idle"))
    kinematic.dress(subject, load)
    free.dress(subject, load)
    leaning = qpos.copy()
    turn = Rotation.from_euler("y", 35, degrees=True)
    leaning[:, 3:7] = (turn * Rotation.from_quat(qpos[:, 3:7], scalar_first=True)).as_quat(scalar_first=True)
    assert forward_dynamics(kinematic, free, (leaning, qvel, qacc), *known, pinned, STEP, 0.8) is None


def test_on_ice_the_feet_slip_and_the_sequence_is_refused(bodies):
    """All but who goes so straight down and up that 12 mm of 15 are enough; nobody stays where he stays on rubber."""
    kinematic, free = bodies
    refused = []
    for subject, load, state, pinned, known in references("squat"):
        kinematic.dress(subject, load)
        free.dress(subject, load)
        ice, rubber = (
            forward_dynamics(kinematic, free, state, *known, pinned, STEP, friction) for friction in (1e-5, 0.8)
        )
        refused.append("fell" if ice is None else failure(ice, free, exercise_model("squat").gate))
        assert ice is None or ice.stood.slide.max() > 5.0 * rubber.stood.slide.max()
    assert refused.count(None) <= 1 and {"slip", "fell"} & set(refused)


def test_feed_forward_torques_hold_the_motion_on_the_floor(bodies):
    """Inverse dynamics with both feet's forces applied as external wrenches must ask the same of every hinge."""
    kinematic = bodies[0]
    subject, load, (qpos, qvel, qacc), _, known = next(references("squat"))
    simulated, hinges = known
    kinematic.dress(subject, load)
    torque = feed_forward(kinematic.model, (qpos, qvel, qacc), simulated, hinges)
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
    subject, load, state, pinned, known = next(references("squat"))
    kinematic.dress(subject, load)
    free.dress(subject, load)
    simulated = forward_dynamics(kinematic, free, state, *known, pinned, STEP, 0.8).simulated
    truth = Rotation.from_quat(simulated.watch_orientation("left"), scalar_first=True)
    world = truth.apply(simulated.watch("left")[:, :3]) - np.array([0.0, 0.0, STANDARD_GRAVITY])
    joints, out = simulated.joints, truth.as_matrix()[:, :, 2]
    along = joints[:, 12] - joints[:, 13]
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    watch = joints[:, 13] + subject.watch_to_wrist_m * along + subject.watch_height_m * out
    second = (watch[2:] - 2.0 * watch[1:-1] + watch[:-2]) / STEP**2
    smooth = np.ones(5) / 5.0  # contacts ring between the samples: compare below 10 Hz
    for axis in range(3):
        felt, moved = np.convolve(world[1:-1, axis], smooth, "valid"), np.convolve(second[:, axis], smooth, "valid")
        assert np.sqrt(np.mean((felt - moved) ** 2)) < 0.12


def test_the_load_is_carried(bodies):
    free = bodies[1]
    subject = draw_subject(1, RELEASE, np.random.default_rng(1))
    free.dress(subject, Load(bar_kg=50.0, bar_ahead_m=-0.08))
    assert free.model.body_subtreemass[1] == pytest.approx(subject.mass_kg + 50.0)
