"""Joints, mirroring and heading."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from qleap_edge.core.frames import mirror_imu
from qleap_edge.core.skeleton import (
    JOINT_NAMES,
    MIRRORED,
    PARENTS,
    VISION_NAMES,
    mirror_pose,
    remove_heading,
    skeleton_document,
)

RNG = np.random.default_rng(7)


def standing():
    joints = RNG.normal(size=(5, 17, 3))
    joints[:, 4, 1] += 5.0  # left hip well to the left of the right hip
    return joints


def test_tree_is_a_tree_and_mirror_keeps_it():
    assert len(JOINT_NAMES) == len(PARENTS) == len(VISION_NAMES) == len(set(VISION_NAMES)) == 17
    assert all(parent < child for child, parent in enumerate(PARENTS))
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            assert PARENTS[MIRRORED[joint]] == MIRRORED[parent]
    assert [MIRRORED[MIRRORED[i]] for i in range(17)] == list(range(17))


def test_document_holds_the_tree():
    joints = skeleton_document().joints
    assert [j.parent for j in joints] == list(PARENTS) and joints[9].vision_name == "centerHead"


def test_mirrors_are_involutions():
    pose, imu = standing(), RNG.normal(size=(4, 200, 6))
    np.testing.assert_array_equal(mirror_pose(mirror_pose(pose)), pose)
    np.testing.assert_array_equal(mirror_imu(mirror_imu(imu)), imu)


@given(st.floats(-np.pi, np.pi), st.tuples(*[st.floats(-9, 9)] * 3))
def test_heading_and_place_do_not_matter(angle, shift):
    joints = standing()
    moved = Rotation.from_euler("z", angle).apply(joints.reshape(-1, 3)).reshape(joints.shape) + shift
    np.testing.assert_allclose(remove_heading(moved), remove_heading(joints), atol=1e-9)


def test_facing_x_afterwards():
    body = remove_heading(standing())
    assert np.allclose(body[:, 0], 0.0)
    left = body[:, 4, :2] - body[:, 1, :2]
    np.testing.assert_allclose(left[:, 0], 0.0, atol=1e-12)
    assert (left[:, 1] > 0).all()
    np.testing.assert_allclose(remove_heading(body), body, atol=1e-12)


def test_mirroring_commutes_with_heading():
    joints = standing()
    np.testing.assert_allclose(remove_heading(mirror_pose(joints)), mirror_pose(remove_heading(joints)), atol=1e-12)
