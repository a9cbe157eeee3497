"""Squats whose depth and knees are known, because they were drawn."""

from pathlib import Path

import numpy as np
import pytest

from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.evaluation.baselines import NoSensorBaselines
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.predictions import in_batches
from qleap_edge.evaluation.repetition_metrics import REPETITION_COLUMN, measure_repetitions
from qleap_edge.evaluation.window_metrics import measure_windows
from qleap_edge.metrics.outputs import ModelOutputs
from tests.support.sequences import make_dataset
from tests.support.stick_figures import BOTTOM, SHANK, THIGH, one_squat, squat_sequence, stick_figure
from tests.unit.evaluation.conftest import perfect

PAD = 219  # frames of standing before the squat: a stream has to warm up first


@pytest.fixture(scope="module")
def squats(tmp_path_factory: pytest.TempPathFactory) -> tuple[GroundTruth, NoSensorBaselines]:
    folder = tmp_path_factory.mktemp("squats") / "data"
    knee = np.concatenate([np.zeros(PAD), one_squat()])
    steps = len(knee)
    phase = np.full(steps, np.nan, np.float32)
    phase[PAD + 30 : PAD + 156] = np.interp(np.arange(126), [0, 75, 125], [0.0, 0.5, 1.0])

    def sequence(number: int):
        return squat_sequence(
            number, pose=stick_figure(knee).astype(np.float32), phase=phase,
            imu=np.zeros((steps, 6), np.float32), kinematics=np.zeros((steps, 8), np.float32),
            exercise=np.zeros(steps, np.int8), repetitions=np.array([[PAD + 30, PAD + 105, PAD + 155]]),
        )  # fmt: skip

    make_dataset(folder, [[sequence(number) for number in range(16)]])
    return GroundTruth.read(folder, "test", 10), NoSensorBaselines.fit(folder)


def measured(
    truth: GroundTruth, baselines: NoSensorBaselines, pose: np.ndarray
) -> dict[tuple[str, str], dict[str, np.ndarray]]:
    outputs = perfect(truth)
    rest = {name: getattr(outputs, name) for name in ModelOutputs.__dataclass_fields__ if name != "pose"}
    _, averages = measure_windows(in_batches(ModelOutputs(pose=pose, **rest)), truth, baselines)
    table = measure_repetitions(averages, truth, baselines)
    assert table.sequence.tolist() == [0, 1, 2, 3]
    return {key: {name: v[:, c] for name, c in REPETITION_COLUMN.items()} for key, v in table.values.items()}


def test_a_perfect_model(squats: tuple[GroundTruth, NoSensorBaselines]):
    truth, baselines = squats
    found = measured(truth, baselines, truth.cut(truth.pose, slice(None)))
    depth = (THIGH + SHANK) * (1.0 - np.cos(0.5 * BOTTOM)) * MM_PER_BODY_HEIGHT
    for mode in ("window", "newest"):
        assert found[mode, "model"]["depth_error"].max() < 0.01
        assert found[mode, "model"]["knee_bottom_mae"].max() < 0.01
        np.testing.assert_allclose(found[mode, "model"]["depth_truth"], depth, rtol=1e-5)
        assert found[mode, "phase_mean"]["depth_error"].max() < 15.0  # everybody squats alike
        np.testing.assert_allclose(found[mode, "mean_pose"]["depth_error"], depth, rtol=1e-5)  # it does not move
        np.testing.assert_allclose(found[mode, "exercise_mean"]["depth_bias"], -depth, rtol=1e-5)


def test_a_model_that_squats_too_shallow(squats: tuple[GroundTruth, NoSensorBaselines]):
    truth, baselines = squats
    knee = np.concatenate([np.zeros(PAD), one_squat(np.radians(90.0))])
    shallow = np.concatenate([stick_figure(knee).astype(np.float32)] * 4)
    found = measured(truth, baselines, truth.cut(shallow, slice(None)))
    drop = (THIGH + SHANK) * (np.cos(np.radians(45.0)) - np.cos(np.radians(60.0))) * MM_PER_BODY_HEIGHT
    for mode in ("window", "newest"):
        np.testing.assert_allclose(found[mode, "model"]["depth_bias"], -drop, rtol=1e-4)
        np.testing.assert_allclose(found[mode, "model"]["depth_error"], drop, rtol=1e-4)
        np.testing.assert_allclose(found[mode, "model"]["knee_bottom_mae"], 30.0, atol=1e-3)


def test_a_squat_that_the_stream_did_not_see_whole(tmp_path: Path):
    make_dataset(tmp_path / "data", [[squat_sequence(n, repetitions=np.array([[30, 105, 155]])) for n in range(16)]])
    truth, baselines = GroundTruth.read(tmp_path / "data", "test", 10), NoSensorBaselines.fit(tmp_path / "data")
    found = measured(truth, baselines, truth.cut(truth.pose, slice(None)))
    for predictor in ("model", "phase_mean"):
        assert np.isnan(found["newest", predictor]["depth_error"]).all(), "it had not begun yet"
        assert np.isfinite(found["window", predictor]["depth_error"]).all()
