"""Angles against the arc cosine, SciPy and drawn figures."""

import numpy as np
from scipy.spatial.transform import Rotation

from qleap_edge.core.skeleton import JOINT_INDEX, JOINT_NAMES, PARENTS
from qleap_edge.metrics.angles import (
    BONES,
    SIP_BONES,
    angle_between,
    bone_angles,
    hip_flexion,
    hip_flexion_rad,
    joint_flexion_rad,
    knee_flexion,
    knee_flexion_rad,
    mean_knee_flexion,
    sip_columns,
)
from tests.support.stick_figures import stick_figure

RNG = np.random.default_rng(12)


def test_a_drawn_figure_bends_as_drawn():
    knee = np.radians([0.0, 30.0, 90.0, 125.0])
    pose = stick_figure(knee)
    np.testing.assert_allclose(knee_flexion(pose), np.degrees(knee)[:, None] * [1.0, 1.0], atol=1e-6)
    # The thigh leans back by half of the knee's bend under a trunk that leans forward by a quarter of it.
    np.testing.assert_allclose(hip_flexion(pose), 0.75 * np.degrees(knee)[:, None] * [1.0, 1.0], atol=1e-6)


def test_flexion_is_the_arc_cosine_of_the_directions():
    pose = RNG.normal(size=(50, 17, 3))
    for column, side in enumerate(("left", "right")):
        hip, knee, ankle = (pose[:, JOINT_INDEX[f"{side}_{name}"]] for name in ("hip", "knee", "ankle"))
        thigh, shank = knee - hip, ankle - knee
        cosine = (thigh * shank).sum(axis=1) / np.linalg.norm(thigh, axis=1) / np.linalg.norm(shank, axis=1)
        np.testing.assert_allclose(knee_flexion_rad(pose)[:, column], np.arccos(cosine), rtol=1e-9)
        np.testing.assert_array_equal(knee_flexion(pose), np.degrees(knee_flexion_rad(pose)))
        one = joint_flexion_rad(pose, f"{side}_hip", f"{side}_knee", f"{side}_ankle")
        np.testing.assert_array_equal(one, knee_flexion_rad(pose)[:, column])


def test_degrees_are_those_of_the_radians_and_the_mean_is_of_both_knees():
    pose = RNG.normal(size=(4, 5, 17, 3))
    np.testing.assert_array_equal(knee_flexion(pose), np.degrees(knee_flexion_rad(pose)))
    np.testing.assert_array_equal(hip_flexion(pose), np.degrees(hip_flexion_rad(pose)))
    np.testing.assert_allclose(mean_knee_flexion(pose), knee_flexion(pose).mean(axis=-1), rtol=1e-14)


def test_the_angle_between_vectors():
    a = RNG.normal(size=(50, 3))
    for turn in (0.0, 1e-9, 0.3, 2.0, np.pi):
        axis = np.cross(a, RNG.normal(size=(50, 3)))
        axis /= np.linalg.norm(axis, axis=1, keepdims=True)
        b = 3.0 * Rotation.from_rotvec(turn * axis).apply(a)
        np.testing.assert_allclose(angle_between(a, b), turn, atol=1e-12)
    np.testing.assert_array_equal(angle_between(a, np.zeros_like(a)), 0.0)


def test_bone_angles_of_one_turned_bone():
    truth = RNG.normal(size=(6, 17, 3))
    pose = truth.copy()
    tip, joint = JOINT_INDEX["left_wrist"], JOINT_INDEX["left_elbow"]
    bone = truth[:, tip] - truth[:, joint]
    across = np.cross(bone, RNG.normal(size=(6, 3)))
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    turns = np.radians([0.0, 1e-4, 20.0, 90.0, 150.0, 180.0])
    pose[:, tip] = truth[:, joint] + 3.0 * Rotation.from_rotvec(across * turns[:, None]).apply(
        bone
    )  # length is no matter
    angles = bone_angles(pose, truth)
    np.testing.assert_allclose(angles[:, BONES.index(tip)], np.degrees(turns), atol=1e-6)
    np.testing.assert_allclose(np.delete(angles, BONES.index(tip), axis=1), 0.0, atol=1e-6)


def test_directions_never_err_more_than_rotations():
    truth = RNG.normal(size=(200, 17, 3))
    turn = Rotation.random(200, rng=RNG)
    pose = np.einsum("nij,nkj->nki", turn.as_matrix(), truth)
    angles = bone_angles(pose, truth)
    geodesic = np.degrees(turn.magnitude())
    assert (angles <= geodesic[:, None] + 1e-9).all()
    assert angles.max() > 0.8 * geodesic.max()


def test_sip_bones_turn_in_hips_and_shoulders():
    assert {JOINT_NAMES[PARENTS[bone]] for bone in SIP_BONES} == {
        "left_hip", "right_hip", "left_shoulder", "right_shoulder",
    }  # fmt: skip
    assert [BONES[column] for column in sip_columns()] == list(SIP_BONES)
