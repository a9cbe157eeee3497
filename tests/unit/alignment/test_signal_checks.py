"""Every check of the measured values finds the damage that it is made for."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from qleap_edge.alignment.findings import Finding
from qleap_edge.alignment.recording import Recording
from qleap_edge.alignment.stream import AlignedRecording, align
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.frames import STANDARD_GRAVITY
from tests.support.exercise_sets import Rep, path, recorded
from tests.support.watch_recordings import swinging_arm


def finding(aligned: AlignedRecording, check: str) -> Finding:
    (found,) = [finding for finding in aligned.findings if finding.check == check]
    return found


def damaged(change: str, arm: Recording) -> Recording:
    """Return a recording with one thing wrong."""
    force, rate, gravity = arm.specific_force.copy(), arm.angular_velocity.copy(), arm.gravity.copy()
    if change == "degrees":
        rate = np.rad2deg(rate)
    elif change == "swapped axes":
        rate = rate[:, [1, 0, 2]]
    elif change == "milli-g":
        force = force * 1000 / STANDARD_GRAVITY
    elif change == "wrong sign":
        force = -force
    elif change == "not gravity":
        gravity = 1.02 * gravity
    elif change == "stuck":
        rate[500:530] = rate[500]
    elif change == "clipped":
        force = np.clip(force, -9.0, 9.0)
    return replace(arm, specific_force=force, angular_velocity=rate, gravity=gravity)


@pytest.mark.parametrize(
    ("change", "check", "level"),
    [
        ("nothing", "gyro-unit", "pass"),
        ("degrees", "gyro-unit", "fail"),
        ("swapped axes", "axis-order", "fail"),
        ("milli-g", "specific-force-unit", "fail"),
        ("wrong sign", "specific-force-sign", "fail"),
        ("not gravity", "gravity-norm", "fail"),
        ("stuck", "stuck-sensor", "fail"),
        ("clipped", "saturation", "warn"),
    ],
)
def test_each_check_finds_its_damage(change: str, check: str, level: str) -> None:
    aligned = align(damaged(change, swinging_arm(np.arange(1000) / 100.0)))
    assert finding(aligned, check).level == level
    if level == "fail":
        with pytest.raises(InputDataError, match="checks fail"):
            aligned.require_usable()


def test_degrees_are_named() -> None:
    aligned = align(damaged("degrees", swinging_arm(np.arange(1000) / 100.0)))
    assert finding(aligned, "gyro-unit").value == pytest.approx(np.deg2rad(1.0), rel=1e-3)
    assert "degrees per second?" in finding(aligned, "gyro-unit").message


def test_heading_correction_is_counted_and_changes_no_input() -> None:
    """A magnetometer step turns the attitude by 5° about the vertical; gravity and gyroscope do not move."""
    arm = swinging_arm(np.arange(1000) / 100.0)
    turned = arm.quaternion.copy()
    turn = Rotation.from_euler("z", 5.0, degrees=True)
    turned[500:] = (turn * Rotation.from_quat(turned[500:], scalar_first=True)).as_quat(scalar_first=True)
    before, after = align(arm), align(replace(arm, quaternion=turned))
    assert finding(before, "heading-jumps").value == 0 and finding(after, "heading-jumps").value == 1
    np.testing.assert_array_equal(before.segments[0].imu, after.segments[0].imu)


def test_inverse_attitude_is_a_warning() -> None:
    arm = swinging_arm(np.arange(1000) / 100.0)
    conjugate = arm.quaternion * np.array([1.0, -1.0, -1.0, -1.0])
    assert finding(align(replace(arm, quaternion=conjugate)), "attitude-gravity").level == "warn"


def test_turning_about_one_axis_leaves_the_order_open_and_is_no_fault():
    """Several orders fit alike; rounding must not decide."""
    height, pitch, _ = path([Rep(turn_deg=60.0)] * 5)
    found = align(recorded(height, pitch, np.random.default_rng(1), core_motion=True)).findings
    (order,) = [item for item in found if item.check == "axis-order"]
    assert (order.level, abs(order.value or 0.0) < 0.01) == ("warn", True)
    assert "too simple" in order.message
