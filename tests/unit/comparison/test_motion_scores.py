"""Scores by closed forms: shifted joints, known dips, known counts."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from qleap_edge.alignment.stream import windows
from qleap_edge.alignment.wear import Side
from qleap_edge.analysis.pelvis_repetitions import Repetition
from qleap_edge.comparison.motion.ground_truth import GroundTruth, ground_truth_of
from qleap_edge.comparison.motion.scores import JOINTS_13, inside_90, mpjpe_13
from qleap_edge.comparison.motion.squats import Dip, match
from qleap_edge.comparison.virtual_watch import ideal_watch
from qleap_edge.core.skeleton import JOINT_INDEX, PELVIS
from qleap_edge.dataset.motion_capture import read_motion_capture
from qleap_edge.dataset.report.real import LEG_SHARE, real_squats
from qleap_edge.metrics.pose import pelvis_height
from tests.support.trials import CMU


@pytest.fixture(scope="module")
def capture():
    return read_motion_capture(CMU)


@pytest.fixture(scope="module")
def truth(capture):
    aligned = ideal_watch(capture, Side.LEFT).aligned
    return ground_truth_of(capture, aligned, windows(aligned))


def test_thirteen_joints_count_the_pelvis_with_zero():
    assert len(JOINTS_13) == 13 and not {"spine", "thorax", "neck", "head"} & set(JOINTS_13)
    truth = np.random.default_rng(0).normal(size=(5, 17, 3))
    pose = truth.copy()
    pose[:, JOINT_INDEX["left_wrist"]] += [0.0, 0.3, 0.4]
    pose[:, JOINT_INDEX["head"]] += 9.0  # a biased point
    np.testing.assert_allclose(mpjpe_13(pose, truth), 0.5 / 13.0)


def test_half_of_the_limbs_outside_is_half():
    truth, sigma = np.zeros((4, 17, 3)), np.full((4, 17, 3), 0.1)
    pose = truth.copy()
    pose[:, [JOINT_INDEX[name] for name in JOINTS_13 if "left" in name]] = 0.17  # 1.645 sigma is 0.1645
    pose[:, PELVIS] = 7.0
    np.testing.assert_allclose(inside_90(pose, sigma, truth), 0.5)


def test_the_truth_is_centred_between_the_hips_and_scaled_by_the_legs(truth, capture):
    np.testing.assert_allclose(truth.pose[:, [1, 4]].mean(axis=1), 0.0, atol=1e-12)
    np.testing.assert_array_equal(truth.pose[:, PELVIS], 0.0)
    leg = sum(
        np.linalg.norm(truth.pose[:, JOINT_INDEX[f"left_{a}"]] - truth.pose[:, JOINT_INDEX[f"left_{b}"]], axis=1).mean()
        for a, b in (("hip", "knee"), ("knee", "ankle"))
    )
    assert leg == pytest.approx(LEG_SHARE, rel=0.01)
    assert np.linalg.norm(truth.file_root, axis=1).mean() == pytest.approx(0.063, abs=0.005)
    np.testing.assert_allclose(truth.pose_from_file_root[:, 1] - truth.pose[:, 1], -truth.file_root)
    at = np.flatnonzero(np.isclose(truth.time_s, 35.0))[0]
    world = capture.joints[3500]
    span = np.linalg.norm(world[3] - world[16])
    assert np.linalg.norm(truth.pose[at, 3] - truth.pose[at, 16]) * 1.65099 == pytest.approx(span, rel=1e-4)


def test_the_true_squats_are_the_report_s(truth, capture):
    found = [tuple(truth.time_s[list(span)]) for span in truth.repetitions]
    np.testing.assert_allclose(found, real_squats(capture).spans_s, atol=0.021)
    dips = [Dip.of(pelvis_height(truth.pose), start, end).depth * 1750.0 for start, _, end in truth.repetitions]
    np.testing.assert_allclose(dips, [592.0, 627.0], atol=3.0)


def test_labels_of_windows_are_majorities_and_a_tie_goes_to_the_later():
    action = np.repeat([0, 1, 0], [100, 150, 150])
    rows = SimpleNamespace(action=action, names=("a", "b"), first=np.array([0, 60, 150, 200]))
    np.testing.assert_array_equal(GroundTruth.window_labels(rows), [1, 1, 0, 0])
    labels = [0, 1, 0]  # majorities by hand: 100/100 tie (b later), 40 a + 150 b + 10 a, 100 b + 100 a tie (a later)
    assert labels[1] == 1


def test_a_dip_falls_from_the_lower_top():
    height = np.interp(np.arange(61), [0, 10, 30, 50, 60], [0.0, 0.9, 0.5, 0.8, 0.2])
    found = Dip.of(height, 10, 50)
    assert (found.top, found.bottom) == (50, 30) and found.depth == pytest.approx(0.3)
    assert Dip.of(np.full(60, 0.7), 10, 50).depth == 0.0
    late = np.interp(np.arange(81), [0, 18, 38, 58, 80], [0.7, 0.9, 0.5, 0.8, 0.2])  # the top behind lies outside
    assert Dip.of(late, 15, 50).depth == pytest.approx(0.18)
    assert Dip.of(late, 15, 50, late=10).depth == pytest.approx(0.3)


def test_counted_repetitions_are_matched_one_to_one(truth):
    first, second = (float(truth.time_s[bottom]) for _, bottom, _ in truth.repetitions)

    def at(*bottoms):
        return [Repetition(bottom - 1.0, bottom, bottom + 1.0, 0.3) for bottom in bottoms]

    assert match(truth, []) == {}
    assert {k: r.bottom_s for k, r in match(truth, at(5.0, first + 0.4, first - 0.1, second)).items()} == {
        0: first - 0.1,
        1: second,
    }
    assert match(truth, at(first + 0.6)) == {}
    assert match(replace(truth, repetitions=()), at(first)) == {}
