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
from qleap_edge.uncertainty.decode import decode, input_gates
from qleap_edge.uncertainty.profile import ProfileDocument
from qleap_edge.verification.fault_injection import FAULTS, fault_measurements
from tests.support.micro import Micro
from tests.support.outputs import random_outputs

GRAVITY = 9.80665


@pytest.fixture(scope="module")
def profile(micro: Micro) -> ProfileDocument:
    return read_document(ProfileDocument, micro.bundle / PROFILE_NAME)


@pytest.fixture(scope="module")
def imu(micro: Micro) -> np.ndarray:
    return load_windows(micro.stages["synthesize"], "test", 100).imu


def open_gates(profile: ProfileDocument) -> ProfileDocument:
    """Return the profile without the two gates that look at the input only."""
    gates = profile.abstain
    update = {
        "input": gates.input.model_copy(update={"threshold": np.inf}),
        "force_sign": gates.force_sign.model_copy(update={"least": -2.0}),
    }
    return profile.model_copy(update={"abstain": gates.model_copy(update=update)})


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
    in_g, apple, degrees, dead = np.split(together, 4)
    np.testing.assert_allclose(in_g[..., :3] * GRAVITY, imu[..., :3], rtol=1e-5)
    np.testing.assert_array_equal(apple[..., :3], -imu[..., :3])
    np.testing.assert_allclose(degrees[..., 3:], np.rad2deg(imu[..., 3:]), rtol=1e-5)
    assert not dead[..., 3:].any()
    for wrong in (in_g, apple):
        np.testing.assert_array_equal(wrong[..., 3:], imu[..., 3:])
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
    undecided = [~input_gates(imu * factor, profile).any(axis=1) for factor in FAULTS.values()]
    assert sum(ran) == np.sum(undecided)
    assert (sum(ran) == 4 * len(imu)) == (not inputs_count)


def test_nothing_is_run_where_the_input_decides(profile: ProfileDocument, imu: np.ndarray) -> None:
    closed = profile.abstain.force_sign.model_copy(update={"least": 2.0})
    profile = profile.model_copy(update={"abstain": profile.abstain.model_copy(update={"force_sign": closed})})

    def predict(windows: np.ndarray) -> ModelOutputs:
        raise AssertionError("the network was run")

    assert {row.value for row in fault_measurements(imu, profile, predict)} == {1.0}
