"""The lever-arm test on real arms and on one with a known lever, and its comparison with a wear setting."""

from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.alignment.lever_arm import fit_lever_arm, up_direction, wear_findings
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.stream import align
from qleap_edge.alignment.wear import ASSUMED_WEAR, Side, Wear
from tests.support.watch_recordings import PENDULUM_LEFT, PENDULUM_RIGHT, WRIST_MOTION, swinging_arm


def test_known_lever_is_found() -> None:
    lever = (0.45, -0.03, 0.02)
    fit = fit_lever_arm([swinging_arm(np.arange(1000) / 100, lever)])
    np.testing.assert_allclose(fit.lever_m, lever, atol=0.01)
    assert fit.verdict == "distal"
    assert fit.r2 is not None and fit.r2 > 0.99


def test_known_lever_is_found_without_gravity_columns() -> None:
    arm = replace(swinging_arm(np.arange(3000) / 100, (-0.45, 0.0, 0.02)), gravity=None, user_acceleration=None)
    fit = fit_lever_arm([arm])
    assert fit.verdict == "proximal"
    assert fit.lever_m[0] == pytest.approx(-0.45, abs=0.05)


def test_estimated_up_follows_the_attitude() -> None:
    arm = swinging_arm(np.arange(3000) / 100, (0.0, 0.0, 0.0))
    up = up_direction(arm.specific_force, arm.angular_velocity, 100.0)
    np.testing.assert_allclose(up, -arm.gravity, atol=2e-3)


def test_still_arm_abstains() -> None:
    arm = swinging_arm(np.arange(1000) / 100)
    fit = fit_lever_arm([replace(arm, angular_velocity=np.zeros((1000, 3)))])
    assert (fit.verdict, fit.r2) == ("abstain", None)


@pytest.mark.parametrize(
    ("path", "lever_x", "r2", "verdict"),
    [(PENDULUM_LEFT, 0.475, 0.952, "distal"), (PENDULUM_RIGHT, -0.505, 0.927, "proximal")],
)
def test_real_pendulums(path, lever_x: float, r2: float, verdict: str) -> None:
    """Reference figures use another gravity estimator, hence the tolerance on R²."""
    fit = fit_lever_arm([read_recording(path)])
    assert fit.verdict == verdict
    assert fit.lever_m[0] == pytest.approx(lever_x, abs=0.005)
    assert fit.r2 == pytest.approx(r2, abs=0.025)


def test_real_swim() -> None:
    fit = align(read_recording(WRIST_MOTION)).lever_arm
    assert fit.lever_m[0] == pytest.approx(0.135, abs=1e-3)
    assert fit.r2 == pytest.approx(0.422, abs=1e-3)
    assert fit.agreement(Wear(Side.LEFT, Side.RIGHT)) == "consistent"
    assert fit.agreement(Wear(Side.LEFT, Side.LEFT)) == "contradicts"


def test_wear_contradiction_is_a_warning() -> None:
    fit = fit_lever_arm([read_recording(PENDULUM_RIGHT, 50.0)])
    (finding,) = wear_findings(fit, Wear(Side.LEFT, Side.RIGHT))
    assert (finding.check, finding.level) == ("wear-lever-arm", "warn") and "contradicts" in finding.message


def test_an_assumed_wear_is_a_warning_of_its_own() -> None:
    fit = fit_lever_arm([read_recording(PENDULUM_LEFT, 50.0)])
    assert [(item.check, item.level) for item in wear_findings(fit, ASSUMED_WEAR)] == [
        ("wear-source", "warn"),
        ("wear-lever-arm", "pass"),
    ]
