"""The simulated watch: its noise, its clock, its wear, and the way back through the reader of real recordings."""

from dataclasses import replace

import numpy as np
import pytest

from qleap_edge.alignment.wear import Side, Wear
from qleap_edge.core.errors import InputDataError
from qleap_edge.core.frames import STANDARD_GRAVITY, mirror_imu
from qleap_edge.physics.sensor_errors import Device, draw_device, lost_samples, record, time_shifted, to_model_input
from qleap_edge.physics.sensor_file import load_sensor, sensor_path
from qleap_edge.physics.strap import Spring, Strap
from qleap_edge.physics.trajectory import interpolate

SENSOR, STRESS = (load_sensor(sensor_path(name)) for name in ("apple_watch", "apple_watch_stress"))


RIGID = Strap(np.eye(3), np.zeros(3), Spring(1e7, 1.0), Spring(1e7, 1.0))


WEARS = [Wear(wrist, crown) for wrist in Side for crown in Side]


DEFAULT_WEAR = Wear(Side.LEFT, Side.RIGHT)


def perfect(wear: Wear = DEFAULT_WEAR, rate_hz: float = 100.0, **changes) -> Device:
    """Return a device without any error of its own, except the given ones."""
    return replace(
        Device(wear, rate_hz, RIGID, np.ones(6), np.zeros(6), np.zeros(6), skew_s=0.0, batch_phase_s=0.5), **changes
    )


def with_values(sensor, **values):
    """Return the sensor with other values for some quantities."""
    return sensor.model_copy(
        update={name: getattr(sensor, name).model_copy(update={"value": value}) for name, value in values.items()}
    )


def quiet():
    """Return the sensor without steps, jitter or lost samples; its noise is the device's."""
    return with_values(SENSOR, stamp_jitter=0.0, hole_rate=0.0, specific_force_step=1e-12)


def smooth(count: int, rate: float) -> np.ndarray:
    time = np.arange(count) / rate
    frequency = np.array([0.4, 0.9, 1.7, 0.6, 1.2, 2.5])
    return np.sin(2 * np.pi * frequency * time[:, None] + np.arange(6)) + np.array([0, 0, STANDARD_GRAVITY, 0, 0, 0])


@pytest.mark.parametrize("wear", WEARS, ids=str)
@pytest.mark.parametrize("rate", [99.1, 100.0, 100.9])
def test_a_perfect_watch_gives_the_motion_back_at_50_hz(wear, rate):
    device = perfect(wear, rate)
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
    ideal = perfect(wear, device.rate_hz, strap=device.strap, skew_s=device.skew_s)
    recording = record(arm, quiet(), ideal, rng)
    np.testing.assert_allclose(np.linalg.norm(recording.specific_force, axis=1), STANDARD_GRAVITY, rtol=0, atol=1e-9)
    _, imu = to_model_input(recording, ideal, 200)
    np.testing.assert_allclose(np.linalg.norm(imu[:, :3], axis=1), STANDARD_GRAVITY, atol=1e-4)


def test_a_falling_watch_reads_nothing():
    device = draw_device(SENSOR, WEARS[0], np.random.default_rng(2))
    ideal = perfect(rate_hz=device.rate_hz, strap=device.strap, skew_s=device.skew_s)
    assert (record(np.zeros((300, 6)), quiet(), ideal, np.random.default_rng(0)).specific_force == 0).all()


def test_white_noise_has_the_measured_level():
    densities = draw_device(SENSOR, WEARS[0], np.random.default_rng(0)).noise_density
    noise = record(np.zeros((20000, 6)), SENSOR, perfect(noise_density=densities), np.random.default_rng(1))
    # 70 ug/sqrt(Hz) and 1.1e-4 rad/s/sqrt(Hz) over 50 Hz.
    np.testing.assert_allclose(noise.specific_force.std(axis=0), 6.9e-4 * np.sqrt(50.0), rtol=0.03)
    np.testing.assert_allclose(noise.angular_velocity.std(axis=0), 1.1e-4 * np.sqrt(50.0), rtol=0.03)
    both = np.hstack([noise.specific_force, noise.angular_velocity])
    between_axes = np.corrcoef(both.T) - np.eye(6)
    between_samples = [np.corrcoef(channel[1:], channel[:-1])[0, 1] for channel in both.T]
    assert np.abs(between_axes).max() < 0.03 and np.abs(between_samples).max() < 0.03


def test_specific_force_is_a_multiple_of_the_step():
    step = STANDARD_GRAVITY / 65536.0
    values = record(smooth(100, 100.0), SENSOR, perfect(), np.random.default_rng(1)).specific_force / step
    np.testing.assert_allclose(values, np.round(values), atol=1e-6)
    assert len(np.unique(np.round(values[:, 0]))) > 50


def test_what_is_out_of_range_is_clipped():
    arm = smooth(300, 100.0) * 1000.0
    recording = record(arm, quiet(), perfect(), np.random.default_rng(0))
    free = record(
        arm,
        with_values(quiet(), specific_force_range=1e9, angular_velocity_range=1e9),
        perfect(),
        np.random.default_rng(0),
    )
    for name, limit in (("specific_force", 32 * STANDARD_GRAVITY), ("angular_velocity", np.deg2rad(2000.0))):
        clipped, unclipped = getattr(recording, name), getattr(free, name)
        inside = np.abs(unclipped) < 0.999 * limit
        assert 0.01 < inside.mean() < 0.9
        np.testing.assert_allclose(clipped[inside], unclipped[inside])
        np.testing.assert_allclose(np.abs(clipped[np.abs(unclipped) > limit]), limit, rtol=1e-7)


