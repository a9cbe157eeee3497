"""The body against known answers: gravity, free fall, palms, masses, stature."""

import mujoco
import numpy as np
import pytest

from qleap_edge.core.frames import STANDARD_GRAVITY, mirror_imu
from qleap_edge.core.skeleton import JOINT_INDEX, JOINT_NAMES, PARENTS, mirror_pose
from qleap_edge.physics.anthropometry import DE_LEVA, draw_subject, mean_subject
from qleap_edge.physics.body import DOF_COUNT, HINGES, QPOS, segments
from qleap_edge.physics.dynamics import prescribed_dynamics
from qleap_edge.physics.load import Load
from qleap_edge.physics.mjcf import SENSORS, Mannequin, compile_body
from qleap_edge.physics.randomize import RELEASE

LOADS = [
    Load(),
    Load(bar_kg=60.0, bar_ahead_m=-0.08),
    Load(bar_kg=40.0, bar_ahead_m=0.1, hand_kg=7.0),
    Load(hand_kg=20.0),
]
MAN = mean_subject("male", 1.75, 75.0)


def still(**degrees: float) -> np.ndarray:
    qpos = np.zeros((1, 1 + DOF_COUNT))
    qpos[0, 2], qpos[0, 3] = 0.928, 1.0
    for name, angle in degrees.items():
        qpos[0, QPOS[name.replace("__", ".")]] = np.radians(angle)
    return qpos


def run(qpos: np.ndarray, qacc: np.ndarray | None = None):
    zero = np.zeros((len(qpos), DOF_COUNT))
    mannequin = Mannequin("prescribed")
    mannequin.dress(MAN, Load())
    return prescribed_dynamics(mannequin, qpos, zero, zero if qacc is None else qacc)


@pytest.mark.parametrize("sex", ["female", "male"])
def test_de_leva_masses_sum_to_the_body(sex):
    rows = DE_LEVA[sex]
    paired = ("upper_arm", "forearm", "hand", "thigh", "shank", "foot")
    assert sum(row.mass * (2 if name in paired else 1) for name, row in rows.items()) == pytest.approx(1.0, abs=2e-4)


@pytest.mark.parametrize("index", range(6))
def test_a_drawn_subject_has_its_stature_and_mass(index):
    subject = draw_subject(index, RELEASE, np.random.default_rng(index))
    model = compile_body(subject)
    assert model.body_mass.sum() == pytest.approx(subject.mass_kg)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    joints = data.sensordata[SENSORS.joints].reshape(17, 3)
    soles = data.sensordata[SENSORS.foot_points].reshape(4, 3)
    assert joints[JOINT_INDEX["head"], 2] - soles[0, 2] == pytest.approx(subject.stature_m)


def test_hinges_and_sensors_are_where_the_layout_says():
    model = compile_body(MAN)
    names = [mujoco.mj_id2name(model, mujoco.mjtObj.mjOBJ_JOINT, index) for index in range(1, model.njnt)]
    assert tuple(names) == HINGES
    assert model.nsensordata == SENSORS.width
    assert model.nv == DOF_COUNT == 38


def test_the_17_points_form_the_tree():
    joints = run(still()).joints[0]
    for index, parent in enumerate(PARENTS):
        if parent >= 0:
            assert 0.03 < np.linalg.norm(joints[index] - joints[parent]) < 0.5, JOINT_NAMES[index]
    np.testing.assert_allclose(mirror_pose(joints), joints, atol=1e-12)


def test_hanging_arm_feels_minus_g_along_the_forearm():
    simulated = run(still())
    for side in ("left", "right"):
        np.testing.assert_allclose(simulated.watch(side)[0], [-STANDARD_GRAVITY, 0, 0, 0, 0, 0], atol=1e-9)


def test_palm_down_feels_g_out_of_the_skin():
    bent = {
        "left_forearm__y": -90,
        "left_forearm__pronation": 90,
        "right_forearm__y": -90,
        "right_forearm__pronation": 90,
    }
    simulated = run(still(**bent))
    left, right = simulated.watch("left")[0], simulated.watch("right")[0]
    np.testing.assert_allclose(left[:3], [0, 0, STANDARD_GRAVITY], atol=1e-9)
    np.testing.assert_allclose(mirror_imu(right), left, atol=1e-9)


def test_thumb_up_is_minus_y_on_the_left_and_plus_y_on_the_right_arm():
    simulated = run(still(left_forearm__y=-90, right_forearm__y=-90))
    np.testing.assert_allclose(simulated.watch("left")[0, :3], [0, -STANDARD_GRAVITY, 0], atol=1e-9)
    np.testing.assert_allclose(simulated.watch("right")[0, :3], [0, STANDARD_GRAVITY, 0], atol=1e-9)


