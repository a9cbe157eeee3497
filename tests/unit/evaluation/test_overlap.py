"""Overlapping windows averaged over frames: copies of one stream give the stream back, others give their mean."""

from pathlib import Path

import numpy as np
import pytest

from qleap_edge.core.frames import HOP_STEPS
from qleap_edge.evaluation.baselines import NoSensorBaselines
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.overlap import OverlapAverage
from qleap_edge.evaluation.predictions import in_batches
from qleap_edge.evaluation.window_metrics import OverlapAverages, measure_windows
from qleap_edge.metrics.outputs import ModelOutputs
from tests.unit.evaluation.conftest import perfect


def measured(truth: GroundTruth, baselines: NoSensorBaselines, outputs: ModelOutputs) -> OverlapAverages:
    return measure_windows(in_batches(outputs), truth, baselines)[1]


def test_the_truth_comes_back(truth: GroundTruth, baselines: NoSensorBaselines):
    averages = measured(truth, baselines, perfect(truth))
    whole, newest = averages["window"], averages["newest"]
    np.testing.assert_allclose(whole.pose()[whole.known], truth.pose[whole.known], atol=1e-6)
    np.testing.assert_allclose(whole.sigma()[whole.known], 0.01, rtol=1e-5)
    for first, stop in zip(truth.offsets, truth.offsets[1:], strict=False):
        length = int(stop - first)
        seen = 200 + (length - 200) // 10 * 10
        np.testing.assert_array_equal(whole.known[first:stop], np.arange(length) < seen)
        np.testing.assert_array_equal(newest.known[first:stop], (np.arange(length) >= 190) & (np.arange(length) < seen))
    np.testing.assert_array_equal(newest.pose()[newest.known], truth.pose[newest.known])
    assert np.isnan(whole.pose()[~whole.known]).all() and np.isnan(newest.pose()[~newest.known]).all()


def test_a_frame_is_the_mean_of_its_windows(truth: GroundTruth, baselines: NoSensorBaselines, outputs: ModelOutputs):
    averages = measured(truth, baselines, outputs)
    frame = int(truth.start[1]) + 150  # of the first sequence
    holding = np.flatnonzero((truth.start <= frame) & (frame < truth.start + 200) & (truth.sequence == 0))
    assert len(holding) > 1
    at = frame - truth.start[holding]
    np.testing.assert_allclose(averages["window"].pose()[frame], outputs.pose[holding, at].mean(axis=0), atol=1e-6)
    variance = np.exp(outputs.pose_log_variance[holding, at]).mean(axis=0)
    np.testing.assert_allclose(averages["window"].sigma()[frame], np.sqrt(variance), rtol=1e-4)
    last = int(truth.start[1]) + 199
    np.testing.assert_array_equal(averages["newest"].pose()[last], outputs.pose[1, 199])


@pytest.mark.parametrize("hop", [HOP_STEPS + 1, 100])
def test_a_long_hop_makes_no_stream(hop: int, data: Path, baselines: NoSensorBaselines):
    truth = GroundTruth.read(data, "test", hop)
    averages = measured(truth, baselines, perfect(truth))
    assert list(averages) == ["window"] and averages["window"].known.any()


def windows_of(pose: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first = np.arange(0, len(pose) - 199, 10)
    return first, np.stack([pose[begin : begin + 200] for begin in first])


def test_windows_of_one_stream_give_the_stream_back():
    pose = np.random.default_rng(1).normal(size=(415, 17, 3))
    first, parts = windows_of(pose)
    whole, newest = OverlapAverage(415), OverlapAverage(415, newest_steps=10)
    for average in (whole, newest):
        for rows in (slice(0, 5), slice(5, None)):  # two batches
            average.add(first[rows], parts[rows], np.full(parts[rows].shape, 0.2))
        np.testing.assert_allclose(average.pose()[average.known], pose[average.known], atol=1e-12)
        np.testing.assert_allclose(average.sigma()[average.known], 0.2)
        assert np.isnan(average.pose()[~average.known]).all() and np.isnan(average.sigma()[~average.known]).all()
    np.testing.assert_array_equal(np.flatnonzero(~whole.known), np.arange(410, 415))
    np.testing.assert_array_equal(np.flatnonzero(~newest.known), [*range(190), *range(410, 415)])


def test_newest_frames_do_not_depend_on_later_windows():
    parts = np.random.default_rng(2).normal(size=(22, 200, 17, 3))
    changed = parts.copy()
    changed[12:] = 5.0
    first = np.arange(0, 216, 10)
    found = []
    for rows in (parts, changed):
        average = OverlapAverage(415, newest_steps=10)
        average.add(first, rows)
        found.append(average.pose())
    end = int(first[12]) + 190
    np.testing.assert_array_equal(found[0][190:end], found[1][190:end])
    assert (found[1][end:410] == 5.0).all()


def test_the_two_rules_for_sigma():
    """Two windows over the same frames, with σ 1 and 7: their mean is 4, the root of their mean variance 5."""
    first, pose = np.zeros(2, np.int64), np.zeros((2, 200, 17, 3))
    sigma = np.broadcast_to(np.array([1.0, 7.0])[:, None, None, None], pose.shape)
    for average, wanted in (
        (OverlapAverage(200, sigma_rule="mean_sigma"), 4.0),
        (OverlapAverage(200, sigma_rule="root_mean_variance"), 5.0),
    ):
        average.add(first, pose, sigma)
        np.testing.assert_allclose(average.sigma(), wanted)
    without = OverlapAverage(200)
    without.add(first, pose)
    assert np.isnan(without.sigma()).all() and without.known.all()
