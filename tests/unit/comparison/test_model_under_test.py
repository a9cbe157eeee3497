"""A checkpoint, a package and a bundle run in one way; the baseline that each of them contains."""

from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.alignment.stream import windows
from qleap_edge.alignment.wear import Side
from qleap_edge.analysis.session import Wearer, analyze
from qleap_edge.bundle.shipped import open_bundle
from qleap_edge.comparison.model_under_test import open_bundle_model, open_checkpoint, open_package, package_mean_pose
from qleap_edge.comparison.motion.benchmark import benchmark_motion
from qleap_edge.comparison.virtual_watch import noisy_watch
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.exercises import EXERCISES
from qleap_edge.core.frames import WINDOW_STEPS
from qleap_edge.core.skeleton import mirror_pose
from qleap_edge.dataset.motion_capture import read_motion_capture
from qleap_edge.dataset.windows import load_windows
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.format.program import Constant
from qleap_edge.physics.sensor_file import load_sensor, sensor_path
from qleap_edge.uncertainty.profile import ABSTAIN_REASONS
from tests.support.command import assert_refused, call
from tests.support.micro import Micro
from tests.support.trials import CMU, cut_trial

PACKAGE = "QuantumLeapPose.mlpackage"


@pytest.fixture(scope="module")
def capture():
    return cut_trial(read_motion_capture(CMU), 26.0, 38.5)


def test_each_form_of_a_model_carries_its_mean_training_pose(micro: Micro):
    poses = load_windows(micro.stages["synthesize"], "train", WINDOW_STEPS // 2).pose.reshape(-1, 17, 3)
    checkpoint = open_checkpoint(micro.stages["train"])
    np.testing.assert_allclose(checkpoint.mean_pose, poses.mean(axis=0), atol=0.01)  # other windows, the same persons
    for other in (open_package(micro.bundle / PACKAGE), open_bundle_model(micro.bundle)):
        np.testing.assert_allclose(other.mean_pose, checkpoint.mean_pose, atol=5e-4)  # float16
        np.testing.assert_array_equal(other.baseline(Side.RIGHT), mirror_pose(other.mean_pose))
    assert checkpoint.trained is not None and set(np.array(EXERCISES)[checkpoint.trained]) == {"squat", "walk", "idle"}


def test_a_package_that_does_not_end_in_its_mean_is_refused(micro: Micro):
    package = Package.load(micro.bundle / PACKAGE)
    function = package.function()

    def changed(operation):
        inputs = {
            name: tuple(
                Constant(item.type, item.value + 1.0)
                if isinstance(item, Constant) and item.value.shape == (17, 3)
                else item
                for item in items
            )
            for name, items in operation.inputs.items()
        }
        return replace(operation, inputs=inputs)

    block = replace(function.block, operations=tuple(changed(item) for item in function.block.operations))
    other = replace(package, functions={package.default_function: replace(function, block=block)})
    with pytest.raises(InputDataError, match=r"output 'pose': the package does not carry its mean.*whose pelvis is 0"):
        package_mean_pose(other)


def test_a_bundle_is_read_as_a_session_is(micro: Micro, capture):
    """The product's own analysis of the same recording: the same class, sigma and gates in the windows that it looks at."""
    watch = noisy_watch(capture, Side.RIGHT, load_sensor(sensor_path("apple_watch")), 1, 0)
    end_s = float(watch.aligned.recording.time_s[-1])
    said = analyze(watch.aligned, open_bundle(micro.bundle), Wearer(1.75, "assumed"), active=(0.0, end_s)).report
    cut = windows(watch.aligned)
    predictions = open_bundle_model(micro.bundle).predict(cut, Side.RIGHT)
    rows = np.searchsorted(cut.start_s, [window.start_s - 1e-6 for window in said.windows])
    assert len(rows) > 5
    own = [any(reason in ABSTAIN_REASONS for reason in window.reasons) for window in said.windows]
    assert predictions.abstain[rows].tolist() == own
    assert [EXERCISES[index] for index in predictions.exercise[rows]] == [window.exercise for window in said.windows]
    np.testing.assert_allclose(
        1750.0 * predictions.sigma[rows, :, 1:].mean(axis=(1, 2, 3)), [window.sigma_mm for window in said.windows]
    )


def test_a_bundle_s_benchmark_says_how_often_it_is_not_sure(micro: Micro, capture):
    found = benchmark_motion(capture, open_bundle_model(micro.bundle), draws=1, seed=0).document
    assert (found.model.kind, found.model.sigma, found.model.grade) == ("bundle", "calibrated", "tiny")
    assert all(0.0 <= row.abstained <= 1.0 for run in found.runs for row in run.classes)


def test_the_command_prints_tables_or_one_document(micro: Micro, tmp_path):
    checkpoint = micro.stages["train"]
    done = call(
        "benchmark", "motion", "--data", CMU, "--checkpoint", checkpoint, "--draws", 1, "--out", tmp_path / "out"
    )
    assert done.code == 0 and done.err == "", done
    for words in (
        "MPJPE-13",
        "True squats",
        "mean pose",
        "Bounds on real squats",
        "Not in training: the exercise of JumpJack",
    ):
        assert words in done.out, words
    done = call("benchmark", "motion", "--data", CMU, "--checkpoint", checkpoint, "--draws", 1, "--json")
    assert done.out == (tmp_path / "out" / "motion.json").read_text()
    assert str(tmp_path) not in done.out and "/" not in done.out.split('"trial"')[1].split("}")[0]


def test_bad_calls_are_refused_in_one_line(micro: Micro, tmp_path):
    checkpoint = micro.stages["train"]

    def benchmark(*arguments):
        return call("benchmark", "motion", *arguments)

    assert_refused(benchmark("--data", CMU), 2, "exactly one of --checkpoint, --package and --bundle", "got none")
    both = benchmark("--data", CMU, "--checkpoint", checkpoint, "--bundle", micro.bundle)
    assert_refused(both, 2, "got --checkpoint, --bundle")
    assert_refused(benchmark("--data", CMU, "--checkpoint", checkpoint, "--draws", 0), 2, "1 to 1000 draws")
    assert_refused(benchmark("--data", CMU, "--checkpoint", tmp_path), 3, "checkpoint.json")
    assert_refused(benchmark("--data", tmp_path / "no.npz", "--checkpoint", checkpoint), 3, "no.npz")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").touch()
    busy = benchmark("--data", CMU, "--checkpoint", checkpoint, "--out", tmp_path / "full")
    assert_refused(busy, 2, "full", "holds something else")
    with np.load(CMU, allow_pickle=False) as stored:
        arrays = dict(stored)
    arrays["right_angular_velocity"][77, 1] = np.nan
    np.savez(tmp_path / "nan.npz", **arrays)
    refused = benchmark("--data", tmp_path / "nan.npz", "--checkpoint", checkpoint)
    assert_refused(refused, 3, "nan.npz", "right_angular_velocity", "row 77")
    short = {key: value[:300] if value.shape[:1] == arrays["time"].shape else value for key, value in arrays.items()}
    short["right_angular_velocity"][77, 1] = 0.0
    np.savez(tmp_path / "short.npz", **short)
    refused = benchmark("--data", tmp_path / "short.npz", "--checkpoint", checkpoint)
    assert_refused(refused, 3, "short.npz")