@pytest.mark.parametrize("skew", [-0.010, -0.005, -0.0013, 0.0, 0.0027, 0.005, 0.010])
def test_the_gyroscope_is_off_by_the_skew_and_nothing_else_is(skew):
    rate, count = 99.3, 400
    time, frequency = np.arange(count) / rate, np.array([0.6, 1.2, 2.5])
    angular_velocity = np.sin(2 * np.pi * frequency * time[:, None] + 0.4)
    arm = np.hstack([angular_velocity, angular_velocity])
    recording = record(arm, quiet(), perfect(rate_hz=rate, skew_s=skew), np.random.default_rng(0))
    expected = np.sin(2 * np.pi * frequency * (time + skew)[:, None] + 0.4)
    inner = slice(4, -4)
    np.testing.assert_allclose(recording.angular_velocity[inner], expected[inner], atol=1e-6)
    np.testing.assert_allclose(
        recording.angular_velocity, expected, atol=0.02
    )  # the ends: a line over one sample at most
    np.testing.assert_allclose(recording.specific_force, angular_velocity, atol=1e-6)
    np.testing.assert_allclose(recording.time_s, time)


@pytest.mark.parametrize("skew", [-0.017, -0.01, -0.004, 0.0, 0.001, 0.005, 0.01, 0.023])
def test_the_short_filter_is_the_polynomial_through_six_samples(skew):
    values = np.random.default_rng(0).standard_normal((80, 3))
    slow = interpolate(values, 0.01, np.clip(np.arange(80) * 0.01 + skew, 0.0, 0.79))
    np.testing.assert_allclose(time_shifted(values, 0.01, skew)[6:-6], slow[6:-6], atol=1e-12)
    line = np.outer(np.arange(80) * 0.01, [1.0, -2.0, 3.0])
    np.testing.assert_allclose(time_shifted(line, 0.01, skew), line + np.outer(np.full(80, skew), [1.0, -2.0, 3.0]))


def test_a_stub_of_a_recording_is_refused():
    with pytest.raises(InputDataError, match="at least 7 samples; got 6"):
        record(np.zeros((6, 6)), SENSOR, perfect(skew_s=0.004), np.random.default_rng(0))
    assert len(record(np.zeros((7, 6)), quiet(), perfect(skew_s=0.004), np.random.default_rng(0)).time_s) == 7


def test_devices_stay_in_their_bounds():
    devices = [draw_device(SENSOR, WEARS[0], np.random.default_rng(i)) for i in range(300)]
    rates, skews, phases = (
        np.array([getattr(device, name) for device in devices]) for name in ("rate_hz", "skew_s", "batch_phase_s")
    )
    assert 99.0 <= rates.min() < 99.3 and 100.7 < rates.max() <= 101.0
    assert -0.005 <= skews.min() < -0.0045 and 0.0045 < skews.max() <= 0.005
    assert 0.0 <= phases.min() < 0.05 and 0.95 < phases.max() < 1.0
    for device in devices:
        np.testing.assert_allclose(device.strap.tilt @ device.strap.tilt.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(device.strap.tilt) > 0
        assert np.abs(device.strap.creep).max() <= np.deg2rad(3.0)


def test_holes_are_as_rare_and_as_short_as_measured():
    count = 4500  # 45 s at 100 Hz: 0.64 lost_samples
    lost = []
    for i in range(1500):
        rng = np.random.default_rng(i)
        lost.append(lost_samples(count, SENSOR, perfect(batch_phase_s=float(rng.uniform(0.0, 1.0))), rng))
    lengths = np.concatenate([np.diff(np.flatnonzero(~one)) - 1 for one in lost])
    lengths = lengths[lengths > 0]
    assert len(lengths) / len(lost) == pytest.approx(0.64, abs=0.08)
    assert not any(one[0] or one[-1] for one in lost)
    share = np.bincount(lengths, minlength=6)[1:] / len(lengths)
    np.testing.assert_allclose(share, np.array([16, 13, 19, 14, 2]) / 64, atol=0.06)


def test_holes_begin_where_a_batch_begins():
    device = perfect(rate_hz=99.4, batch_phase_s=0.37)
    often = with_values(SENSOR, hole_rate=1.0)
    starts = set()
    for i in range(40):
        lost = lost_samples(600, often, device, np.random.default_rng(i))
        starts |= set(np.flatnonzero(np.diff(lost.astype(int)) == 1) + 1)
    # The first sample not before 0.37 s, 1.37 s, ...
    assert starts == {int(np.ceil((0.37 + batch) * 99.4)) for batch in range(6)}


def test_a_lossy_recording_still_fits_the_motion():
    device = perfect(batch_phase_s=0.3)
    always = with_values(quiet(), hole_rate=1e3)
    recording = record(smooth(420, 100.0), always, device, np.random.default_rng(3))
    assert 420 - 4 * 5 <= len(recording.time_s) <= 420 - 4  # four batches begin, each loses 1 to 5 samples
    time, imu = to_model_input(recording, device, 200)
    whole, expected = to_model_input(record(smooth(420, 100.0), quiet(), device, np.random.default_rng(3)), device, 200)
    np.testing.assert_allclose(time, whole)
    assert np.sqrt(np.mean((imu - expected)[15:-15] ** 2)) < 0.05


def test_the_same_seed_gives_the_same_recording():
    def one():
        rng = np.random.default_rng(8)
        device = draw_device(STRESS, WEARS[1], rng)
        return record(smooth(400, device.rate_hz), STRESS, device, rng)

    first, second = one(), one()
    for name in ("time_s", "specific_force", "angular_velocity"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes()
