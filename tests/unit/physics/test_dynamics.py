"""Prescribed dynamics against known answers: gravity, free fall, Newton's law, and gyroscopes against orientations."""

import mujoco
import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from qleap_edge.core.frames import STANDARD_GRAVITY, mirror_imu
from qleap_edge.physics.body import DOF_COUNT, HINGES
from qleap_edge.physics.dynamics import prescribed_dynamics
from qleap_edge.physics.exercises.catalogue import exercise_model
from qleap_edge.physics.load import Load
from qleap_edge.physics.mjcf import BodyModel
from tests.support.motions import BODY, MAN, STEP, simulate_pose, standing_pose


def test_the_floor_carries_the_body(runs):
    name, feasible = runs
    for run in feasible:
        force = run.simulated.ground.force
        assert run.simulated.weight == pytest.approx(run.weight)
        assert (force[:, 2] > (-0.05 * run.weight if exercise_model(name).feasibility_limits.flight else 0.0)).all()
        # A jumper is cut out of his rhythm; everybody else ends as he began.
        assert force[:, 2].mean() / run.weight == pytest.approx(1.0, abs=0.06 if name == "jumping_jack" else 0.01)


def test_newton_holds_for_the_whole_body(runs):
    """Force = mass × (acceleration of the centre of mass - gravity): the same floor by another road."""
    for run in runs[1][:3]:
        com = run.simulated.centre_of_mass
        acceleration = (com[2:] - 2.0 * com[1:-1] + com[:-2]) / STEP**2
        expected = run.weight / STANDARD_GRAVITY * (acceleration + np.array([0.0, 0.0, STANDARD_GRAVITY]))
        force = run.simulated.ground.force[1:-1]
        assert np.sqrt(((force - expected) ** 2).mean()) < 0.03 * run.weight


def test_the_gyro_integrates_to_the_orientation(runs):
    for run in runs[1]:
        for side in ("left", "right"):
            rate = run.simulated.watch(side)[:, 3:]
            truth = Rotation.from_quat(run.simulated.watch_orientation(side), scalar_first=True)
            turned = truth[0]
            worst = 0.0
            for index in range(len(rate) - 1):
                turned = turned * Rotation.from_rotvec(0.5 * (rate[index] + rate[index + 1]) * STEP)
                worst = max(worst, (turned.inv() * truth[index + 1]).magnitude())
            assert np.degrees(worst) <= 0.5


def test_the_accelerometer_is_the_second_derivative_of_the_site(runs):
    for run in runs[1][:4]:
        truth = Rotation.from_quat(run.simulated.watch_orientation("left"), scalar_first=True)
        world = truth.apply(run.simulated.watch("left")[:, :3]) - np.array([0.0, 0.0, STANDARD_GRAVITY])
        # The watch on the line from wrist to elbow, 27 mm out of it: rebuilt from the points and its own frame.
        joints, out = run.simulated.joints, truth.as_matrix()[:, :, 2]
        along = joints[:, 12] - joints[:, 13]
        along /= np.linalg.norm(along, axis=1, keepdims=True)
        watch = joints[:, 13] + run.subject.watch_to_wrist_m * along + run.subject.watch_height_m * out
        inner = -watch[4:] + 16.0 * watch[3:-1] - 30.0 * watch[2:-2] + 16.0 * watch[1:-3] - watch[:-4]
        error = world[2:-2] - inner / (12.0 * STEP**2)
        assert np.sqrt((error**2).mean()) < 0.03 * np.sqrt((world**2).mean()) + 0.02


def test_velocities_match_mujoco(runs):
    """The five-point rule is MuJoCo's own difference over one step and over two, extrapolated (Richardson)."""
    run = runs[1][0]
    qpos, qvel = run.states[0], run.states[1]
    reference = np.empty_like(qvel[2:-2])
    one, two = np.empty(qvel.shape[1]), np.empty(qvel.shape[1])
    for index in range(2, len(qpos) - 2):
        mujoco.mj_differentiatePos(BODY.model, one, 2.0 * STEP, qpos[index - 1], qpos[index + 1])
        mujoco.mj_differentiatePos(BODY.model, two, 4.0 * STEP, qpos[index - 2], qpos[index + 2])
        reference[index - 2] = (4.0 * one - two) / 3.0
    np.testing.assert_allclose(reference, qvel[2:-2], atol=2e-3)


