"""The sign of the accelerometer from one window: SciPy's smoothing, arms whose motion is known, and real ones."""

from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from qleap_edge.alignment.readers.detect import read_recording
from qleap_edge.alignment.stream import align, windows
from qleap_edge.alignment.wear import ASSUMED_WEAR, Side, Wear
from qleap_edge.core.frames import STANDARD_GRAVITY as G
from qleap_edge.core.frames import mirror_imu
from qleap_edge.uncertainty.force_sign import STILL_JERK, sign_agreement, smoothing_taps
from tests.support.watch_recordings import PENDULUM_LEFT, PENDULUM_RIGHT, WRIST_MOTION, swinging_arm

TIME_S = np.arange(200) / 50
APPLE = np.array([-1.0, -1.0, -1.0, 1.0, 1.0, 1.0])
TURNED = np.array([-1.0, -1.0, 1.0, -1.0, -1.0, 1.0])  # by 180° about z: worn the other way round
NOISE = np.random.default_rng(8).normal(size=(7, 200, 6)) * [3, 3, 3, 2, 2, 2] + [0, 0, G, 0, 0, 0]


def arm(lever_m: tuple[float, float, float], start_s: float = 0.0) -> np.ndarray:
    """Return one window (1, 200, 6) of a stiff arm that swings about a shoulder, gravity included."""
    recording = swinging_arm(TIME_S + start_s, lever_m)
    return np.hstack([recording.specific_force, recording.angular_velocity])[None]


def test_the_other_sign_negates_the_figure_exactly() -> None:
    figure = sign_agreement(NOISE)
    assert (figure != 0).all() and (np.abs(figure) < 1).all()
    np.testing.assert_array_equal(sign_agreement(NOISE * APPLE), -figure)


def test_the_taps_are_those_of_scipy() -> None:
    assert smoothing_taps().sum() == pytest.approx(1.0, abs=1e-15)
    for channel in NOISE[0].T:
        ours = np.convolve(channel, smoothing_taps(), mode="valid")
        np.testing.assert_allclose(ours, gaussian_filter1d(channel, 2.0, truncate=4.0)[8:-8], rtol=1e-12)


def test_the_whole_figure_against_scipy_and_textbook_cross_products() -> None:
    def change(track: np.ndarray) -> np.ndarray:
        return np.gradient(track, 1 / 50, axis=0)

    for window, figure in zip(NOISE, sign_agreement(NOISE), strict=True):
        force, rate = np.hsplit(gaussian_filter1d(window, 2.0, axis=0), 2)
        along = np.array([1.0, 0.0, 0.0])
        lever = np.cross(change(rate), along) + np.cross(rate, np.cross(rate, along))
        jerk = (change(force) + np.cross(rate, force))[10:-10].ravel()
        lever_jerk = (change(lever) + np.cross(rate, lever))[10:-10].ravel()
        expected = jerk @ lever_jerk / np.linalg.norm(jerk) / np.linalg.norm(lever_jerk)
        assert figure == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("start_s", [0.0, 1.3, 7.7])
@pytest.mark.parametrize("lever_m", [0.25, 0.6])
def test_a_swinging_arm_tells(lever_m: float, start_s: float) -> None:
    """Whatever the lever's length: only its direction counts."""
    window = arm((lever_m, 0.0, 0.0), start_s)
    assert sign_agreement(window)[0] > 0.995
    assert sign_agreement(window * APPLE)[0] < -0.995


def test_worn_the_other_way_round_reads_as_the_other_sign() -> None:
    """A lever against +x: a half turn about z negates the figure, too, and both mistakes together hide each other."""
    window = arm((0.45, 0.0, 0.02))
    figure = sign_agreement(window)
    assert figure[0] > 0.95
    np.testing.assert_allclose(sign_agreement(window * TURNED), -figure, rtol=1e-12)
    np.testing.assert_allclose(sign_agreement(window * TURNED * APPLE), figure, rtol=1e-12)


def test_gravity_has_no_say() -> None:
    """Twice as heavy, or none at all: what is constant in an inertial frame drops out, up to the finite differences."""
    attitude = Rotation.from_quat(swinging_arm(TIME_S).quaternion, scalar_first=True)
    up = np.hstack([attitude.inv().apply([0.0, 0.0, G]), np.zeros((200, 3))])
    window = arm((0.45, 0.0, 0.02))
    for heavier in (-1.0, 1.0):
        np.testing.assert_allclose(sign_agreement(window + heavier * up), sign_agreement(window), atol=0.01)


def test_both_arms_give_the_same_figure() -> None:
    np.testing.assert_array_equal(sign_agreement(mirror_imu(NOISE)), sign_agreement(NOISE))


def test_a_window_that_stands_still_tells_neither() -> None:
    still = np.zeros((4, 200, 6), dtype=np.float32)
    still[:, :, :3] = (1.1, -2.3, 9.2)
    still[1, :, 3:] = (0.7, 0.0, 0.0)  # turns about the lever itself: its end stays where it is
    still[2, :, :3] += 3 * np.sin(TIME_S)[:, None]  # moves, but the gyroscope is dead
    still[3, :, 3:] = 1e-7 * np.sin(TIME_S)[:, None]  # less than any gyroscope resolves
    np.testing.assert_array_equal(sign_agreement(still), 0.0)
    swing = arm((0.45, 0.0, 0.0))
    assert sign_agreement(swing * [1, 1, 1, 0, 0, 0]) == 0.0


def test_still_is_a_bound_on_the_jerk_of_a_metre() -> None:
    """Turning to and fro by ω = q sin(2πt) about z, where the jerk is q (2π)² sin(2πt): just above the bound, just below."""
    turn = 2 * np.pi
    smoothing = np.exp(-0.5 * (turn * 2.0 / 50) ** 2)
    for share, silent in ((1.05, False), (0.95, True)):
        window = arm((0.45, 0.0, 0.0))
        amplitude = share * STILL_JERK * np.sqrt(2) / turn**2 / smoothing
        window[..., 3:5], window[..., 5] = 0.0, amplitude * np.sin(turn * TIME_S)
        assert (sign_agreement(window)[0] == 0.0) == silent


@pytest.mark.parametrize(
    ("path", "wear"),
    [
        (WRIST_MOTION, ASSUMED_WEAR),
        (PENDULUM_LEFT, Wear(Side.LEFT, Side.RIGHT)),
        (PENDULUM_RIGHT, Wear(Side.RIGHT, Side.RIGHT)),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else "",
)
def test_every_window_of_a_real_wrist_tells(path: Path, wear: Wear) -> None:
    """Swimming, and pendulums of either arm: nothing was fitted to them."""
    imu = windows(align(read_recording(path), wear)).imu
    figure = sign_agreement(imu)
    assert len(figure) > 60 and figure.min() > 0.5
    np.testing.assert_array_equal(sign_agreement(imu * APPLE.astype(np.float32)), -figure)
