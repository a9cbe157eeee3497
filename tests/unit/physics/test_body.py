"""The tree of segments and the signs of its hinges."""

import numpy as np

from qleap_edge.core.frames import mirror_imu
from qleap_edge.core.skeleton import JOINT_INDEX, JOINT_NAMES, PARENTS, mirror_pose
from qleap_edge.physics.body import HINGES, QPOS
from tests.support.motions import simulate_pose, standing_pose


def test_the_17_points_form_the_tree():
    joints = simulate_pose(standing_pose()).joints[0]
    for index, parent in enumerate(PARENTS):
        if parent >= 0:
            assert 0.03 < np.linalg.norm(joints[index] - joints[parent]) < 0.5, JOINT_NAMES[index]
    np.testing.assert_allclose(mirror_pose(joints), joints, atol=1e-12)


def test_equal_angles_on_both_sides_are_mirror_images():
    rng = np.random.default_rng(3)
    qpos = standing_pose()
    for name in HINGES:
        if name.startswith("left"):
            angle = rng.uniform(-0.6, 0.6)
            qpos[0, QPOS[name]] = angle
            qpos[0, QPOS[name.replace("left", "right")]] = angle
    simulated = simulate_pose(qpos)
    joints = simulated.joints[0]
    np.testing.assert_allclose(mirror_pose(joints), joints, atol=1e-12)
    np.testing.assert_allclose(mirror_imu(simulated.watch("right")[0]), simulated.watch("left")[0], atol=1e-9)


def test_forward_lean_is_positive_and_knees_bend_backwards():
    joints = simulate_pose(standing_pose(abdomen__y=30, left_shank__y=60, left_thigh__y=-30)).joints[0]
    assert joints[JOINT_INDEX["thorax"], 0] > 0.05
    assert joints[JOINT_INDEX["left_knee"], 0] > 0.1  # hip flexion is negative: the knee comes forward
    assert joints[JOINT_INDEX["left_ankle"], 0] < joints[JOINT_INDEX["left_knee"], 0]