def test_free_fall_feels_nothing_and_needs_no_floor():
    falling = np.zeros((1, DOF_COUNT))
    falling[0, 2] = -STANDARD_GRAVITY
    simulated = run(still(left_upper_arm__y=-40, left_forearm__y=-60), falling)
    for side in ("left", "right"):
        np.testing.assert_allclose(simulated.watch(side)[0, :3], 0.0, atol=1e-9)
    np.testing.assert_allclose(simulated.ground.force[0], 0.0, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_at_rest_the_norm_is_g_in_any_posture(seed):
    rng = np.random.default_rng(seed)
    qpos = still()
    qpos[0, 7:] = rng.uniform(-0.5, 0.5, len(HINGES))
    simulated = run(qpos)
    for side in ("left", "right"):
        assert np.linalg.norm(simulated.watch(side)[0, :3]) == pytest.approx(STANDARD_GRAVITY, abs=1e-9)


def test_equal_angles_on_both_sides_are_mirror_images():
    rng = np.random.default_rng(3)
    qpos = still()
    for name in HINGES:
        if name.startswith("left"):
            angle = rng.uniform(-0.6, 0.6)
            qpos[0, QPOS[name]] = angle
            qpos[0, QPOS[name.replace("left", "right")]] = angle
    simulated = run(qpos)
    joints = simulated.joints[0]
    np.testing.assert_allclose(mirror_pose(joints), joints, atol=1e-12)
    np.testing.assert_allclose(mirror_imu(simulated.watch("right")[0]), simulated.watch("left")[0], atol=1e-9)


def test_forward_lean_is_positive_and_knees_bend_backwards():
    joints = run(still(abdomen__y=30, left_shank__y=60, left_thigh__y=-30)).joints[0]
    assert joints[JOINT_INDEX["thorax"], 0] > 0.05
    assert joints[JOINT_INDEX["left_knee"], 0] > 0.1  # hip flexion is negative: the knee comes forward
    assert joints[JOINT_INDEX["left_ankle"], 0] < joints[JOINT_INDEX["left_knee"], 0]


@pytest.mark.parametrize("kind", ["prescribed", "forward"])
@pytest.mark.parametrize("load", LOADS, ids=str)
def test_a_dressed_mannequin_is_the_compiled_body(kind, load):
    """The fast way against the slow one, in any pose and motion, after it was somebody else."""
    mannequin, rng = Mannequin(kind), np.random.default_rng(4)
    mannequin.dress(draw_subject(8, RELEASE, np.random.default_rng(8)), Load(bar_kg=90.0, bar_ahead_m=0.2))
    subject = draw_subject(3, RELEASE, np.random.default_rng(3))
    mannequin.dress(subject, load)
    model = compile_body(subject, load, kind)
    pairs = [(mannequin.model, mannequin.data), (model, mujoco.MjData(model))]
    pose = np.r_[0, 0, 1.5, 1, 0, 0, 0, rng.normal(0, 0.4, model.nq - 7)]
    speed, change = rng.normal(size=model.nv), 5.0 * rng.normal(size=model.nv)
    for one, data in pairs:
        data.qpos[:], data.qvel[:], data.qacc[:] = pose, speed, change
        mujoco.mj_inverse(one, data)
    np.testing.assert_allclose(pairs[0][1].sensordata, pairs[1][1].sensordata, atol=1e-9)
    np.testing.assert_allclose(pairs[0][1].qfrc_inverse, pairs[1][1].qfrc_inverse, atol=1e-9)
    assert model.body_mass.sum() == pytest.approx(subject.mass_kg + load.total_kg)
    if kind == "forward":
        np.testing.assert_allclose(mannequin.model.geom_pos, model.geom_pos, atol=1e-15)
        np.testing.assert_allclose(mannequin.model.actuator_biasprm, model.actuator_biasprm, atol=1e-9)


@pytest.mark.parametrize("load", LOADS, ids=str)
def test_the_short_chain_feels_what_inverse_dynamics_feels(load):
    """Sensors, and the floor's wrench against the root's rows of ``mj_inverse``."""
    mannequin, rng = Mannequin("prescribed"), np.random.default_rng(1)
    mannequin.dress(MAN, load)
    model = mannequin.model
    qpos = np.hstack([np.tile([0.1, -0.2, 0.9, 1, 0, 0, 0], (5, 1)), rng.normal(0, 0.3, (5, model.nq - 7))])
    qpos[:, 3:7] = rng.normal(size=(5, 4))
    qpos[:, 3:7] /= np.linalg.norm(qpos[:, 3:7], axis=1, keepdims=True)
    qvel, qacc = rng.normal(size=(5, model.nv)), rng.normal(size=(5, model.nv))
    short = prescribed_dynamics(mannequin, qpos, qvel, qacc)
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


def test_a_load_is_part_of_the_body_that_carries_it():
    """Centre and inertia of thorax and bar, against a sum over point masses."""
    load = Load(bar_kg=50.0, bar_ahead_m=-0.1)
    thorax = next(part for part in segments(MAN, load) if part.name == "thorax").lump
    bare = next(part for part in segments(MAN) if part.name == "thorax").lump
    bar_at = np.array([-0.1, 0.0, MAN.lengths["shoulder_height"]])
    centre = (bare.mass * np.array(bare.centre) + 50.0 * bar_at) / (bare.mass + 50.0)
    np.testing.assert_allclose(thorax.centre, centre)
    # Point masses with the same moments: six on the axes of each body.
    points = []
    for mass, at, moments in (
        (bare.mass, np.array(bare.centre), np.diag(bare.inertia)),
        (50.0, bar_at, 50.0 * np.array([0.6, 0.06, 0.6]) ** 2),
    ):
        squares = 0.5 * (moments.sum() - 2.0 * moments) / mass  # mean square extent along each axis
        for axis in range(3):
            arm = np.zeros(3, dtype=complex)
            arm[axis] = np.sqrt(3.0 * squares[axis] + 0j)
            points += [(mass / 6.0, at + arm), (mass / 6.0, at - arm)]
    inertia = sum(
        mass * ((at - centre) @ (at - centre) * np.eye(3) - np.outer(at - centre, at - centre)) for mass, at in points
    )
    np.testing.assert_allclose(thorax.inertia, np.real(inertia), atol=1e-9)
