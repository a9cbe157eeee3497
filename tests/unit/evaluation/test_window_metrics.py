"""Figures of windows against the same taken frame by frame."""

import numpy as np
import pytest

from qleap_edge.core.errors import QleapError
from qleap_edge.core.exercises import FORM_UNSCORED
from qleap_edge.core.skeleton import JOINT_INDEX
from qleap_edge.core.units import MM_PER_BODY_HEIGHT
from qleap_edge.evaluation.baselines import NO_SENSOR_BASELINES, NoSensorBaselines
from qleap_edge.evaluation.frame_metrics import FRAME_COLUMN, FRAME_FIGURES, frame_figures
from qleap_edge.evaluation.ground_truth import GroundTruth
from qleap_edge.evaluation.predictions import in_batches
from qleap_edge.evaluation.window_metrics import WINDOW_COLUMN, WindowTable, measure_windows, newest_steps
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.metrics.pose import jerks
from tests.unit.evaluation.conftest import perfect


@pytest.fixture(scope="module")
def table(truth: GroundTruth, baselines: NoSensorBaselines, outputs: ModelOutputs) -> WindowTable:
    return measure_windows(in_batches(outputs), truth, baselines)[0]


def column(table: WindowTable, name: str, mode: str = "window", predictor: str = "model") -> np.ndarray:
    return table.values[mode, predictor][:, WINDOW_COLUMN[name]]


def test_every_figure_has_its_column_and_says_what_it_should(truth: GroundTruth):
    """A body in which one thing is wrong."""
    right = truth.pose[:4].copy()
    spread = np.full_like(right, 2.0 * np.log(0.05))
    moved = right.copy()
    moved[:, JOINT_INDEX["left_wrist"], 2] += 0.16
    figures = dict(zip((f.name for f in FRAME_FIGURES), frame_figures(moved, spread, right).T, strict=True))
    np.testing.assert_allclose(figures["mpjpe"], 0.01 * MM_PER_BODY_HEIGHT, rtol=1e-5)
    np.testing.assert_allclose(figures["joint.left_wrist"], 0.16 * MM_PER_BODY_HEIGHT, rtol=1e-5)
    assert figures["joint.left_elbow"].max() == figures["legs_mpjpe"].max() == figures["knee_mae"].max() == 0.0
    np.testing.assert_allclose(figures["sigma"], 0.05 * MM_PER_BODY_HEIGHT, rtol=1e-5)
    np.testing.assert_allclose(figures["coverage_90"], 47 / 48)
    np.testing.assert_array_equal(figures["legs_coverage_90"], 1.0)
    expected = 0.5 * np.log(2 * np.pi) + np.log(0.05 * 1.75) + 0.5 * (0.16 / 0.05) ** 2 / 48
    np.testing.assert_allclose(figures["nll"], expected, rtol=1e-5)
    assert figures["sip_angle"].max() == 0.0 < figures["bone_angle"].min()


