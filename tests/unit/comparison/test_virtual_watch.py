"""The watch that a real person did not wear: exact without noise, the project's own errors with it, mirrored on the right."""

from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.alignment.resample import resample_uniform
from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.comparison import virtual_watch
from qleap_edge.comparison.virtual_watch import ideal_at, ideal_watch, noisy_watch
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.frames import mirror_imu
from qleap_edge.core.skeleton import mirror_pose
from qleap_edge.dataset.motion_capture import SIDES, read_motion_capture
from qleap_edge.physics.randomize import RELEASE
from qleap_edge.physics.sensor_errors import Device, draw_device, record, to_model_input
from qleap_edge.physics.sensor_file import load_sensor, sensor_path
from qleap_edge.physics.strap import Spring, Strap
from tests.support.trials import CMU, cut_trial

SENSOR = load_sensor(sensor_path("apple_watch"))


@pytest.fixture(scope="module")
def capture():
    return cut_trial(read_motion_capture(CMU), 25.0, 36.0)


def quiet():
    """Return the sensor without steps, jitter or holes; every other error is the device's."""
    values = {"stamp_jitter": 0.0, "hole_rate": 0.0, "specific_force_step": 1e-12}
    changes = {name: getattr(SENSOR, name).model_copy(update={"value": value}) for name, value in values.items()}
    return SENSOR.model_copy(update=changes)


def perfect(rate_hz, bias=0.0):
    """Return a way to draw a device without any error but the given ones."""
    rigid = Strap(np.eye(3), np.zeros(3), Spring(1e7, 1.0), Spring(1e7, 1.0))

    def draw(_sensor, wear, _rng):
        return Device(wear, rate_hz, rigid, np.ones(6), np.full(6, bias), np.zeros(6), skew_s=0.0, batch_phase_s=0.5)

    return draw


def signal(watch):
    (segment,) = watch.aligned.segments
    return segment.time_s, segment.imu


@pytest.mark.parametrize("side", Side, ids=str)
@pytest.mark.parametrize("rate", [99.1, 100.0, 100.9])
def test_without_noise_it_is_the_ideal_signal_resampled(capture, side, rate, monkeypatch):
    expected_time, expected = resample_uniform(capture.time_s - capture.time_s[0], capture.imu[side.value], 50.0)
    if side is Side.RIGHT:
        expected = mirror_imu(expected)  # the model is shown a left arm
    monkeypatch.setattr(virtual_watch, "draw_device", perfect(rate))
    time_s, imu = signal(ideal_watch(capture, side))
    np.testing.assert_allclose(time_s, expected_time, atol=1e-9)
    np.testing.assert_allclose(imu, expected, atol=1e-5)
    time_s, imu = signal(noisy_watch(capture, side, quiet(), 1, 0))
    count = len(time_s)
    assert 0 <= len(expected_time) - count <= 1
    np.testing.assert_allclose(time_s, expected_time[:count], atol=1e-6)
    # Another clock puts the low-pass's taps elsewhere: at 22.5 Hz, where half passes, the two differ a little.
    slack = 1e-5 if rate == 100.0 else 0.02
    np.testing.assert_allclose(imu[15:-15], expected[15 : count - 15], atol=slack * expected.std())


@pytest.mark.parametrize("rate", [99.1, 100.0, 100.9])
def test_the_spline_gives_a_known_motion_at_any_clock(capture, rate):
    """Sines up to 12 Hz, where the trials' own low-pass ends."""
    frequency = np.array([0.4, 1.7, 4.0, 0.9, 6.0, 12.0])

    def motion(time_s):
        return np.sin(2.0 * np.pi * frequency * time_s[:, None] + np.arange(6))

    known = replace(capture, imu={"left": motion(capture.time_s - capture.time_s[0]), "right": capture.imu["right"]})
    found = ideal_at(known, Side.LEFT, rate)
    assert len(found) == int(np.floor(11.0 * rate)) + 1
    np.testing.assert_allclose(found[10:-10], motion(np.arange(len(found)) / rate)[10:-10], atol=2e-3)


def test_a_right_watch_is_the_left_watch_of_the_mirrored_person(capture):
    mirrored = replace(
        capture,
        joints=mirror_pose(capture.joints),
        imu={"left": mirror_imu(capture.imu["right"]), "right": mirror_imu(capture.imu["left"])},
    )
    np.testing.assert_allclose(
        signal(ideal_watch(capture, Side.RIGHT))[1], signal(ideal_watch(mirrored, Side.LEFT))[1], atol=1e-6
    )


def test_a_draw_depends_on_its_number_wrist_and_seed_alone(capture):
    first = signal(noisy_watch(capture, Side.LEFT, SENSOR, 1, 0))[1]
    np.testing.assert_array_equal(first, signal(noisy_watch(capture, Side.LEFT, SENSOR, 1, 0))[1])
    for other in (
        noisy_watch(capture, Side.LEFT, SENSOR, 2, 0),
        noisy_watch(capture, Side.LEFT, SENSOR, 1, 1),
        noisy_watch(capture, Side.RIGHT, SENSOR, 1, 0),
    ):
        count = min(len(first), len(signal(other)[1]))
        assert np.abs(first[:count] - signal(other)[1][:count]).max() > 0.1


@pytest.mark.parametrize("side", Side, ids=str)
def test_a_drawn_watch_is_the_one_that_training_data_know(capture, side):
    """The same device and stream through the generator's own way back: nothing differs but the mended clock and holes."""
    for draw in (1, 2, 3):
        rng = np.random.default_rng(np.random.SeedSequence([3, SIDES.index(side.value), draw]))
        wear = Wear(side, Side(RELEASE.crown.draw(rng)))
        device = draw_device(SENSOR, wear, rng)
        recording = record(ideal_at(capture, side, device.rate_hz), SENSOR, device, rng)
        time_s, expected = to_model_input(recording, device, 10_000)
        watch = noisy_watch(capture, side, SENSOR, draw, 3)
        found_time, found = signal(watch)
        assert watch.crown is wear.crown and watch.rate_hz == device.rate_hz
        assert watch.aligned.failures == ()
        count = min(len(found), len(expected))
        np.testing.assert_allclose(found_time[:count], time_s[:count], atol=1e-5)
        off = np.abs(found[:count] - expected[:count]).max(axis=1)
        assert np.quantile(off, 0.95) < 0.02


def test_a_bias_arrives_with_its_size(capture, monkeypatch):
    monkeypatch.setattr(virtual_watch, "draw_device", perfect(100.0))
    without = signal(noisy_watch(capture, Side.LEFT, quiet(), 1, 0))[1]
    monkeypatch.setattr(virtual_watch, "draw_device", perfect(100.0, bias=0.049))
    found = signal(noisy_watch(capture, Side.LEFT, quiet(), 1, 0))[1] - without
    np.testing.assert_allclose(np.abs(found), 0.049, atol=1e-4)


def test_a_trial_shorter_than_a_window_is_refused(capture):
    short = cut_trial(capture, 25.0, 28.5)
    for make in (lambda: ideal_watch(short, Side.LEFT), lambda: noisy_watch(short, Side.LEFT, SENSOR, 1, 0)):
        with pytest.raises(InputDataError, match=r"13_29\.npz: the trial is shorter.*at least 4 s.*3\.50 s"):
            make()
    assert virtual_watch.IDEAL_DRAW == 0
