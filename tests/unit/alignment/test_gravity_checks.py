"""Gravity shows what is missing, turned or mis-scaled, and nothing where all is right."""

from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.alignment.clock import clean_clock
from qleap_edge.alignment.gravity_checks import (
    gravity_correction,
    mean_force,
    mean_force_finding,
    sign_finding,
    swing_sign,
)
from qleap_edge.alignment.lever_arm import LeverArm, fit_lever_arm
from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.recording import Recording
from qleap_edge.alignment.stream import align
from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.core.frames import STANDARD_GRAVITY
from tests.support.watch_recordings import EVERYDAY, GYM_SET, PENDULUM_LEFT, PENDULUM_RIGHT, WRIST_MOTION, swinging_arm

LEFT = Wear(Side.LEFT, Side.RIGHT)
RIGHT = Wear(Side.RIGHT, Side.RIGHT)


def bare(recording: Recording) -> Recording:
    """Return total acceleration and gyroscope only."""
    return replace(recording, gravity=None, user_acceleration=None, quaternion=None)


def arm(seconds: float = 15.0) -> Recording:
    return bare(swinging_arm(np.arange(int(100 * seconds)) / 100.0))


def level(recording: Recording) -> str:
    return mean_force_finding(clean_clock(recording).stretches).level


def test_mean_force_of_a_swing_is_one_g() -> None:
    """The arm returns, so what is left over whole swings is small; the attitude comes from the gyroscope alone."""
    assert mean_force(clean_clock(arm()).stretches) == pytest.approx(1.0, abs=0.03)


@pytest.mark.parametrize("path", [WRIST_MOTION, GYM_SET, EVERYDAY, PENDULUM_LEFT, PENDULUM_RIGHT])
def test_mean_force_of_real_recordings_is_one_g(path) -> None:
    assert mean_force(clean_clock(read_recording(path)).stretches) == pytest.approx(1.0, abs=0.025)


@pytest.mark.parametrize(
    ("damage", "wanted"),
    [
        (lambda r: r, "pass"),
        (lambda r: replace(r, specific_force=r.specific_force * 1.2), "fail"),
        (lambda r: replace(r, angular_velocity=np.rad2deg(r.angular_velocity)), "fail"),
        (lambda r: replace(r, angular_velocity=-r.angular_velocity), "fail"),
        (lambda r: replace(r, angular_velocity=r.angular_velocity[:, [1, 2, 0]]), "fail"),
        (lambda r: replace(r, time_s=r.time_s / 2), "fail"),
        (lambda r: r.take(slice(0, 300)), "info"),
    ],
)
def test_mean_force_finds_units_axes_and_clocks_without_a_gravity_column(damage, wanted: str) -> None:
    assert level(damage(arm())) == wanted


@pytest.mark.parametrize("path", [WRIST_MOTION, GYM_SET])
def test_user_acceleration_alone_has_no_mean(path) -> None:
    recording = read_recording(path)
    alone = replace(bare(recording), specific_force=-STANDARD_GRAVITY * np.asarray(recording.user_acceleration))
    assert mean_force(clean_clock(alone).stretches) < 0.05
    assert "gravity is missing" in mean_force_finding(clean_clock(alone).stretches).message


def test_correction_follows_the_accelerometer_and_turns_with_its_sign() -> None:
    parts = [stretch.recording for stretch in clean_clock(read_recording(WRIST_MOTION)).stretches]
    turned = [replace(part, user_acceleration=-np.asarray(part.user_acceleration)) for part in parts]
    forwards = gravity_correction(parts)
    assert forwards is not None and forwards > 0.1
    assert gravity_correction(turned) == pytest.approx(-forwards)


def test_correction_needs_the_columns_and_time() -> None:
    recording = read_recording(GYM_SET)
    assert gravity_correction([bare(recording)]) is None
    assert gravity_correction([recording.take(slice(0, 400))]) is None


@pytest.mark.parametrize(
    ("lever", "wear", "sign"),
    [
        ((0.4, 0.0, 0.03), LEFT, 1),
        ((-0.4, 0.0, -0.03), LEFT, -1),  # all of it turned: the sign
        ((-0.4, 0.0, 0.03), LEFT, 0),  # x alone: the wear
        ((-0.4, 0.0, 0.03), RIGHT, 1),
        ((0.4, 0.0, -0.03), RIGHT, -1),
        ((0.4, 0.0, -0.03), LEFT, 0),
    ],
)
def test_swing_tells_a_turned_sign_from_a_wrong_wrist(lever, wear: Wear, sign: int) -> None:
    assert swing_sign(LeverArm(lever, 0.5, 10.0, "distal" if lever[0] > 0 else "proximal"), wear) == sign
    assert swing_sign(LeverArm(lever, 0.05, 10.0, "abstain"), wear) == 0


@pytest.mark.parametrize(("path", "wear"), [(PENDULUM_LEFT, LEFT), (PENDULUM_RIGHT, RIGHT), (EVERYDAY, LEFT)])
def test_turned_sign_is_found_in_total_acceleration(path, wear: Wear) -> None:
    recording = read_recording(path)
    for turn, wanted in ((1.0, "pass"), (-1.0, "fail")):
        parts = [
            s.recording
            for s in clean_clock(replace(recording, specific_force=turn * recording.specific_force)).stretches
        ]
        assert sign_finding(parts, fit_lever_arm(parts), wear).level == wanted


@pytest.mark.parametrize("path", [WRIST_MOTION, GYM_SET])
def test_gravity_and_acceleration_turned_together_are_found_without_an_attitude(path) -> None:
    """Gravity still follows the acceleration then; only the swing shows it."""
    recording = read_recording(path)
    turned = replace(
        recording,
        gravity=-np.asarray(recording.gravity),
        user_acceleration=-np.asarray(recording.user_acceleration),
        specific_force=-recording.specific_force,
        quaternion=None,
    )
    assert [found.check for found in align(turned, LEFT).failures] == ["acceleration-sign"]


def test_wrong_wrist_is_no_turned_sign() -> None:
    """The right pendulum, read as a left one: the wear is doubted, the recording stays usable."""
    aligned = align(read_recording(PENDULUM_RIGHT), LEFT)
    levels = {found.check: found.level for found in aligned.findings}
    assert levels["wear-lever-arm"] == "warn" and levels["acceleration-sign"] == "info"


def test_still_watch_leaves_the_sign_open() -> None:
    still = replace(
        arm(), specific_force=np.tile([0.0, 0.0, STANDARD_GRAVITY], (1500, 1)), angular_velocity=np.zeros((1500, 3))
    )
    parts = [still]
    assert sign_finding(parts, fit_lever_arm(parts), LEFT).level == "info"
