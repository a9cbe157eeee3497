"""Faults: what reaches the model, and that leaving out windows already turned away changes no figure."""

from pathlib import Path

import numpy as np
import pytest

from qleap_edge.bundle.layout import PROFILE_NAME
from qleap_edge.core.contract import PACKAGE_NAME
from qleap_edge.core.records import read_document
from qleap_edge.dataset.windows import load_windows
from qleap_edge.evaluation.package_outputs import package_outputs
from qleap_edge.metrics.outputs import ModelOutputs
from qleap_edge.uncertainty.decode import decode, input_gate
from qleap_edge.uncertainty.profile import ProfileDocument
from qleap_edge.verification.fault_injection import FAULTS, fault_measurements, reversed_sign_measurements
from tests.support.micro import Micro
from tests.support.outputs import random_outputs
from tests.support.watch_recordings import swinging_arm

GRAVITY = 9.80665


@pytest.fixture(scope="module")
def profile(micro: Micro) -> ProfileDocument:
    return read_document(ProfileDocument, micro.bundle / PROFILE_NAME)


@pytest.fixture(scope="module")
def imu(micro: Micro) -> np.ndarray:
    return load_windows(micro.stages["synthesize"], "test", 100).imu


def open_gates(profile: ProfileDocument) -> ProfileDocument:
    """Return the profile without the gate that looks at the input only."""
    return with_input_threshold(profile, np.inf)


def with_input_threshold(profile: ProfileDocument, threshold: float) -> ProfileDocument:
    gates = profile.abstain
    gate = gates.input.model_copy(update={"threshold": threshold})
    return profile.model_copy(update={"abstain": gates.model_copy(update={"input": gate})})


def test_faulty_windows_reach_the_model_as_they_say(profile: ProfileDocument) -> None:
    imu = np.random.default_rng(5).normal(size=(3, 200, 6)).astype(np.float32)
    asked: list[np.ndarray] = []

    def predict(wrong: np.ndarray) -> ModelOutputs:
        asked.append(wrong)
        return random_outputs(len(wrong))

    rows = fault_measurements(imu, open_gates(profile), predict)
    assert [row.name for row in rows] == [f"abstention.{name}" for name in FAULTS]
    assert all(row.unit == "1" and row.value is not None and 0.0 <= row.value <= 1.0 for row in rows)
    (together,) = asked
    in_g, degrees, dead = np.split(together, 3)
    np.testing.assert_allclose(in_g[..., :3] * GRAVITY, imu[..., :3], rtol=1e-5)
    np.testing.assert_allclose(degrees[..., 3:], np.rad2deg(imu[..., 3:]), rtol=1e-5)
    assert not dead[..., 3:].any()
    np.testing.assert_array_equal(in_g[..., 3:], imu[..., 3:])
    for wrong in (degrees, dead):
        np.testing.assert_array_equal(wrong[..., :3], imu[..., :3])


@pytest.mark.parametrize("inputs_count", [True, False])
def test_the_shares_are_those_of_running_every_window(
    inputs_count: bool, micro: Micro, profile: ProfileDocument, imu: np.ndarray
) -> None:
    """The slow way: run all windows of each fault, decode, count."""
    profile = profile if inputs_count else open_gates(profile)
    package: Path = micro.bundle / PACKAGE_NAME
    ran: list[int] = []

    def predict(windows: np.ndarray) -> ModelOutputs:
        ran.append(len(windows))
        return package_outputs(package, windows)

    said = {row.name: row.value for row in fault_measurements(imu, profile, predict)}
    for name, factor in FAULTS.items():
        wrong = imu * factor
        decoded = decode(package_outputs(package, wrong), wrong, profile, stature_m=1.0, wrist="left")
        assert said[f"abstention.{name}"] == decoded.abstain.mean(), name
    undecided = [~input_gate(imu * factor, profile) for factor in FAULTS.values()]
    assert sum(ran) == np.sum(undecided)
    assert (sum(ran) == len(FAULTS) * len(imu)) == (not inputs_count)


def test_nothing_is_run_where_the_input_decides(profile: ProfileDocument, imu: np.ndarray) -> None:
    def predict(windows: np.ndarray) -> ModelOutputs:
        raise AssertionError("the network was run")

    assert {row.value for row in fault_measurements(imu, with_input_threshold(profile, -1.0), predict)} == {1.0}


def test_a_reversed_force_is_found_in_recordings_that_show_it() -> None:
    """Two persons swing the arm, the first in two sequences; one stands still; one had the wrong sign already."""
    arm = swinging_arm(np.arange(1000) / 50)
    swing = np.hstack([arm.specific_force, arm.angular_velocity]).astype(np.float32)
    still = np.tile(np.array([-GRAVITY, 0, 0, 0, 0, 0], np.float32), (1000, 1))
    turned = -swing[:, :3]
    sequences = [swing[:500], swing[500:], still, swing, np.hstack([turned, swing[:, 3:]])]
    rows = reversed_sign_measurements(sequences, np.array([3, 3, 5, 7, 9]))
    assert {row.name.removeprefix("recording_sign.reversed_"): row.value for row in rows} == {
        "detected": 0.5,
        "undecided": 0.25,
        "passed": 0.25,
    }
    assert all((row.subjects, row.sequences, row.unit) == (4, 5, "1") for row in rows)
