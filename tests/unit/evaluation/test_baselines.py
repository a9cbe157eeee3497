"""Baselines without a sensor against means taken the slow way."""

from pathlib import Path

import numpy as np
import pytest

from qleap_edge.evaluation.baselines import NO_SENSOR_BASELINES, PHASES, NoSensorBaselines, phase_bins
from qleap_edge.evaluation.ground_truth import GroundTruth
from tests.support.sequences import make_dataset, make_sequence
from tests.support.stick_figures import one_squat, squat_sequence, stick_figure


@pytest.fixture(scope="module")
def train(data: Path) -> GroundTruth:
    return GroundTruth.read(data, "train", 10)


def test_means_and_variances_of_bins(baselines: NoSensorBaselines, train: GroundTruth):
    pose = train.pose.astype(np.float64)
    mean, log_variance = baselines.predict("mean_pose", train.exercise[:1], train.phase[:1])
    np.testing.assert_allclose(mean[0], pose.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(np.exp(log_variance[0]), pose.var(axis=0), rtol=1e-4)
    for exercise in np.unique(train.exercise):
        rows = train.exercise == exercise
        mean, log_variance = baselines.predict("exercise_mean", train.exercise[rows][:1], train.phase[rows][:1])
        np.testing.assert_allclose(mean[0], pose[rows].mean(axis=0), atol=1e-6)
        np.testing.assert_allclose(np.exp(log_variance[0]), pose[rows].var(axis=0), rtol=1e-4)
    bins = phase_bins(train.exercise, train.phase)
    for number in np.unique(bins)[::37]:
        rows = bins == number
        mean, _ = baselines.predict("phase_mean", train.exercise[rows][:1], train.phase[rows][:1])
        np.testing.assert_allclose(mean[0], pose[rows].mean(axis=0), atol=1e-6)


def test_the_most_frequent_classes(baselines: NoSensorBaselines, train: GroundTruth):
    assert baselines.exercise == np.bincount(train.exercise).argmax()
    scores = train.index.form[train.index.form >= 0]
    assert baselines.form == int(np.median(scores)) != scores.max()


def test_bins_are_percents_of_a_repetition():
    exercise = np.zeros(5, np.int8)
    phase = np.array([0.004, 0.006, 0.5, 1.0, np.nan], np.float32)
    np.testing.assert_array_equal(phase_bins(exercise, phase), [0, 1, 50, 100, PHASES])
    np.testing.assert_array_equal(phase_bins(exercise + 1, phase), np.array([0, 1, 50, 100, PHASES]) + PHASES + 1)


def test_the_baseline_of_one_trajectory_is_that_trajectory(tmp_path: Path):
    """Everybody does the same squat: the phase determines the pose."""
    pose, phase = stick_figure(one_squat(start=0)).astype(np.float32), np.full(201, np.nan, np.float32)
    phase[:126] = np.interp(np.arange(126), [0, 75, 125], [0.0, 0.5, 1.0])
    frames = np.array([[0, 75, 125]])
    sequences = [squat_sequence(number, pose=pose, phase=phase, repetitions=frames) for number in range(16)]
    make_dataset(tmp_path / "data", [sequences])
    baselines, test = NoSensorBaselines.fit(tmp_path / "data"), GroundTruth.read(tmp_path / "data", "test", 10)
    guess, _ = baselines.predict("phase_mean", test.exercise, test.phase)
    assert np.abs(guess - test.pose).max() < 5e-3  # one percent of a repetition is a frame or two
    blind = [
        np.abs(baselines.predict(name, test.exercise, test.phase)[0] - test.pose).max() for name in NO_SENSOR_BASELINES
    ]
    assert min(blind[:2]) > 0.1


def test_what_nobody_has_shown_falls_back(tmp_path: Path):
    """No training frame of an exercise: its baseline is everybody's mean. No frame of a phase: the nearest phase there is."""
    phase = np.full(201, np.nan, np.float32)
    phase[50:100] = 0.25
    sequences = [make_sequence(number, "squat", 201, phase=phase) for number in range(16)]
    make_dataset(tmp_path / "data", [sequences])
    baselines = NoSensorBaselines.fit(tmp_path / "data")
    walk, squat = np.array([6], np.int8), np.array([0], np.int8)

    def mean(name, exercise, at):
        return baselines.predict(name, exercise, np.array([at], np.float32))[0]

    everybody = mean("mean_pose", walk, np.nan)
    np.testing.assert_array_equal(mean("exercise_mean", walk, np.nan), everybody)
    np.testing.assert_array_equal(mean("phase_mean", walk, 0.5), everybody)
    np.testing.assert_array_equal(mean("phase_mean", squat, 0.9), mean("phase_mean", squat, 0.25))
    assert np.abs(mean("phase_mean", squat, 0.25) - mean("phase_mean", squat, np.nan)).max() > 0.1
    assert baselines.exercise == 0
