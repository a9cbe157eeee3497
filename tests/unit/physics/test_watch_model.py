"""The watch: its file, its noise, its clock, its wear, and the way back through the product's own reader code."""

import numpy as np
import pytest

from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.core.frames import STANDARD_GRAVITY, mirror_imu
from qleap_edge.physics.imu import Device, draw_device, holes, load_sensor, record, sensor_path, to_model_input

SENSOR = load_sensor(sensor_path("apple_watch"))
IDEAL = Device(Wear(Side.LEFT, Side.RIGHT), 100.0, np.eye(3), np.ones(6), np.zeros(6))
WEARS = [Wear(wrist, crown) for wrist in Side for crown in Side]


def quiet():
    """Return the sensor without noise, steps, jitter or holes."""
    names = ("specific_force_noise_density", "angular_velocity_noise_density", "stamp_jitter", "hole_rate")
    off = {name: getattr(SENSOR, name).model_copy(update={"value": 0.0}) for name in names}
    return SENSOR.model_copy(
        update=off | {"specific_force_step": SENSOR.specific_force_step.model_copy(update={"value": 1e-12})}
    )


def smooth(count: int, rate: float) -> np.ndarray:
    time = np.arange(count) / rate
    frequency = np.array([0.4, 0.9, 1.7, 0.6, 1.2, 2.5])
    return np.sin(2 * np.pi * frequency * time[:, None] + np.arange(6)) + np.array([0, 0, STANDARD_GRAVITY, 0, 0, 0])


@pytest.mark.parametrize("wear", WEARS, ids=str)
@pytest.mark.parametrize("rate", [99.1, 100.0, 100.9])
def test_a_perfect_watch_gives_the_motion_back_at_50_hz(wear, rate):
    device = Device(wear, rate, np.eye(3), np.ones(6), np.zeros(6))
    arm = smooth(420, rate)
    time, imu = to_model_input(record(arm, quiet(), device, np.random.default_rng(0)), device, 200)
    expected = np.sin(2 * np.pi * np.array([0.4, 0.9, 1.7, 0.6, 1.2, 2.5]) * time[:, None] + np.arange(6))
    expected[:, 2] += STANDARD_GRAVITY
    if wear.wrist is Side.RIGHT:
        expected = mirror_imu(expected)  # the model is shown a left arm
    inner = slice(15, -15)  # the filter's edges
    np.testing.assert_allclose(imu[inner], expected[inner], atol=5e-3)
    np.testing.assert_allclose(np.diff(time), 0.02)


@pytest.mark.parametrize("wear", WEARS, ids=str)
def test_a_resting_watch_reads_g(wear):
    rng = np.random.default_rng(5)
    device = draw_device(SENSOR, wear, rng)
    arm = np.tile([-STANDARD_GRAVITY, 0, 0, 0, 0, 0], (600, 1))
    _, imu = to_model_input(record(arm, SENSOR, device, rng), device, 200)
    # Bias (5 mg an axis) and scale (0.2 %) are allowed to show, gravity's size is not to be lost.
    assert np.linalg.norm(imu[:, :3].mean(axis=0)) == pytest.approx(STANDARD_GRAVITY, abs=0.11)
    ideal = Device(wear, device.rate_hz, device.strap, np.ones(6), np.zeros(6))
    _, imu = to_model_input(record(arm, quiet(), ideal, rng), ideal, 200)
    np.testing.assert_allclose(np.linalg.norm(imu[:, :3], axis=1), STANDARD_GRAVITY, atol=1e-4)


def test_white_noise_has_the_measured_level():
    noise = record(np.zeros((20000, 6)), SENSOR, IDEAL, np.random.default_rng(1))
    # 70 ug/sqrt(Hz) and 1.1e-4 rad/s/sqrt(Hz) over 50 Hz.
    np.testing.assert_allclose(noise.specific_force.std(axis=0), 6.9e-4 * np.sqrt(50.0), rtol=0.03)
    np.testing.assert_allclose(noise.angular_velocity.std(axis=0), 1.1e-4 * np.sqrt(50.0), rtol=0.03)


def test_specific_force_is_a_multiple_of_the_step():
    step = STANDARD_GRAVITY / 65536.0
    values = record(smooth(100, 100.0), SENSOR, IDEAL, np.random.default_rng(1)).specific_force / step
    np.testing.assert_allclose(values, np.round(values), atol=1e-6)


def test_rates_and_strap_stay_in_their_bounds():
    devices = [draw_device(SENSOR, WEARS[0], np.random.default_rng(i)) for i in range(300)]
    rates = np.array([device.rate_hz for device in devices])
    assert 99.0 <= rates.min() < 99.3 and 100.7 < rates.max() <= 101.0
    for device in devices:
        np.testing.assert_allclose(device.strap @ device.strap.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(device.strap) > 0


def test_holes_are_as_rare_and_as_short_as_measured():
    count = 4500  # 45 s at 100 Hz: 0.64 holes
    lost = [holes(count, SENSOR, 100.0, np.random.default_rng(i)) for i in range(800)]
    starts = [np.flatnonzero(np.diff(np.concatenate([[0], one.astype(int)])) == 1).size for one in lost]
    assert np.mean(starts) == pytest.approx(0.64, abs=0.1)
    assert not any(one[0] or one[-1] for one in lost)
    assert max(np.diff(np.flatnonzero(~one)).max() for one in lost) <= 6 + 5  # two holes may touch


def test_every_quantity_has_a_source():
    for name in type(SENSOR).model_fields:
        value = getattr(SENSOR, name)
        if hasattr(value, "source"):
            assert len(value.source) > 10, name