def test_windows_are_means_of_frames(table: WindowTable, truth: GroundTruth, outputs: ModelOutputs):
    pose = truth.cut(truth.pose, slice(None))
    for row in (0, len(truth) // 2, len(truth) - 1):
        frames = frame_figures(outputs.pose[row], outputs.pose_log_variance[row], pose[row])
        np.testing.assert_allclose(table.values["window", "model"][row, : frames.shape[1]], frames.mean(axis=0))
        np.testing.assert_allclose(table.values["newest", "model"][row, : frames.shape[1]], frames[-10:].mean(axis=0))
        assert column(table, "jitter")[row] == pytest.approx(1.75 * jerks(outputs.pose[row]).mean())
    error = np.linalg.norm(outputs.pose - pose, axis=-1)[:, :, 1:].mean(axis=(1, 2)) * MM_PER_BODY_HEIGHT
    np.testing.assert_allclose(column(table, "mpjpe"), error, rtol=1e-5)


@pytest.mark.parametrize("name", NO_SENSOR_BASELINES)
def test_baselines_are_measured_as_if_they_filled_windows(
    name: str, table: WindowTable, truth: GroundTruth, baselines: NoSensorBaselines
):
    pose = truth.cut(truth.pose, slice(None))
    for row in (0, 3, len(truth) - 1):
        inside = np.arange(truth.start[row], truth.start[row] + 200)
        mean, spread = baselines.predict(name, truth.exercise[inside], truth.phase[inside])
        frames = frame_figures(mean, spread, pose[row])
        for mode, rows in (("window", slice(None)), ("newest", slice(-10, None))):
            got = table.values[mode, name][row, : frames.shape[1]]
            np.testing.assert_allclose(got, frames[rows].mean(axis=0), rtol=1e-7, atol=1e-7)


def test_the_stream_shakes_where_windows_meet(truth: GroundTruth, baselines: NoSensorBaselines):
    """Windows that are still in themselves but jump from one to the next."""
    still = perfect(truth)
    heights = np.arange(len(truth)) % 2
    pose = np.zeros_like(still.pose)
    pose[:, :, 1:, 2] = heights[:, None, None]
    jumping = ModelOutputs(
        pose, *(getattr(still, name) for name in ModelOutputs.__dataclass_fields__ if name != "pose")
    )
    table, _ = measure_windows(in_batches(jumping), truth, baselines)
    assert np.nanmax(column(table, "jitter")) == 0.0
    stream = column(table, "jitter", "newest")
    first = np.flatnonzero(np.diff(truth.sequence, prepend=-1))
    assert np.isnan(stream[first]).all() and not np.isnan(np.delete(stream, first)).any()
    # A step of 1: the third difference is 1, -2, 1 over three of the ten frames.
    np.testing.assert_allclose(np.delete(stream, first), (1 + 2 + 1) / 10 * 50**3 * 1.75)
    true = column(table, "jitter_truth", "newest")
    row = first[0] + 1
    last = truth.start[row] + 200
    assert true[row] == pytest.approx(1.75 * jerks(truth.pose[last - 13 : last]).mean())


def test_a_perfect_model(truth: GroundTruth, baselines: NoSensorBaselines):
    table, _ = measure_windows(in_batches(perfect(truth)), truth, baselines)
    values = table.values["window", "model"]
    for name in ("mpjpe", "knee_mae", "hip_mae", "bone_angle", "sip_angle", "legs_mpjpe"):
        assert np.abs(values[:, FRAME_COLUMN[name]]).max() < 1e-9
    assert values[:, FRAME_COLUMN["pa_mpjpe"]].max() < 1e-9
    np.testing.assert_array_equal(column(table, "exercise_accuracy"), 1.0)
    assert np.nanmax(column(table, "form_mae")) == 0.0
    np.testing.assert_array_equal(np.isnan(column(table, "form_mae")), truth.window_form == FORM_UNSCORED)
    np.testing.assert_allclose(column(table, "jitter"), column(table, "jitter_truth"))


def test_classes_without_a_sensor(table: WindowTable, truth: GroundTruth, baselines: NoSensorBaselines):
    blind = column(table, "exercise_accuracy", predictor="mean_pose")
    np.testing.assert_array_equal(blind, truth.window_exercise == baselines.exercise)
    assert np.isnan(column(table, "exercise_accuracy", predictor="phase_mean")).all()  # it is told the exercise


@pytest.mark.parametrize("change", [-1, 1])
def test_outputs_of_other_windows_are_refused(
    change: int, truth: GroundTruth, baselines: NoSensorBaselines, outputs: ModelOutputs
):
    rows = np.arange(len(truth) + change) % len(truth)
    with pytest.raises(QleapError, match="differ in number"):
        measure_windows(in_batches(outputs[rows]), truth, baselines)


def test_the_newest_are_those_that_no_earlier_window_held():
    assert [newest_steps(hop) for hop in (1, 5, 10, 100)] == [1, 5, 10, 10]