LOADS = [
    Load(),
    Load(bar_kg=60.0, bar_ahead_m=-0.08),
    Load(bar_kg=40.0, bar_ahead_m=0.1, hand_kg=7.0),
    Load(hand_kg=20.0),
]


def test_hanging_arm_feels_minus_g_along_the_forearm():
    simulated = simulate_pose(standing_pose())
    for side in ("left", "right"):
        np.testing.assert_allclose(simulated.watch(side)[0], [-STANDARD_GRAVITY, 0, 0, 0, 0, 0], atol=1e-9)


def test_palm_down_feels_g_out_of_the_skin():
    bent = {
        "left_forearm__y": -90,
        "left_forearm__pronation": 90,
        "right_forearm__y": -90,
        "right_forearm__pronation": 90,
    }
    simulated = simulate_pose(standing_pose(**bent))
    left, right = simulated.watch("left")[0], simulated.watch("right")[0]
    np.testing.assert_allclose(left[:3], [0, 0, STANDARD_GRAVITY], atol=1e-9)
    np.testing.assert_allclose(mirror_imu(right), left, atol=1e-9)


def test_thumb_up_is_minus_y_on_the_left_and_plus_y_on_the_right_arm():
    simulated = simulate_pose(standing_pose(left_forearm__y=-90, right_forearm__y=-90))
    np.testing.assert_allclose(simulated.watch("left")[0, :3], [0, -STANDARD_GRAVITY, 0], atol=1e-9)
    np.testing.assert_allclose(simulated.watch("right")[0, :3], [0, STANDARD_GRAVITY, 0], atol=1e-9)


def test_free_fall_feels_nothing_and_needs_no_floor():
    falling = np.zeros((1, DOF_COUNT))
    falling[0, 2] = -STANDARD_GRAVITY
    simulated = simulate_pose(standing_pose(left_upper_arm__y=-40, left_forearm__y=-60), falling)
    for side in ("left", "right"):
        np.testing.assert_allclose(simulated.watch(side)[0, :3], 0.0, atol=1e-9)
    np.testing.assert_allclose(simulated.ground.force[0], 0.0, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_at_rest_the_norm_is_g_in_any_posture(seed):
    rng = np.random.default_rng(seed)
    qpos = standing_pose()
    qpos[0, 7:] = rng.uniform(-0.5, 0.5, len(HINGES))
    simulated = simulate_pose(qpos)
    for side in ("left", "right"):
        assert np.linalg.norm(simulated.watch(side)[0, :3]) == pytest.approx(STANDARD_GRAVITY, abs=1e-9)


@pytest.mark.parametrize("load", LOADS, ids=str)
def test_the_short_chain_feels_what_inverse_dynamics_feels(load):
    """Sensors, and the floor's wrench against the root's rows of ``mj_inverse``."""
    body_model, rng = BodyModel("prescribed"), np.random.default_rng(1)
    body_model.set_subject(MAN, load)
    model = body_model.model
    qpos = np.hstack([np.tile([0.1, -0.2, 0.9, 1, 0, 0, 0], (5, 1)), rng.normal(0, 0.3, (5, model.nq - 7))])
    qpos[:, 3:7] = rng.normal(size=(5, 4))
    qpos[:, 3:7] /= np.linalg.norm(qpos[:, 3:7], axis=1, keepdims=True)
    qvel, qacc = rng.normal(size=(5, model.nv)), rng.normal(size=(5, model.nv))
    short = prescribed_dynamics(body_model, qpos, qvel, qacc)
    for row in range(5):
        data = mujoco.MjData(model)
        data.qpos[:], data.qvel[:], data.qacc[:] = qpos[row], qvel[row], qacc[row]
        mujoco.mj_inverse(model, data)
        np.testing.assert_array_equal(short.sensors[row], data.sensordata)
        force = data.qfrc_inverse[:3]
        np.testing.assert_allclose(short.ground.force[row], force, atol=1e-9)
        local = np.empty(3)
        mujoco.mju_rotVecQuat(local, data.qfrc_inverse[3:6], qpos[row, 3:7])
        at = qpos[row, :3] - np.r_[short.ground.pressure_centre[row], 0.0]
        np.testing.assert_allclose((local + np.cross(at, force))[:2], 0.0, atol=1e-8)
