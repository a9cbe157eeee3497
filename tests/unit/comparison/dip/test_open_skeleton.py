"""The open skeleton by known poses."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from qleap_edge.comparison.dip.open_skeleton import (
    SMPL_PARENTS,
    bone_offsets,
    global_rotations,
    joints_17,
    standing_pose,
    to_z_up,
)
from qleap_edge.core.skeleton import JOINT_INDEX, mirror_pose
from qleap_edge.metrics.angles import hip_flexion, knee_flexion

QUARTER = 0.5 * np.pi


def body(**turns: tuple[float, float, float]) -> np.ndarray:
    """Return the 17 joints for some rotation vectors, given as ``j4=(x, y, z)``."""
    pose = np.zeros((1, 24, 3))
    for name, vector in turns.items():
        pose[0, int(name[1:])] = vector
    return joints_17(global_rotations(pose))[0]


def at(pose: np.ndarray, name: str) -> np.ndarray:
    return pose[JOINT_INDEX[name]]


def test_the_t_pose_is_one_body_height():
    pose = body()
    ankles = at(pose, "left_ankle")[1]
    assert at(pose, "head")[1] - ankles == pytest.approx(1.0 - 0.039, abs=1e-12)  # 0.039: the height of the ankles
    assert at(pose, "left_wrist")[0] > 0.0 > at(pose, "right_wrist")[0]  # x is to the left
    np.testing.assert_allclose(at(pose, "left_wrist")[1], at(pose, "thorax")[1])
    np.testing.assert_allclose(pose[:, 2], 0.0)
    np.testing.assert_allclose(mirror_pose(to_z_up(pose)), to_z_up(pose), atol=1e-12)


def test_a_knee_bends_backwards_about_the_left_axis():
    pose = to_z_up(body(j4=(QUARTER, 0.0, 0.0)))
    np.testing.assert_allclose(knee_flexion(pose), [90.0, 0.0], atol=1e-6)
    shank = at(pose, "left_ankle") - at(pose, "left_knee")
    np.testing.assert_allclose(shank, [-bone_offsets()["left_ankle"][1] * -1.0, 0.0, 0.0], atol=1e-12)


def test_a_hip_bends_forwards():
    pose = to_z_up(body(j1=(-QUARTER, 0.0, 0.0)))
    np.testing.assert_allclose(hip_flexion(pose), [90.0, 0.0], atol=1e-6)
    assert at(pose, "left_knee")[0] > 0.2


def test_rotations_multiply_from_the_root():
    rng = np.random.default_rng(0)
    pose = rng.normal(size=(4, 24, 3))
    turned = global_rotations(pose)
    wanted = Rotation.identity(4)
    for joint in (0, 3, 6, 9, 13, 16, 18):
        wanted = wanted * Rotation.from_rotvec(pose[:, joint])
    np.testing.assert_allclose(turned[:, 18], wanted.as_matrix(), atol=1e-12)
    assert len(SMPL_PARENTS) == 24


def test_bones_keep_their_lengths_and_halved_ones_bend():
    pose = joints_17(global_rotations(np.random.default_rng(1).normal(scale=0.3, size=(20, 24, 3))))
    for name in ("left_knee", "right_ankle", "left_shoulder", "right_wrist", "neck", "head"):
        parent = {"left_knee": "left_hip", "right_ankle": "right_knee", "left_shoulder": "thorax",
                  "right_wrist": "right_elbow", "neck": "thorax", "head": "neck"}[name]  # fmt: skip
        lengths = np.linalg.norm(pose[:, JOINT_INDEX[name]] - pose[:, JOINT_INDEX[parent]], axis=1)
        np.testing.assert_allclose(lengths, np.linalg.norm(bone_offsets()[name]))
    bent = body(j3=(QUARTER, 0.0, 0.0))
    half = 0.5 * bone_offsets()["spine"][1]
    np.testing.assert_allclose(at(bent, "spine"), [0.0, half, half], atol=1e-12)


def test_a_standing_person_has_hanging_arms():
    pose = standing_pose()
    for side, sign in (("left", 1.0), ("right", -1.0)):
        arm = at(pose, f"{side}_wrist") - at(pose, f"{side}_shoulder")
        np.testing.assert_allclose(arm[:2], 0.0, atol=1e-12)
        assert arm[2] < -0.3 and sign * at(pose, f"{side}_shoulder")[1] > 0.05
