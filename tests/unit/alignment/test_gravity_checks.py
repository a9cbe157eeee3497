"""Gravity shows what is missing, turned or mis-scaled, and nothing where all is right."""

from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.alignment.clock import clean_clock
from qleap_edge.alignment.gravity_checks import (
    mean_force,
    mean_force_finding,
    sign_evidence,
    sign_finding,
)
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


@pytest.mark.parametrize(("path", "wear"), [(PENDULUM_LEFT, LEFT), (PENDULUM_RIGHT, RIGHT), (EVERYDAY, LEFT)])
def test_turned_sign_is_found_in_total_acceleration(path, wear: Wear) -> None:
    recording = read_recording(path)
    for turn, wanted in ((1.0, "pass"), (-1.0, "fail")):
        parts = [
            s.recording
            for s in clean_clock(replace(recording, specific_force=turn * recording.specific_force)).stretches
        ]
        assert sign_finding(parts, wear).level == wanted


def signed(recording: Recording, gravity: float, user: float, *, attitude: bool) -> Recording:
    """Return the recording as a logger with these signs would have written it."""
    columns = gravity * np.asarray(recording.gravity), user * np.asarray(recording.user_acceleration)
    return replace(
        recording,
        gravity=columns[0],
        user_acceleration=columns[1],
        specific_force=-STANDARD_GRAVITY * (columns[0] + columns[1]),
        quaternion=recording.quaternion if attitude else None,
    )


@pytest.mark.parametrize("path", [WRIST_MOTION, GYM_SET])
@pytest.mark.parametrize("attitude", [True, False])
@pytest.mark.parametrize(("gravity", "user"), [(-1.0, -1.0), (1.0, -1.0), (-1.0, 1.0)])
def test_a_turned_column_never_passes_as_certain(path, attitude: bool, gravity: float, user: float) -> None:
    """It fails, or it is said to be open: gravity alone, where half a minute does not show how gravity follows."""
    aligned = align(signed(read_recording(path), gravity, user, attitude=attitude), LEFT)
    sign = next(found for found in aligned.findings if found.check == "acceleration-sign")
    assert sign.level == ("fail" if user < 0 else "info")
    assert (sign.level == "info") == ("open" in sign.message)
    assert bool(aligned.failures) == (user < 0 or attitude)  # the attitude shows that gravity points up


@pytest.mark.parametrize("path", [WRIST_MOTION, GYM_SET])
def test_right_columns_pass_with_an_attitude_and_never_fail_without(path) -> None:
    for attitude in (True, False):
        aligned = align(signed(read_recording(path), 1.0, 1.0, attitude=attitude), LEFT)
        sign = next(found for found in aligned.findings if found.check == "acceleration-sign")
        assert not aligned.failures and sign.level == ("pass" if attitude else "info")


def test_gravity_columns_and_stretches_decide_what_is_added_up() -> None:
    recording = read_recording(GYM_SET)
    parts = [stretch.recording for stretch in clean_clock(recording).stretches]
    evidence = sign_evidence(parts, LEFT)
    assert evidence.spans > 60 and evidence.blocks > 40 and evidence.swing == 1
    assert sign_evidence([*parts, bare(parts[0])], LEFT).spans == 0
    assert sign_evidence([recording.take(slice(0, 300))], LEFT).blocks == 0  # shorter than a window


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
    assert sign_finding(parts, LEFT).level == "info"
