"""Position errors against SciPy and closed forms."""

import numpy as np
import pytest
from scipy.spatial import procrustes as scipy_procrustes
from scipy.spatial.transform import Rotation

from qleap_edge.metrics.pose import (
    jerks,
    joint_errors,
    length,
    mpjpe_per_window,
    pa_joint_errors,
    pelvis_height,
    procrustes,
)
from tests.support.stick_figures import SHANK, THIGH, stick_figure

RNG = np.random.default_rng(11)


def some_poses(count: int) -> np.ndarray:
    return RNG.normal(size=(count, 17, 3))


def test_a_moved_turned_and_scaled_truth_is_the_truth():
    truth = some_poses(40)
    turn = Rotation.random(40, rng=RNG).as_matrix()
    copy = 0.3 * truth @ turn + RNG.normal(size=(40, 1, 3))
    np.testing.assert_allclose(procrustes(copy, truth), truth, atol=1e-12)
    assert pa_joint_errors(copy, truth).max() < 1e-12


def test_alignment_agrees_with_scipy_procrustes():
    truth = some_poses(30)
    pose = 1.7 * truth + 0.2 * some_poses(30)
    left = np.square(procrustes(pose, truth) - truth).sum(axis=(1, 2))
    for row in range(30):
        _, _, disparity = scipy_procrustes(truth[row], pose[row])
        centred = truth[row] - truth[row].mean(axis=0)
        assert left[row] / np.square(centred).sum() == pytest.approx(disparity, rel=1e-9)


def test_alignment_never_mirrors_and_agrees_with_align_vectors():
    truth = some_poses(30)
    pose = truth * np.array([1.0, -1.0, 1.0]) + 0.05 * some_poses(30)  # a mirrored body: no turn makes it the truth
    aligned = procrustes(pose, truth)
    for row in range(30):
        ours, goal = (array[row] - array[row].mean(axis=0) for array in (pose, truth))
        turned = Rotation.align_vectors(goal, ours)[0].apply(ours)
        scale = (turned * goal).sum() / np.square(ours).sum()
        np.testing.assert_allclose(aligned[row], scale * turned + truth[row].mean(axis=0), atol=1e-6)
    assert pa_joint_errors(pose, truth).mean() > 0.3


def test_flat_and_empty_bodies_are_aligned_too():
    truth = some_poses(5)
    flat = truth * np.array([1.0, 1.0, 0.0])
    turn = Rotation.from_euler("z", 40.0, degrees=True).as_matrix()
    np.testing.assert_allclose(procrustes(flat @ turn, flat), flat, atol=1e-12)
    np.testing.assert_allclose(procrustes(np.zeros_like(truth), truth), truth.mean(axis=1, keepdims=True) + 0 * truth)


def test_errors_of_any_batch_are_norms():
    pose, truth = some_poses(12).reshape(3, 4, 17, 3), some_poses(12).reshape(3, 4, 17, 3)
    expected = np.linalg.norm(pose - truth, axis=-1)[..., 1:]
    np.testing.assert_allclose(joint_errors(pose, truth), expected, rtol=1e-12)
    np.testing.assert_allclose(mpjpe_per_window(pose, truth), expected.mean(axis=(1, 2)), rtol=1e-12)
    np.testing.assert_allclose(length(pose), np.linalg.norm(pose, axis=-1), rtol=1e-12)


def test_jitter_of_a_cubic_is_six_times_its_coefficient():
    time = np.arange(60) / 50.0
    pose = np.zeros((60, 17, 3))
    pose[:, 1:, 1] = (0.5 * time**3 - 2.0 * time**2 + time)[:, None]
    np.testing.assert_allclose(jerks(pose), 3.0, rtol=1e-8)
    np.testing.assert_allclose(jerks(np.stack([pose, 2.0 * pose])), [[3.0] * 57, [6.0] * 57], rtol=1e-8)
    assert jerks(pose[:3]).shape == (0,)


def test_the_pelvis_sinks_with_the_knees():
    knee = np.radians([0.0, 60.0, 120.0])
    np.testing.assert_allclose(pelvis_height(stick_figure(knee)), (THIGH + SHANK) * np.cos(knee / 2.0))


def test_pelvis_height_is_over_the_lower_ankle():
    pose = np.zeros((1, 17, 3))
    pose[0, 3, 2], pose[0, 6, 2] = -0.8, -0.9
    assert pelvis_height(pose).tolist() == [0.9]
